import Volumes

/// How many voxels each label of a label volume has, and where their middle is.
struct LabelMeasures: Sendable {
  struct Measure: Sendable {
    fileprivate(set) var voxels = 0
    fileprivate var sums = SIMD3<Double>.zero

    /// The mean position of its voxels.
    var middle: VoxelPoint { VoxelPoint(sums / Double(max(1, voxels))) }
  }

  private(set) var labels: [Int: Measure] = [:]

  init(_ volume: Tomogram) {
    let shape = volume.shape
    for z in 0..<shape.depth {
      let values = volume.plane(.z, z).values
      for y in 0..<shape.height {
        let row = values[y * shape.width..<(y + 1) * shape.width]
        var x = 0
        while x < shape.width {
          let (value, first) = (row[row.startIndex + x], x)
          repeat { x += 1 } while x < shape.width && row[row.startIndex + x] == value
          guard value >= 1, value <= Self.largest else { continue }
          let count = Double(x - first)
          labels[Int(value), default: Measure()].voxels += x - first
          labels[Int(value), default: Measure()].sums +=
            count * SIMD3(Double(first + x - 1) / 2, Double(y), Double(z))
        }
      }
    }
  }

  /// Whole numbers are exact up to here.
  private static let largest: Float = 16_777_216
}

import Cryo
import Volumes

/// Matching computed plainly (paper, eq. 1, 5, 6).
final class PlainMatching {
  private let made: MadeFeatures
  private var slices: [[Int]: [Float]] = [:]

  init(_ made: MadeFeatures) { self.made = made }

  /// The vectors of one slice; the last few are kept.
  private func slice(_ axis: Axis, _ index: Int) -> [Float] {
    if let slice = slices[[axis.rawValue, index]] { return slice }
    if slices.count > 50 { slices = [:] }
    let slice = made.vectors(axis, index).values
    slices[[axis.rawValue, index]] = slice
    return slice
  }

  /// Cosine similarity at a place in voxels, (z, y, x): each view's two slices blended, each sampled bilinearly.
  func similarity(_ place: SIMD3<Double>) -> Double {
    var (dot, square, length) = (0.0, 0.0, 0.0)
    for axis in Axis.allCases {
      var feature = [Double](repeating: 0, count: made.channels)
      for (index, weight) in neighbours(place[axis.rawValue], made.shape[axis]) {
        let vectors = slice(axis, index)
        for (row, down) in neighbours(inGrid(place, axis.row), made.side) {
          for (column, along) in neighbours(inGrid(place, axis.column), made.side) {
            let start = (row * made.side + column) * made.channels
            for channel in 0..<made.channels {
              feature[channel] += weight * down * along * Double(vectors[start + channel])
            }
          }
        }
      }
      for (value, query) in zip(feature, made.query.views[axis.rawValue]) {
        dot += value * Double(query)
        square += value * value
        length += Double(query) * Double(query)
      }
    }
    return dot / (square * length).squareRoot()
  }

  private func inGrid(_ place: SIMD3<Double>, _ axis: Axis) -> Double {
    place[axis.rawValue] * Double(made.side - 1) / Double(made.shape[axis] - 1)
  }

  private func neighbours(_ position: Double, _ count: Int) -> [(Int, Double)] {
    let first = min(Int(position), count - 1)
    let weight = position - Double(first)
    return weight > 0 && first + 1 < count ? [(first, 1 - weight), (first + 1, weight)] : [(first, 1)]
  }

  /// The place in voxels of sample `index` of a grid of `shape` with aligned corners.
  func place(_ index: Int, _ shape: VolumeShape) -> SIMD3<Double> {
    let sample = SIMD3(
      index / (shape.height * shape.width), index / shape.width % shape.height, index % shape.width)
    var place = SIMD3<Double>()
    for axis in Axis.allCases {
      let (samples, voxels) = (shape[axis], made.shape[axis])
      place[axis.rawValue] =
        samples > 1
        ? Double(sample[axis.rawValue]) * Double(voxels - 1) / Double(samples - 1) : Double(voxels - 1) / 2
    }
    return place
  }

  /// The last level's similarities, 0 where a coarser level is below `threshold`; nil where one is so near to it
  /// that rounding decides.
  func map(ratios: [Int], _ threshold: Double) -> [Double?] {
    var above: (shape: VolumeShape, values: [Double?])?
    for ratio in ratios {
      let shape = VolumeShape(
        max(1, made.shape.depth / ratio), max(1, made.shape.height / ratio), max(1, made.shape.width / ratio))
      let values = (0..<shape.count).map { index -> Double? in
        guard let above else { return similarity(place(index, shape)) }
        let (z, y, x) = (
          index / (shape.height * shape.width), index / shape.width % shape.height, index % shape.width
        )
        let parent = above.values[
          above.shape.index(
            z * above.shape.depth / shape.depth, y * above.shape.height / shape.height,
            x * above.shape.width / shape.width)]
        guard let parent, abs(parent - threshold) > 1e-4 else { return nil }
        return parent >= threshold ? similarity(place(index, shape)) : 0
      }
      above = (shape, values)
    }
    return above?.values ?? []
  }

  /// A proposal.
  struct Peak: Equatable {
    let z: Int
    let y: Int
    let x: Int
    let similarity: Float
  }

  /// The samples of `map` above `threshold` that no other in the cube about them exceeds (of equal ones the first),
  /// the best `topK` of them.
  func proposals(_ map: SimilarityMap, radius: Int, threshold: Float, topK: Int) -> [Peak] {
    let (shape, values) = (map.grid.shape, map.values)
    let peaks = values.indices.filter { index in
      guard values[index] >= threshold else { return false }
      let (z, y, x) = (
        index / (shape.height * shape.width), index / shape.width % shape.height, index % shape.width
      )
      for near in max(0, z - radius)...min(shape.depth - 1, z + radius) {
        for row in max(0, y - radius)...min(shape.height - 1, y + radius) {
          for column in max(0, x - radius)...min(shape.width - 1, x + radius) {
            let other = shape.index(near, row, column)
            if values[other] > values[index] || values[other] == values[index] && other < index {
              return false
            }
          }
        }
      }
      return true
    }
    return peaks.sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(topK).map { index in
      let voxel = place(index, shape).rounded(.toNearestOrAwayFromZero)
      return Peak(z: Int(voxel.x), y: Int(voxel.y), x: Int(voxel.z), similarity: values[index])
    }
  }
}

import Cryo
import Runs
import SAM
import Volumes

/// What a mark gave so far.
struct Click: Sendable {
  enum Phase: String, Sendable {
    case waiting
    /// SAM looks at the three slices through the point.
    case planes
    /// Its masks on those three are there; it is followed through the others.
    case volume
    case done
    case failed
  }
  var phase = Phase.waiting
  /// What of it is known, on three slices first.
  var mask = VoxelMask.empty
  /// What is odd.
  var remarks: [String] = []
}

extension Networks {
  /// SAM's masks at `point` on the three slices through it.
  ///
  /// - Throws: `Failure` if a slice cannot be stored; `Stopped`.
  func planes(at point: VoxelPoint) throws -> VoxelMask {
    let (rules, shape) = (context.parameters.segmentation.rules, slices.tomogram.shape)
    let start = rules.start(point)
    var voxels = Set<Int>()
    for axis in context.parameters.axes {
      let index = slices.nearestSlice(to: start, axis)
      let image = try slices.slice(axis, index).image
      let prompt = Prompt(points: [Prompt.Point(x: start[axis.column], y: start[axis.row])])
      let answers = slices.segmenter.predict(image, [prompt], multimask: true)
      guard let answer = answers.first, let chosen = rules.choose(answer, previous: nil) else { continue }
      chosen.mask.forEachPixel { row, column in
        voxels.insert(
          index * shape.stride(axis) + row * shape.stride(axis.row) + column * shape.stride(axis.column))
      }
    }
    return VoxelMask(voxels, in: shape)
  }

  /// The particle at `point`, as `cryosam instance` gives it, and what is odd about it.
  func particle(at point: VoxelPoint) throws -> (mask: VoxelMask, remarks: [String]) {
    var run = run(SilentObserver())
    guard let particle = try run.particles(at: [point], in: slices).first else { return (.empty, []) }
    return (
      particle.voxels,
      particle.remarks(at: point, in: context.tomogram, largestArea: context.parameters.largestArea)
    )
  }
}

extension VoxelMask {
  /// The voxels with these linear indices.
  fileprivate init(_ voxels: Set<Int>, in shape: VolumeShape) {
    var runs: [Range<Int>] = []
    for voxel in voxels.sorted() {
      if let last = runs.last, last.upperBound == voxel, voxel % shape.width != 0 {
        runs[runs.count - 1] = last.lowerBound..<voxel + 1
      } else {
        runs.append(voxel..<voxel + 1)
      }
    }
    self.init(runs: runs)
  }

  /// Four little-endian numbers of 32 bits for each run: z, y, first x, voxels.
  func bytes(in shape: VolumeShape) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(runs.count * 16)
    for run in runs {
      let (line, x) = run.lowerBound.quotientAndRemainder(dividingBy: shape.width)
      let (z, y) = line.quotientAndRemainder(dividingBy: shape.height)
      for number in [z, y, x, run.count] {
        withUnsafeBytes(of: Int32(truncatingIfNeeded: number).littleEndian) { bytes += $0 }
      }
    }
    return bytes
  }
}

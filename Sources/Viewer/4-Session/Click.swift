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
    let start = context.parameters.segmentation.rules.start(point)
    var voxels = Set<Int>()
    for axis in context.parameters.axes {
      let prompt = Prompt(points: [Prompt.Point(x: start[axis.column], y: start[axis.row])])
      try voxels.formUnion(see(prompt, axis, slices.nearestSlice(to: start, axis)))
    }
    return VoxelMask(voxels, in: slices.tomogram.shape)
  }

  /// What SAM sees in `box`, and the voxel of it that is nearest to its middle: what a click is to be on. nil if it sees
  /// nothing.
  ///
  /// - Throws: `Failure` if a slice cannot be stored; `Stopped`.
  func thing(in box: SliceBox) throws -> (point: VoxelPoint, mask: VoxelMask)? {
    let (axis, shape) = (box.axis, slices.tomogram.shape)
    let prompt = Prompt(
      box: Prompt.Box(
        x0: box.columns.lowerBound, y0: box.rows.lowerBound, x1: box.columns.upperBound,
        y1: box.rows.upperBound))
    let voxels = try see(prompt, axis, box.index)
    func place(_ voxel: Int, _ axis: Axis) -> Double {
      Double(voxel / shape.stride(axis) % shape[axis])
    }
    func mean(_ axis: Axis) -> Double {
      voxels.reduce(0) { $0 + place($1, axis) } / Double(max(1, voxels.count))
    }
    let (row, column) = (mean(axis.row), mean(axis.column))
    func distance(_ voxel: Int) -> Double {
      let (down, along) = (place(voxel, axis.row) - row, place(voxel, axis.column) - column)
      return down * down + along * along
    }
    guard let middle = voxels.min(by: { (distance($0), $0) < (distance($1), $1) }) else { return nil }
    return (
      VoxelPoint(x: place(middle, .x), y: place(middle, .y), z: place(middle, .z)),
      VoxelMask(voxels, in: shape)
    )
  }

  /// The voxels of SAM's mask on one slice; none if no candidate fits.
  private func see(_ prompt: Prompt, _ axis: Axis, _ index: Int) throws -> Set<Int> {
    let (rules, shape) = (context.parameters.segmentation.rules, slices.tomogram.shape)
    let image = try slices.slice(axis, index).image
    let answers = slices.segmenter.predict(image, [prompt], multimask: true)
    guard let answer = answers.first, let chosen = rules.choose(answer, previous: nil) else { return [] }
    var voxels = Set<Int>()
    chosen.mask.forEachPixel { row, column in
      voxels.insert(
        index * shape.stride(axis) + row * shape.stride(axis.row) + column * shape.stride(axis.column))
    }
    return voxels
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

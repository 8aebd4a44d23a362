import Volumes

/// The masks that one point gave on slices of any axes, voxel by voxel in the smallest box about them: which axes'
/// masks have it.
struct AxisVotes {
  /// The voxel of the volume that is the box's first.
  let corner: (z: Int, y: Int, x: Int)
  let box: VolumeShape
  /// `[box]`: a bit for each axis.
  private(set) var votes: [UInt8]

  /// nil if there is nothing in the masks.
  init?(_ slices: [SliceMask]) {
    var lower = [Int.max, Int.max, Int.max]
    var upper = [Int.min, Int.min, Int.min]
    func include(_ axis: Axis, _ first: Int, _ end: Int) {
      lower[axis.rawValue] = min(lower[axis.rawValue], first)
      upper[axis.rawValue] = max(upper[axis.rawValue], end)
    }
    for slice in slices where !slice.runs.isEmpty {
      include(slice.axis, slice.slice, slice.slice + 1)
      for run in slice.runs {
        include(slice.axis.row, Int(run.row), Int(run.row) + 1)
        include(slice.axis.column, Int(run.columns.lowerBound), Int(run.columns.upperBound))
      }
    }
    guard lower[0] < upper[0] else { return nil }
    corner = (lower[0], lower[1], lower[2])
    box = VolumeShape(upper[0] - lower[0], upper[1] - lower[1], upper[2] - lower[2])
    votes = [UInt8](repeating: 0, count: box.count)
    for slice in slices {
      let along = box.stride(slice.axis.column)
      let start = (slice.slice - lower[slice.axis.rawValue]) * box.stride(slice.axis)
      let (top, left) = (lower[slice.axis.row.rawValue], lower[slice.axis.column.rawValue])
      for run in slice.runs {
        let row = start + (Int(run.row) - top) * box.stride(slice.axis.row)
        for column in run.columns { votes[row + (Int(column) - left) * along] |= 1 << slice.axis.rawValue }
      }
    }
  }

  /// The voxels that any axis has.
  var union: BoxMask { BoxMask(box, votes.map { $0 != 0 }) }

  /// The voxel of the box nearest to `point` of the volume.
  func nearest(_ point: VoxelPoint) -> Int {
    func clamp(_ value: Double, _ first: Int, _ count: Int) -> Int {
      min(count - 1, max(0, Int(value.rounded()) - first))
    }
    return box.index(
      clamp(point.z, corner.z, box.depth), clamp(point.y, corner.y, box.height),
      clamp(point.x, corner.x, box.width))
  }

  /// The share of `mask`'s voxels that at least two axes have.
  func agreement(in mask: BoxMask) -> Double {
    var (both, all) = (0, 0)
    for index in votes.indices where mask.voxels[index] {
      all += 1
      if votes[index].nonzeroBitCount > 1 { both += 1 }
    }
    return Double(both) / Double(max(1, all))
  }

  /// `mask` as voxels of the volume.
  func voxels(of mask: BoxMask, in shape: VolumeShape) -> VoxelMask {
    var runs: [Range<Int>] = []
    for line in 0..<box.depth * box.height {
      let (plane, row) = line.quotientAndRemainder(dividingBy: box.height)
      let target = shape.index(corner.z + plane, corner.y + row, corner.x)
      var column = 0
      while column < box.width {
        guard mask.voxels[line * box.width + column] else {
          column += 1
          continue
        }
        let first = column
        while column < box.width, mask.voxels[line * box.width + column] { column += 1 }
        runs.append(target + first..<target + column)
      }
    }
    return VoxelMask(runs: runs)
  }
}

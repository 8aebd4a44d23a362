import Volumes

/// The masks that one point gave on slices of any axes, voxel by voxel in the smallest box about them: which axes'
/// masks have it.
struct AxisVotes {
  let place: VoxelBox
  var box: VolumeShape { place.shape }
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
    let box = VolumeShape(upper[0] - lower[0], upper[1] - lower[1], upper[2] - lower[2])
    place = VoxelBox(corner: (lower[0], lower[1], lower[2]), shape: box)
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

  /// The share of `mask`'s voxels that at least two axes have.
  func agreement(in mask: BoxMask) -> Double {
    var (both, all) = (0, 0)
    for index in votes.indices where mask.voxels[index] {
      all += 1
      if votes[index].nonzeroBitCount > 1 { both += 1 }
    }
    return Double(both) / Double(max(1, all))
  }
}

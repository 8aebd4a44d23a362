import SAM
import Volumes

/// A set of voxels as runs along x: an instance among hundreds in a volume, so stored by what it covers.
public struct VoxelMask: Sendable, Equatable {
  /// Linear voxel indices, ascending, disjoint and not touching within a row; no run crosses a row's end.
  public let runs: [Range<Int>]
  /// The number of voxels.
  public let count: Int

  public static let empty = VoxelMask(runs: [])

  package init(runs: [Range<Int>]) {
    self.runs = runs
    count = runs.reduce(0) { $0 + $1.count }
  }

  public var isEmpty: Bool { runs.isEmpty }

  /// The union of masks on slices of any axes.
  init(union slices: [SliceMask], in shape: VolumeShape) {
    self.init(runs: VoxelBox(around: slices, in: shape).map { $0.runs(of: slices, in: shape) } ?? [])
  }

  /// Voxels in both.
  public func intersection(_ other: VoxelMask) -> Int {
    var (both, mine, theirs) = (0, 0, 0)
    while mine < runs.count && theirs < other.runs.count {
      let (a, b) = (runs[mine], other.runs[theirs])
      both += max(0, min(a.upperBound, b.upperBound) - max(a.lowerBound, b.lowerBound))
      if a.upperBound <= b.upperBound { mine += 1 } else { theirs += 1 }
    }
    return both
  }

  /// Calls `body(z, y, x)` for each voxel in the order of memory.
  public func forEachVoxel(in shape: VolumeShape, _ body: (Int, Int, Int) -> Void) {
    for run in runs {
      let (line, x) = run.lowerBound.quotientAndRemainder(dividingBy: shape.width)
      let (z, y) = line.quotientAndRemainder(dividingBy: shape.height)
      for offset in 0..<run.count { body(z, y, x + offset) }
    }
  }
}

/// A mask on one slice, as runs along its columns.
public struct SliceMask: Sendable, Equatable {
  struct Run: Sendable, Equatable {
    let row: Int32
    let columns: Range<Int32>
  }
  public let axis: Axis
  public let slice: Int
  let runs: [Run]

  init(_ mask: BitMask, axis: Axis, slice: Int) {
    var runs: [Run] = []
    mask.forEachPixel { y, x in
      let (row, column) = (Int32(y), Int32(x))
      if let last = runs.last, last.row == row, last.columns.upperBound == column {
        runs[runs.count - 1] = Run(row: row, columns: last.columns.lowerBound..<column + 1)
      } else {
        runs.append(Run(row: row, columns: column..<column + 1))
      }
    }
    (self.axis, self.slice, self.runs) = (axis, slice, runs)
  }
}

/// The smallest box about some slices' masks, and the work of uniting them in it.
private struct VoxelBox {
  var z: Range<Int>
  var y: Range<Int>
  var x: Range<Int>

  /// nil if there is nothing in the masks.
  init?(around slices: [SliceMask], in shape: VolumeShape) {
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
    (z, y, x) = (lower[0]..<upper[0], lower[1]..<upper[1], lower[2]..<upper[2])
  }

  func runs(of slices: [SliceMask], in shape: VolumeShape) -> [Range<Int>] {
    let box = VolumeShape(z.count, y.count, x.count)
    var covered = [Bool](repeating: false, count: box.count)
    for slice in slices {
      let corner: [Axis: Int] = [.z: z.lowerBound, .y: y.lowerBound, .x: x.lowerBound]
      func offset(_ axis: Axis) -> Int { corner[axis] ?? 0 }
      let along = box.stride(slice.axis.column)
      let start = (slice.slice - offset(slice.axis)) * box.stride(slice.axis)
      let (top, left) = (offset(slice.axis.row), offset(slice.axis.column))
      for run in slice.runs {
        let row = start + (Int(run.row) - top) * box.stride(slice.axis.row)
        for column in run.columns { covered[row + (Int(column) - left) * along] = true }
      }
    }
    var runs: [Range<Int>] = []
    for line in 0..<z.count * y.count {
      let (plane, row) = line.quotientAndRemainder(dividingBy: y.count)
      let target = shape.index(z.lowerBound + plane, y.lowerBound + row, x.lowerBound)
      var column = 0
      while column < x.count {
        guard covered[line * x.count + column] else {
          column += 1
          continue
        }
        let first = column
        while column < x.count, covered[line * x.count + column] { column += 1 }
        runs.append(target + first..<target + column)
      }
    }
    return runs
  }
}

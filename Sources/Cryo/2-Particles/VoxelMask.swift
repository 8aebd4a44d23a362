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

  /// The voxels that are in both.
  func limited(to other: VoxelMask) -> VoxelMask {
    var common: [Range<Int>] = []
    var (mine, theirs) = (0, 0)
    while mine < runs.count && theirs < other.runs.count {
      let (a, b) = (runs[mine], other.runs[theirs])
      let both = a.clamped(to: b)
      if !both.isEmpty { common.append(both) }
      if a.upperBound <= b.upperBound { mine += 1 } else { theirs += 1 }
    }
    return VoxelMask(runs: common)
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

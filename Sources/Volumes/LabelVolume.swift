/// A label volume `[D, H, W]`: 0 is background, n the nth object.
///
/// It is held voxel by voxel, or as what was painted: then it takes no more memory than its objects.
public struct LabelVolume: Sendable {
  public let shape: VolumeShape
  private let contents: Contents

  /// An object's voxels as runs along x: linear indices, ascending; no run crosses a row's end.
  public typealias Painted = (label: UInt32, runs: [Range<Int>])

  private enum Contents: Sendable {
    case voxels([UInt32])
    case painted([Painted])
  }

  public init(_ labels: [UInt32], in shape: VolumeShape) {
    precondition(labels.count == shape.count)
    (contents, self.shape) = (.voxels(labels), shape)
  }

  /// Background with `objects`; voxels of several have the first one's label.
  public init(_ objects: [Painted], in shape: VolumeShape) {
    (contents, self.shape) = (.painted(objects.filter { !$0.runs.isEmpty }), shape)
  }

  /// Nothing but background.
  public init(empty shape: VolumeShape) { self.init([Painted](), in: shape) }

  /// All voxels.
  public var labels: [UInt32] {
    guard case .painted = contents else { return voxels ?? [] }
    return (0..<shape.depth).flatMap { plane(.z, $0) }
  }

  private var voxels: [UInt32]? { if case .voxels(let labels) = contents { labels } else { nil } }

  /// Slice `index` across `axis`, row-major, as `Tomogram` has it.
  public func plane(_ axis: Axis, _ index: Int) -> [UInt32] {
    let (rows, columns) = shape.plane(axis)
    let start = index * shape.stride(axis)
    switch contents {
    case .voxels(let labels):
      if axis == .z { return Array(labels[start..<start + rows * columns]) }
      let (down, along) = (shape.stride(axis.row), shape.stride(axis.column))
      return (0..<rows * columns).map { labels[start + $0 / columns * down + $0 % columns * along] }
    case .painted(let objects):
      var plane = [UInt32](repeating: 0, count: rows * columns)
      func paint(_ row: Int, _ columns: Range<Int>, _ width: Int, _ label: UInt32) {
        for place in row * width + columns.lowerBound..<row * width + columns.upperBound
        where plane[place] == 0 { plane[place] = label }
      }
      // On a z-slice it is some runs that follow each other; the others take one row, or one voxel, of any.
      let wanted = axis == .z ? start..<start + shape.stride(.z) : 0..<shape.count
      for (label, runs) in objects {
        for run in Self.runs(runs, in: wanted) {
          let (line, x) = run.lowerBound.quotientAndRemainder(dividingBy: shape.width)
          let (z, y) = line.quotientAndRemainder(dividingBy: shape.height)
          switch axis {
          case .z: paint(y, x..<x + run.count, columns, label)
          case .y where y == index: paint(z, x..<x + run.count, columns, label)
          case .x where (x..<x + run.count).contains(index): paint(z, y..<y + 1, columns, label)
          default: break
          }
        }
      }
      return plane
    }
  }

  /// Those of `runs` that lie in `range`, which no run crosses the ends of.
  private static func runs(_ runs: [Range<Int>], in range: Range<Int>) -> ArraySlice<Range<Int>> {
    func first(notBefore bound: Int) -> Int {
      var (low, high) = (0, runs.count)
      while low < high {
        let middle = (low + high) / 2
        if runs[middle].lowerBound < bound { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return runs[first(notBefore: range.lowerBound)..<first(notBefore: range.upperBound)]
  }

  /// Where an object lies.
  public struct Place: Sendable, Equatable {
    public let voxels: Int
    /// The mean position of its voxels; the origin if it has none.
    public let centroid: VoxelPoint
  }

  /// The places of the objects 1 to `count`, by default of all; one without voxels is empty.
  public func places(_ count: Int? = nil) -> [Place] {
    var sums = [(voxels: Int, z: Int, y: Int, x: Int)](repeating: (0, 0, 0, 0), count: count ?? greatestLabel)
    for z in 0..<shape.depth {
      let section = plane(.z, z)
      for (place, label) in section.enumerated() where label != 0 {
        let (y, x) = place.quotientAndRemainder(dividingBy: shape.width)
        let old = sums[Int(label) - 1]
        sums[Int(label) - 1] = (old.voxels + 1, old.z + z, old.y + y, old.x + x)
      }
    }
    return sums.map { sum in
      let number = Double(max(1, sum.voxels))
      let centroid = VoxelPoint(
        x: Double(sum.x) / number, y: Double(sum.y) / number, z: Double(sum.z) / number)
      return Place(voxels: sum.voxels, centroid: centroid)
    }
  }

  private var greatestLabel: Int {
    switch contents {
    case .voxels(let labels): Int(labels.max() ?? 0)
    case .painted(let objects): Int(objects.map(\.label).max() ?? 0)
    }
  }

  /// Calls `body` with the labels of each z-section `[H, W]`.
  public func forEachSection(_ body: ([UInt32]) throws -> Void) rethrows {
    for z in 0..<shape.depth { try body(plane(.z, z)) }
  }
}

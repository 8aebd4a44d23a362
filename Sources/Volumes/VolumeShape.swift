/// The sizes of a volume `[D, H, W]`, its voxels in the order z, y, x, x fastest.
@frozen
public struct VolumeShape: Sendable, Equatable, Hashable {
  public let depth: Int
  public let height: Int
  public let width: Int

  @inlinable
  public init(_ depth: Int, _ height: Int, _ width: Int) {
    precondition(depth > 0 && height > 0 && width > 0)
    (self.depth, self.height, self.width) = (depth, height, width)
  }

  /// Voxels in all.
  @inlinable
  public var count: Int { depth * height * width }

  /// Slices along `axis`: D, H or W.
  @inlinable
  public subscript(axis: Axis) -> Int {
    switch axis {
    case .z: depth
    case .y: height
    case .x: width
    }
  }

  /// The linear index of voxel (z, y, x).
  @inlinable
  @inline(__always)
  public func index(_ z: Int, _ y: Int, _ x: Int) -> Int { (z * height + y) * width + x }

  /// How far apart neighbours along `axis` lie in memory.
  @inlinable
  public func stride(_ axis: Axis) -> Int {
    switch axis {
    case .z: height * width
    case .y: width
    case .x: 1
    }
  }

  /// Calls `body` with the linear index of each of the up to six voxels that share a face with voxel `index`.
  @inlinable
  public func forEachNeighbour(of index: Int, _ body: (Int) -> Void) {
    let (line, x) = index.quotientAndRemainder(dividingBy: width)
    let (z, y) = line.quotientAndRemainder(dividingBy: height)
    if z > 0 { body(index - height * width) }
    if z + 1 < depth { body(index + height * width) }
    if y > 0 { body(index - width) }
    if y + 1 < height { body(index + width) }
    if x > 0 { body(index - 1) }
    if x + 1 < width { body(index + 1) }
  }

  /// Rows and columns of a slice perpendicular to `axis`.
  @inlinable
  public func plane(_ axis: Axis) -> (rows: Int, columns: Int) {
    (self[axis.row], self[axis.column])
  }
}

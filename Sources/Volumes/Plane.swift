/// One slice of a tomogram, `values [rows, columns]`.
public struct Plane: Sendable {
  public let rows: Int
  public let columns: Int
  public let values: [Float]

  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(values.count == rows * columns)
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }
}

extension Tomogram {
  public var shape: VolumeShape { geometry.shape }

  /// Slice `index` across `axis`: `[y, x]` for z, `[z, x]` for y, `[z, y]` for x.
  public func plane(_ axis: Axis, _ index: Int) -> Plane {
    let (rows, columns) = shape.plane(axis)
    return Plane(rows: rows, columns: columns, values: slice(axis: axis, index: index))
  }
}

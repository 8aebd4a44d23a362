/// The axes of a volume in the order of its storage: z slowest, x fastest.
@frozen
public enum Axis: Int, Sendable, CaseIterable {
  case z
  case y
  case x
}

/// The slices' own axes: a z-slice is `[y, x]`, a y-slice `[z, x]`, an x-slice `[z, y]`.
extension Axis {
  /// The axis called `name`: `z`, `y` or `x`.
  public init?(named name: String) {
    guard let axis = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = axis
  }

  /// `z`, `y` or `x`.
  public var name: String {
    switch self {
    case .z: "z"
    case .y: "y"
    case .x: "x"
    }
  }
  /// The volume's axis that runs down the rows of a slice perpendicular to this one.
  @inlinable
  public var row: Axis { self == .z ? .y : .z }
  /// The volume's axis that runs along the columns of a slice perpendicular to this one.
  @inlinable
  public var column: Axis { self == .x ? .y : .x }
}

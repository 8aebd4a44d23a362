/// Two percentiles of a volume's voxels, 0 to 100: what becomes black and what becomes white.
public struct Percentiles: Sendable, Equatable, CustomStringConvertible {
  public let low: Double
  public let high: Double

  public init(_ low: Double, _ high: Double) {
    (self.low, self.high) = (low, high)
  }

  /// Those of pictures, and of SAM's images where the user gives none.
  public static let usual = Percentiles(0.5, 99.5)

  /// What both must be in; the lower one is less than the higher.
  public static let range = 0.0...100.0

  /// `0.5,99.5`
  public var description: String { "\(low),\(high)" }

  public var areSound: Bool { Self.range.contains(low) && Self.range.contains(high) && low < high }
}

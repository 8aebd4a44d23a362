/// A kind of thing: one that is looked for, or one that picks must not be.
public struct Kind: Sendable, Hashable {
  /// What the user calls it; nil if there is but one.
  public let name: String?
  /// Whether it is looked for.
  public let isWanted: Bool

  public init(_ name: String? = nil, isWanted: Bool = true) { (self.name, self.isWanted) = (name, isWanted) }

  public static let only = Kind()

  /// What tables call it; nil if there is nothing to tell.
  var label: String? { name ?? (isWanted ? nil : "excluded") }
}

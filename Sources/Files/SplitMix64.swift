/// The pseudo-random generator SplitMix64 (Steele, Lea and Flood 2014), the same on every machine.
///
/// Its state is a counter, so that every seed gives a full period of 2^64 numbers, and the first number of a seed is a
/// good hash of it.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// The first number of the generator seeded with `seed`.
  public static func first(ofSeed seed: UInt64) -> UInt64 {
    var generator = Self(seed: seed)
    return generator.next()
  }

  /// The output function: a bijection that spreads every bit of `value` over all of them.
  public static func mix(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}

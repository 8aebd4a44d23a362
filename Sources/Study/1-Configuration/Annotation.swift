import Files

/// How many of the true particles are prompts (paper, table 1).
public enum Annotation: Sendable, Hashable, CustomStringConvertible {
  case single
  /// Of the particles of a tomogram, above 0 and up to 100.
  case percent(Double)

  /// `single`, or a number with or without a percent sign.
  public init?(_ text: String) {
    if text == "single" {
      self = .single
      return
    }
    let number = text.hasSuffix("%") ? text.dropLast() : text[...]
    guard let percent = Double(number), percent > 0, percent <= 100 else { return nil }
    self = .percent(percent)
  }

  public var description: String {
    switch self {
    case .single: "single"
    case .percent(let percent): decimal(percent, places: percent == percent.rounded() ? 0 : 2) + "%"
    }
  }

  /// The prompts among `particles`, at least one.
  public func count(of particles: Int) -> Int {
    switch self {
    case .single: min(1, particles)
    case .percent(let percent):
      min(particles, max(1, Int((Double(particles) * percent / 100).rounded())))
    }
  }
}

/// A random order of a tomogram's particles: set `set` with 5 % of them is the start of set `set` with 10 %.
struct PromptOrder {
  private var generator: SplitMix64

  /// The order depends on the study's seed, the set and the tomogram's name, on every machine alike.
  init(seed: Int, set: Int, tomogram: String) {
    // FNV-1a of the name.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in tomogram.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for number in [seed, set] {
      hash = SplitMix64.first(ofSeed: hash ^ SplitMix64.first(ofSeed: UInt64(bitPattern: Int64(number))))
    }
    generator = SplitMix64(seed: hash)
    // Orders begin with the second number; another choice would give all studies other prompts.
    _ = generator.next()
  }

  /// `0..<count` shuffled (Fisher and Yates).
  mutating func shuffled(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, below(last + 1))
    }
    return order
  }

  /// One of `0..<limit`, all equally likely.
  private mutating func below(_ limit: Int) -> Int {
    Int(generator.next().multipliedFullWidth(by: UInt64(limit)).high)
  }
}

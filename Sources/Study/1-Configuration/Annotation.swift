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
  private var state: UInt64

  /// The order depends on the study's seed, the set and the tomogram's name, on every machine alike.
  init(seed: Int, set: Int, tomogram: String) {
    // FNV-1a of the name.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in tomogram.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    state = hash
    for number in [seed, set] { state = Self.mixed(state ^ Self.mixed(UInt64(bitPattern: Int64(number)))) }
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
    state &+= 0x9E37_79B9_7F4A_7C15
    return Int(Self.mixed(state).multipliedFullWidth(by: UInt64(limit)).high)
  }

  /// SplitMix64's output function.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

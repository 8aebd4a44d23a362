import Files
import Platform

/// A stream of random numbers, the same on every machine: xoshiro256++ (Blackman and Vigna), seeded by SplitMix64.
///
/// Every object of a simulation has a stream of its own, named by a path of numbers, so that the order of work and
/// the number of threads do not matter.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// What a stream is for: the first number of its path.
  public enum Purpose: UInt64, Sendable {
    case choice = 1
    case species, randomSpecies, membrane, particle, crowder, film, gold, tilt
  }

  /// The stream of `seed` for `purpose` and the object numbered `path`.
  public init(_ seed: UInt64, _ purpose: Purpose, _ path: Int...) {
    var mixed = SplitMix64.first(ofSeed: seed)
    for number in [purpose.rawValue] + path.map({ UInt64(truncatingIfNeeded: $0) }) {
      mixed = SplitMix64.mix(mixed ^ SplitMix64.first(ofSeed: number))
    }
    var words = SplitMix64(seed: mixed)
    state = (words.next(), words.next(), words.next(), words.next())
  }

  public mutating func next() -> UInt64 {
    func rotated(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
    let result = rotated(state.0 &+ state.3, 23) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, 45)
    return result
  }

  /// Uniform in [0, 1).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform between two numbers.
  public mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

  /// One of `0..<count`.
  public mutating func below(_ count: Int) -> Int { min(count - 1, Int(uniform() * Double(count))) }

  /// Of the normal distribution of mean 0 and variance 1 (Box and Muller; of the pair one is used).
  public mutating func normal() -> Double {
    (-2 * log(1 - uniform())).squareRoot() * cos(2 * Double.pi * uniform())
  }

  /// Of Poisson's distribution; above a mean of 64 the normal one, rounded.
  public mutating func poisson(_ mean: Double) -> Double {
    guard mean > 0 else { return 0 }
    if mean > 64 { return max(0, (mean + mean.squareRoot() * normal()).rounded()) }
    var (count, product, limit) = (0.0, uniform(), exp(-mean))
    while product > limit && limit > 0 {
      product *= uniform()
      count += 1
    }
    return count
  }

  /// A direction, uniform on the sphere.
  public mutating func direction() -> SIMD3<Double> {
    let z = uniform(-1, 1)
    let angle = uniform(0, 2 * Double.pi)
    let radius = max(0, 1 - z * z).squareRoot()
    return SIMD3(radius * cos(angle), radius * sin(angle), z)
  }

  /// A rotation, uniform over all (a normalised quaternion of four normal numbers).
  public mutating func rotation() -> Rotation {
    let q = SIMD4(normal(), normal(), normal(), normal())
    let length = (q * q).sum().squareRoot()
    return length > 1e-9 ? Rotation(quaternion: q / length) : .identity
  }
}

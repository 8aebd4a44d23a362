/// Student's paired t-test of whether `a` is greater than `b` on average, one-tailed.
public struct PairedTest: Sendable, Equatable {
  public let pairs: Int
  /// Of a - b.
  public let meanDifference: Double
  public let t: Double
  /// The probability of such a t or a greater one if there is no difference.
  public let p: Double

  /// - Returns: nil if there are fewer than two pairs. If all differences are one value, t is infinite (0 if they are
  ///   0).
  public init?(_ a: [Double], over b: [Double]) {
    precondition(a.count == b.count)
    guard a.count > 1 else { return nil }
    let differences = zip(a, b).map { $0 - $1 }
    let (mean, deviation) = Summary.moments(differences)
    pairs = a.count
    meanDifference = mean
    if deviation > 0 {
      t = mean / (deviation / Double(pairs).squareRoot())
    } else {
      t = mean == 0 ? 0 : mean > 0 ? .infinity : -.infinity
    }
    p = StudentDistribution.upperTail(t, degrees: pairs - 1)
  }
}

/// Student's t distribution.
public enum StudentDistribution {
  /// P(T >= t) for `degrees` degrees of freedom: half of I_x(degrees / 2, 1/2) at x = degrees / (degrees + t²), for
  /// t >= 0 (Abramowitz and Stegun 26.7.1, 26.5.27).
  public static func upperTail(_ t: Double, degrees: Int) -> Double {
    precondition(degrees > 0)
    guard !t.isNaN else { return .nan }
    guard t.isFinite else { return t > 0 ? 0 : 1 }
    let v = Double(degrees)
    let half = incompleteBeta(v / (v + t * t), t * t / (v + t * t), degrees: degrees) / 2
    return t >= 0 ? half : 1 - half
  }

  /// I_x(v / 2, 1/2), with 1 - x given by itself. For t near 0 the complement is computed: the continued fraction
  /// converges fast for x < (a + 1) / (a + b + 2).
  private static func incompleteBeta(_ x: Double, _ complement: Double, degrees: Int) -> Double {
    let (a, b) = (Double(degrees) / 2, 0.5)
    guard x > 0 else { return 0 }
    guard complement > 0 else { return 1 }
    // x^a (1 - x)^b / B(a, b)
    let front = power(x, degrees) * complement.squareRoot() * inverseBeta(degrees)
    return x < (a + 1) / (a + b + 2)
      ? front * continuedFraction(a, b, x) / a
      : 1 - front * continuedFraction(b, a, complement) / b
  }

  /// x^(n / 2)
  private static func power(_ x: Double, _ n: Int) -> Double {
    var (result, base, left) = (1.0, x.squareRoot(), n)
    while left > 0 {
      if left % 2 == 1 { result *= base }
      base *= base
      left /= 2
    }
    return result
  }

  /// 1 / B(n / 2, 1/2) = Γ((n + 1) / 2) / (Γ(n / 2) √π), by the ratio's recurrence r(n + 1) = n / 2 / r(n).
  private static func inverseBeta(_ n: Int) -> Double {
    var ratio = 1 / Double.pi.squareRoot()
    for k in 1..<max(1, n) { ratio = Double(k) / 2 / ratio }
    return ratio / Double.pi.squareRoot()
  }

  /// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method.
  private static func continuedFraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    let least = 1e-300
    func bounded(_ value: Double) -> Double { abs(value) < least ? least : value }
    var c = 1.0
    var d = 1 / bounded(1 - (a + b) * x / (a + 1))
    var fraction = d
    for step in 1...100_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      var change = 1.0
      for coefficient in [even, odd] {
        d = 1 / bounded(1 + coefficient * d)
        c = bounded(1 + coefficient / c)
        change = c * d
        fraction *= change
      }
      if abs(change - 1) < 1e-15 { break }
    }
    return fraction
  }
}

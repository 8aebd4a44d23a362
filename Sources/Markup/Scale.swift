import Files
import Platform

/// What an axis of a diagram measures.
package enum Scale: Sendable {
  case linear(from: Double, to: Double)
  /// Powers of ten by their exponents. What is not positive lies at the lower end, what is beyond an end at that end.
  case logarithmic(ClosedRange<Int>)
  /// Counts from 0 to `to` by their square roots: a few beside many can be seen.
  case roots(to: Double)

  /// A place that is marked on an axis.
  package struct Tick: Sendable {
    package let value: Double
    package let label: String

    package init(value: Double, label: String) { (self.value, self.label) = (value, label) }
  }

  /// Where `value` lies along the axis: 0 at its beginning, 1 at its end.
  package func share(_ value: Double) -> Double {
    switch self {
    case .linear(let low, let high): return (value - low) / (high - low)
    case .logarithmic(let exponents):
      let (low, high) = (Double(exponents.lowerBound), Double(exponents.upperBound))
      let place = value > 0 ? min(high, max(low, log10(value))) : low
      return (place - low) / (high - low)
    case .roots(let high): return (max(0, value) / high).squareRoot()
    }
  }

  /// Five steps, or all powers of ten; of roots, steps that look alike.
  ///
  /// - Parameter label: what stands at a value of a linear scale.
  package func ticks(_ label: (Double) -> String) -> [Tick] {
    switch self {
    case .linear(let low, let high):
      return (0...5).map { step in
        let value = low + (high - low) * Double(step) / 5
        return Tick(value: value, label: label(value))
      }
    case .logarithmic(let exponents):
      return exponents.map { Tick(value: pow(10, Double($0)), label: "1e\($0)") }
    case .roots(let high):
      return (0...5).map { Double($0 * $0) / 25 * high }.map { Tick(value: $0, label: label($0)) }
    }
  }

  /// Five steps with `places` digits after the point, or all powers of ten.
  package func ticks(places: Int = 1) -> [Tick] { ticks { decimal($0, places: places) } }

  /// The multiples of 1, 2 or 5 times a power of ten that lie on a linear scale, three to seven of them.
  package func roundTicks() -> [Tick] {
    guard case .linear(let low, let high) = self, high > low, (high - low).isFinite else { return ticks() }
    let least = (high - low) / 6
    let power = pow(10, log10(least).rounded(.down))
    let step = power * ([1.0, 2, 5].first { power * $0 >= least } ?? 10)
    let places = max(0, -Int(log10(step * 1.000001).rounded(.down)))
    return stride(from: (low / step - 1e-9).rounded(.up), through: high / step + 1e-9, by: 1).map {
      Tick(value: $0 * step, label: decimal($0 * step, places: places))
    }
  }

  /// Whole numbers from 0 to `most`, at most five, about evenly by their square roots.
  package static func rootCounts(to most: Int) -> [Tick] {
    var values: [Int] = []
    for step in 0...4 {
      let value = Int((Double(most * step * step) / 16).rounded())
      if value != values.last { values.append(value) }
    }
    return values.map { Tick(value: Double($0), label: "\($0)") }
  }

  /// Whole numbers from 0 to `most`, at most six.
  package static func counts(to most: Int) -> [Tick] {
    let steps = max(1, min(5, most))
    return (0...steps).map { step in
      let value = (Double(most) * Double(step) / Double(steps)).rounded()
      return Tick(value: value, label: decimal(value, places: 0))
    }
  }
}

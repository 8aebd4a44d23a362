import Files
import Platform

/// How well a result of the program agrees with the plain computation of the same.
package struct Agreement: Sendable, CustomStringConvertible {
  /// What was compared: `block 7, 3 tokens`.
  package let what: String
  package let error: Double
  /// What the error may be.
  package let limit: Double

  /// A NaN agrees with nothing.
  package var holds: Bool { error <= limit }

  /// `block 7, 3 tokens: error 1.2e-07, allowed 2e-05`
  package var description: String { "\(what): error \(scientific(error)), allowed \(scientific(limit))" }

  package init(_ what: String, error: Double, limit: Double) {
    (self.what, self.error, self.limit) = (what, error, limit)
  }

  /// The relative Euclidean error of `result`, which may be 2e-5 as in the comparison with the original code.
  init(_ what: String, _ result: [Float], plain: [Double], limit: Double = 2e-5) {
    guard result.count == plain.count else {
      self.init("\(what): \(result.count) values, expected \(plain.count)", error: .infinity, limit: limit)
      return
    }
    var (error, norm) = (0.0, 0.0)
    for (value, expected) in zip(result, plain) {
      error += (Double(value) - expected) * (Double(value) - expected)
      norm += expected * expected
    }
    self.init(what, error: norm > 0 ? (error / norm).squareRoot() : error.squareRoot(), limit: limit)
  }

  /// Whether two things that must be the same are.
  init(_ what: String, same: Bool) { self.init(what, error: same ? 0 : 1, limit: 0) }
}

extension [Agreement] {
  /// - Throws: `Failure` for the first that does not hold.
  func require(_ name: String) throws {
    guard let wrong = first(where: { !$0.holds }) else { return }
    throw Failure(
      .internalError,
      "\(name) differs from the plain computation: \(wrong)",
      remedy: "this program computes wrongly on this machine; do not use it, and report this line")
  }
}

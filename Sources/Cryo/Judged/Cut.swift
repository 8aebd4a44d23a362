import Files
import Platform

/// Which finds are picks.
public struct Cut: Sendable, Equatable {
  public enum Rule: Sendable, Equatable {
    /// From the distribution of the scores.
    case automatic
    /// Those that score at least this.
    case threshold(Double)
    /// So many, the best.
    case count(Int)
  }
  public var rule: Rule
  /// A pick's voxels over the particle's.
  public var sizes: ClosedRange<Double>
  /// The particle's voxels; nil: the prompted particles'.
  public var voxels: Double?

  /// The voxels of a particle `diameter` voxels wide.
  public static func voxels(diameter: Double) -> Double { .pi / 6 * diameter * diameter * diameter }

  public static let usualSizes = 0.25...4.0
  public static let thresholdRange = 0.0...1.0
  public static let countRange = 0...Int.max

  public init(_ rule: Rule = .automatic, sizes: ClosedRange<Double> = Self.usualSizes) {
    (self.rule, self.sizes) = (rule, sizes)
  }

  /// What was decided.
  public struct Decision: Sendable, Equatable {
    /// Whether each find is a pick.
    public let isPick: [Bool]
    /// The least score of a pick.
    public let threshold: Double
    /// Why it lies there, for people.
    public let reason: String
  }

  /// The natural logarithm of a find's voxels over the particle's.
  func size(of find: Find) -> Double {
    voxels.map { log(Double(find.measures.voxels) / $0) } ?? find.score.size
  }

  /// Decides for finds of one kind.
  ///
  /// - Parameter scores: their total scores.
  /// - Parameter sizes: the logarithms of their sizes over the particle's.
  public func decide(_ scores: [Double], sizes logarithms: [Double]) -> Decision {
    let fitting = scores.indices.filter { sizes.contains(exp(logarithms[$0])) }
    var picks = fitting
    let (threshold, reason): (Double, String)
    switch rule {
    case .threshold(let value): (threshold, reason) = (value, "as given")
    case .count(let number):
      // Of equal ones the first: exactly so many.
      picks = Array(fitting.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(number))
      (threshold, reason) = (picks.last.map { scores[$0] } ?? 1, "the \(number) best")
    case .automatic: (threshold, reason) = Self.gap(in: fitting.map { scores[$0] })
    }
    var isPick = [Bool](repeating: false, count: scores.count)
    for index in picks where scores[index] >= threshold { isPick[index] = true }
    return Decision(isPick: isPick, threshold: threshold, reason: reason)
  }

  /// Where a threshold may lie: what scores more is surely like the prompted particles, what scores less surely not.
  static let doubt = 0.3...0.42

  /// The threshold in the widest gap, by ratio, that `scores` leave in the range of doubt.
  private static func gap(in scores: [Double]) -> (threshold: Double, reason: String) {
    let inside = scores.filter { $0 > doubt.lowerBound && $0 < doubt.upperBound }.sorted(by: >)
    let bounds = [doubt.upperBound] + inside + [doubt.lowerBound]
    let gaps = zip(bounds, bounds.dropFirst()).map { (above: $0, below: $1) }
    guard let widest = gaps.max(by: { $0.above / $0.below < $1.above / $1.below }) else {
      return (doubt.lowerBound, "")
    }
    let threshold = (widest.above * widest.below).squareRoot()
    let range = "\(decimal(doubt.lowerBound, places: 2)) to \(decimal(doubt.upperBound, places: 2))"
    return (threshold, "the widest gap between scores from \(range)")
  }
}

extension Cut {
  /// By the names of the options.
  public var json: JSON {
    let sizes: JSON = [.number(sizes.lowerBound), .number(sizes.upperBound)]
    return switch rule {
    case .automatic: ["auto": .bool(true), "size": sizes]
    case .threshold(let value): ["threshold": .number(value), "size": sizes]
    case .count(let number): ["count": .integer(number), "size": sizes]
    }
  }
}

import ArgumentParser
import CommandLineKit
import Cryo

/// `--threshold`, `--count`, `--auto`, `--size`: which finds are picks.
struct CutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Picks are the finds that score at least this, 0 to 1.", valueName: "score"),
    transform: within(Cut.thresholdRange))
  var threshold: Double?

  @Option(
    help: ArgumentHelp("Picks are so many finds, the best.", valueName: "n"),
    transform: within(Cut.countRange))
  var count: Int?

  @Flag(help: "Picks are decided by the distribution of the scores (the default).")
  var auto = false

  @Option(
    help: ArgumentHelp(
      "Least and greatest size of a pick, as a multiple of the prompted particles' (default: \(Cut.usualSizes.lowerBound),\(decimal(Cut.usualSizes.upperBound))).",
      valueName: "low,high"))
  var size: SizeRange?

  /// Whether none of them is given.
  var isUsual: Bool { threshold == nil && count == nil && !auto && size == nil }

  func validate() throws {
    if [threshold != nil, count != nil, auto].count(where: { $0 }) > 1 {
      throw ValidationError("'--threshold', '--count' and '--auto' exclude each other")
    }
  }

  var cut: Cut {
    let rule: Cut.Rule = threshold.map { .threshold($0) } ?? count.map { .count($0) } ?? .automatic
    return Cut(rule, sizes: size?.range ?? Cut.usualSizes)
  }
}

/// `0.5,2`
struct SizeRange: ExpressibleByArgument {
  let range: ClosedRange<Double>

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1], low.isFinite, high.isFinite,
      0 <= low, low <= high
    else { return nil }
    range = low...high
  }
}

/// A number as people write it: 4, not 4.0.
private func decimal(_ value: Double) -> String {
  value == value.rounded() ? String(Int(value)) : String(value)
}

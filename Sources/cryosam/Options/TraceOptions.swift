import ArgumentParser
import CommandLineKit
import NN

/// `--trace` of the commands that run networks.
struct TraceOptions: ParsableArguments {
  @Flag(help: "Also write what the network computes on the way.")
  var trace = false

  @Option(
    help: ArgumentHelp(
      "Sample what is traced and has more elements than this; 0: write all of them.",
      default: TracedTensor.usualLimit, valueName: "elements"),
    transform: within(0...Int.max))
  var traceLimit = TracedTensor.usualLimit

  /// Elements above which tensors are sampled; nil without `--trace`.
  var elementsIfWanted: Int? { trace ? (traceLimit == 0 ? .max : traceLimit) : nil }

  /// What records; nil without `--trace`.
  var traceIfWanted: Trace? { elementsIfWanted.map { Trace(limit: $0) } }
}

extension TracedTensor {
  /// A line that says what was recorded.
  var line: String {
    "\(name)  \(sampling.shape)" + (sampling.stride > 1 ? ", every \(sampling.stride)th element" : "")
  }
}

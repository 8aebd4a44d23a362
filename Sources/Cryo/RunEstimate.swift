import Files
import Volumes

/// How long a run may take: one slice is timed on each network, and the rest is reckoned from that.
///
/// Feature slices are counted; how far particles reach is not known beforehand, so for SAM it is assumed that every
/// slice is encoded, once, and every proposal decoded over as many slices as the largest mask is wide.
public struct RunEstimate: Sendable {
  public private(set) var seconds = 0.0
  /// What the seconds are made of, for people.
  public private(set) var parts: [String] = []

  /// Times the first slices that `pipeline` needs for `prompts`. Nothing is done twice; what was computed is stored.
  ///
  /// - Throws: `Failure` if a slice cannot be stored.
  public init(of pipeline: Pipeline, at prompts: [VoxelPoint], _ parameters: PipelineParameters) throws {
    let (features, slices) = (pipeline.features, pipeline.slices)
    let missing = features.slices().filter { !features.isStored($0.axis, $0.index) }
    if let first = missing.first {
      let each = try Self.seconds { try features.grid(first.axis, first.index) }
      add(missing.count - 1, each) { "\($0) slices' features at \($1) each" }
    }
    guard let prompt = prompts.first, let axis = parameters.axes.first else { return }
    let slice = slices.nearestSlice(to: prompt, axis)
    let wasStored = slices.isStored(axis, slice)
    let encoding = try Self.seconds { _ = try slices.slice(axis, slice) }
    if !wasStored && !features.areEmbeddings {
      let all = parameters.axes.reduce(0) { $0 + slices.tomogram.shape[$1] }
      add(all - 1, encoding) { "up to \($0) slices through SAM at \($1) each" }
    }
    let image = try slices.slice(axis, slice).image
    let decoding = Self.seconds { slices.decode(prompt, axis, image) }
    let width = Int(Double(parameters.largestArea).squareRoot().rounded())
    add((parameters.topK ?? 512) * parameters.axes.count * width, decoding) {
      "perhaps \($0) prompts at \($1) each"
    }
  }

  /// `estimate: about 14 min (383 slices' features at 0.03 s each, ...)`
  public var text: String { "estimate: about \(duration(seconds)) (\(parts.joined(separator: ", ")))" }

  private mutating func add(_ count: Int, _ each: Double, _ text: (Int, String) -> String) {
    seconds += Double(count) * each
    parts.append(text(count, duration(each, places: 3)))
  }

  private static func seconds(_ body: () throws -> some Any) rethrows -> Double {
    let start = ContinuousClock.now
    _ = try body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

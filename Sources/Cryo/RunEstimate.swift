import Files
import Parallel
import Runs
import Volumes

/// How long a run may take: some slices are encoded as the run will encode them, some prompts decoded, and the rest is
/// reckoned from that.
///
/// Slices are counted; how many proposals there will be, and how far each is followed, is known when they are there:
/// `proposed` says it then.
public struct RunEstimate: Sendable {
  public private(set) var seconds = 0.0
  /// What the seconds are made of, for people.
  public private(set) var parts: [String] = []
  /// Seconds for a slice through SAM, if one was timed, and for a prompt.
  private var encoding: Double?
  private var decoding = 0.0

  /// Prompts that a proposal takes, and prompts that come to one slice together, as in the phantoms of
  /// `docs/demo-weights.md`.
  private static let (usualPrompts, promptsTogether) = (24, 8)
  /// Proposals that are segmented if no number is given: three batches, or as many as a small volume has.
  private static func usualProposals(_ shape: VolumeShape) -> Int { min(384, shape.count / 10_000) }
  /// Timing ends after so many seconds.
  private static let patience = 1.0

  /// Times the first slices that `pipeline` needs for `prompts`. Nothing is done twice; what was computed is stored.
  ///
  /// - Throws: `Failure` if a slice cannot be stored.
  public init(of pipeline: Pipeline, at prompts: [VoxelPoint], _ parameters: PipelineParameters) throws {
    let (features, slices) = (pipeline.features, pipeline.slices)
    let all = features.slices()
    var missing = all.filter { !features.isStored($0.axis, $0.index) }
    if missing.count < all.count { parts.append("\(all.count - missing.count) slices' features are there") }
    if !missing.isEmpty {
      let together = features.areEmbeddings ? 1 : Parallel.threads
      let each = try Self.rate(&missing, together: together) {
        _ = try features.extract($0, progress: SilentObserver())
      }
      add(missing.count, each) { "\($0) slices' features at \($1) each" }
    }
    let middle = VoxelPoint(
      x: Double(slices.tomogram.shape.width) / 2, y: Double(slices.tomogram.shape.height) / 2,
      z: Double(slices.tomogram.shape.depth) / 2)
    guard let axis = parameters.axes.first else { return }
    let prompt = prompts.first ?? middle
    let start = slices.nearestSlice(to: prompt, axis)
    if !features.areEmbeddings {
      try addEncoding(slices, parameters.axes, from: start, axis)
    }
    let image = try slices.slice(axis, start).image
    let count = Self.promptsTogether
    decoding = Self.seconds { slices.decode(prompt, axis, image, times: count) } / Double(count)
    let proposals = parameters.topK ?? Self.usualProposals(features.shape)
    add(proposals * Self.usualPrompts, decoding) {
      "perhaps \($0) prompts at \($1) each"
    }
  }

  private mutating func addEncoding(
    _ slices: EmbeddedSlices, _ axes: [Axis], from start: Int, _ axis: Axis
  ) throws {
    let all = axes.flatMap { axis in (0..<slices.tomogram.shape[axis]).map { (axis: axis, index: $0) } }
    let missing = all.filter { !slices.isStored($0.axis, $0.index) }
    if missing.count < all.count { parts.append("\(all.count - missing.count) slices through SAM are there") }
    guard !missing.isEmpty else { return }
    // Slices near the first prompt are needed in any case.
    var near = missing.filter { $0.axis == axis }.sorted { abs($0.index - start) < abs($1.index - start) }
    let first = near.count
    guard first > 0 else { return }
    let each = try Self.rate(&near, together: slices.segmenter.isSmall ? Parallel.threads : 1) { batch in
      _ = try slices.prepare(axis, batch.map(\.index))
    }
    encoding = each
    add(missing.count - (first - near.count), each) { "\($0) slices through SAM at \($1) each" }
  }

  /// Seconds for each of `items`, done some `together` until it has taken long enough; those that are left stay in
  /// `items`. The first ones, which also read the weights, do not count if there are others.
  private static func rate<Item>(
    _ items: inout [Item], together: Int, _ body: ([Item]) throws -> Void
  ) rethrows -> Double {
    var (spent, each) = (0.0, 0.0)
    repeat {
      let batch = Array(items.prefix(together))
      items.removeFirst(batch.count)
      let time = try seconds { try body(batch) }
      (spent, each) = (spent + time, time / Double(batch.count))
    } while spent < patience && !items.isEmpty
    return each
  }

  /// `estimate: about 14 min (383 slices' features at 0.03 s each, ...)`
  public var text: String { "estimate: about \(duration(seconds)) (\(parts.joined(separator: ", ")))" }

  /// What is said when the proposals are known.
  ///
  /// - Parameter prompts: of a prompted particle.
  func proposed(
    _ count: Int, of all: Int, promptsEach prompts: Double, in slices: EmbeddedSlices, _ axes: [Axis]
  ) -> String {
    let missing = axes.reduce(0) { sum, axis in
      sum + (0..<slices.tomogram.shape[axis]).count { !slices.isStored(axis, $0) }
    }
    let time = Double(missing) * (encoding ?? 0) + Double(count) * prompts * decoding
    let number = count < all ? "the first \(count) of \(all) proposals" : "\(count) proposals"
    return "\(number): about \(duration(time))"
  }

  private mutating func add(_ count: Int, _ each: Double, _ text: (Int, String) -> String) {
    guard count > 0 else { return }
    seconds += Double(count) * each
    parts.append(text(count, duration(each, places: 3)))
  }

  private static func seconds(_ body: () throws -> some Any) rethrows -> Double {
    let start = ContinuousClock.now
    _ = try body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

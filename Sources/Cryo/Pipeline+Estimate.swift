extension Pipeline {
  /// Says how long the run may take: one slice is timed on each network, and the rest is reckoned from that. Nothing
  /// is done twice; what was computed is stored.
  ///
  /// Feature slices are counted; how far particles reach is not known beforehand, so for SAM it is
  /// assumed that every slice is encoded, once, and every proposal decoded over as many slices as the largest mask is
  /// wide.
  func announce(_ prompts: [VoxelPoint]) throws {
    let missing = features.slices().filter { !features.isStored($0.axis, $0.index) }
    var seconds = 0.0
    var parts: [String] = []
    if let first = missing.first {
      let each = try Self.seconds { try features.grid(first.axis, first.index) }
      seconds += Double(missing.count - 1) * each
      parts.append("\(missing.count - 1) slices' features at \(Self.text(each)) each")
    }
    if let prompt = prompts.first, let axis = parameters.axes.first {
      let slice = slices.nearestSlice(to: prompt, axis)
      let all = parameters.axes.reduce(0) { $0 + slices.tomogram.shape[$1] }
      let wasStored = slices.isStored(axis, slice)
      let encoding = try Self.seconds { _ = try slices.slice(axis, slice) }
      if !wasStored && !features.areEmbeddings {
        seconds += Double(all - 1) * encoding
        parts.append("up to \(all - 1) slices through SAM at \(Self.text(encoding)) each")
      }
      let image = try slices.slice(axis, slice).image
      let decoding = Self.seconds { slices.decode(prompt, axis, image) }
      let width = Int(Double(parameters.largestArea).squareRoot().rounded())
      let most = parameters.topK * parameters.axes.count * width
      seconds += Double(most) * decoding
      parts.append("perhaps \(most) prompts at \(Self.text(decoding)) each")
    }
    observer.note("estimate: about \(Self.text(seconds)) (\(parts.joined(separator: ", ")))")
  }

  private static func seconds(_ body: () throws -> some Any) rethrows -> Double {
    let start = ContinuousClock.now
    _ = try body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// A duration for people: `0.21 s`, `14 min`, `3.5 h`.
  static func text(_ seconds: Double) -> String {
    func rounded(_ value: Double, _ steps: Double) -> String {
      let value = (value * steps).rounded() / steps
      return value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
    if seconds < 1 { return "\(rounded(seconds, 1000)) s" }
    if seconds < 120 { return "\(rounded(seconds, 10)) s" }
    return seconds < 7200 ? "\(rounded(seconds / 60, 1)) min" : "\(rounded(seconds / 3600, 10)) h"
  }
}

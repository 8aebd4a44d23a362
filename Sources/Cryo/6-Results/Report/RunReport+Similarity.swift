import Files
import Images
import Volumes

extension RunReport {
  /// The similarity maps of the levels, coarsest first, as in the paper's figure 4: the slices through the first prompt,
  /// else through the middle, along z and y.
  func similarityMaps() throws -> String {
    let levels = levels.filter { $0.map.statistics.finiteCount > 0 }
    guard let first = levels.first else { return "<p>No similarity map is in the folder.</p>\n" }
    // The coarsest level is scored everywhere.
    let low = first.map.statistics.minimum
    let high = levels.reduce(low) { max($0, $1.map.statistics.maximum) }
    let figures = try levels.map { try figure($0, low: low, high: high) }
    let stops = (0...8).map { stop in
      let color = Self.heat(Float(stop) / 8)
      return "<stop offset=\"\(stop * 100 / 8)%\" stop-color=\"rgb(\(color[0]),\(color[1]),\(color[2]))\"/>"
    }
    let scale = """
      <p class="legend"><span>\(decimal(Double(low), places: 2)) and below<svg class="scale" viewBox="0 0 120 10">\
      <linearGradient id="heat">\(stops.joined())</linearGradient><rect width="120" height="10" fill="url(#heat)"/>\
      </svg>\(decimal(Double(high), places: 2))</span><span><svg viewBox="0 0 14 14"><rect class="unscored" \
      width="14" height="14"/></svg>ruled out by a coarser level</span></p>

      """
    return scale + "<div class=\"maps\">\n\(figures.joined())</div>\n"
  }

  private func figure(_ level: Level, low: Float, high: Float) throws -> String {
    let (volume, samples) = (tomogram.shape, level.map.shape)
    let gap = max(2, volume.depth / 12)
    func image(_ axis: Axis, y: Int) throws -> String {
      let position = prompts.first?[axis] ?? Double(volume[axis] - 1) / 2
      let last = Double(max(1, volume[axis] - 1))
      let sample = Int((min(max(position / last, 0), 1) * Double(samples[axis] - 1)).rounded())
      let plane = level.map.plane(axis, sample)
      let pixels = plane.values.flatMap { value in
        value == 0 ? [96, 100, 108] : Self.heat((value - low) / max(high - low, 1e-6))
      }
      let address = try HTML.address(
        RGBImage(height: plane.rows, width: plane.columns, pixels: pixels))
      let (rows, columns) = volume.plane(axis)
      return
        "<image y=\"\(y)\" width=\"\(columns)\" height=\"\(rows)\" preserveAspectRatio=\"none\" href=\"\(address)\"/>"
    }
    let content = try image(.z, y: 0) + image(.y, y: volume.height + gap)
    let marks = prompts.prefix(1).map { prompt in
      [(prompt.y, 0), (prompt.z, volume.height + gap)].map { row, top in
        "<circle class=\"prompt\" stroke-width=\"\(decimal(Double(volume.width) / 160, places: 2))\" "
          + "cx=\"\(decimal(prompt.x + 0.5, places: 2))\" cy=\"\(decimal(row + 0.5 + Double(top), places: 2))\" "
          + "r=\"\(decimal(Double(volume.width) / 40, places: 2))\"/>"
      }.joined()
    }.joined()
    let counts = record["levels"]?.array?.first { $0["ratio"]?.int == level.ratio }
    var caption = "r = \(level.ratio): \(samples.width) x \(samples.height) x \(samples.depth) samples"
    if let scored = counts?["scored"]?.int, let passed = counts?["passed"]?.int {
      caption += ", \(scored) scored, \(passed) passed"
    }
    return HTML.figure(
      Self.svg(content + marks, volume.width, volume.height + gap + volume.depth, "map"), caption)
  }

  /// Dark violet over red and orange to pale yellow, even in lightness; `position` from 0 to 1.
  static func heat(_ position: Float) -> [UInt8] {
    let stops: [[Float]] = [
      [13, 8, 60], [84, 15, 109], [158, 40, 100], [219, 80, 60], [247, 143, 25], [249, 246, 160],
    ]
    let place = min(max(position.isFinite ? position : 0, 0), 1) * Float(stops.count - 1)
    let first = min(Int(place), stops.count - 2)
    let weight = place - Float(first)
    return zip(stops[first], stops[first + 1]).map { UInt8(($0 + weight * ($1 - $0)).rounded()) }
  }
}

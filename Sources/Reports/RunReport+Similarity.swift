import Files
import Images
import Markup
import Volumes

extension RunReport {
  /// The similarity maps of the levels, coarsest first, as in the paper's figure 4: the slices through the first prompt,
  /// else through the middle, along z and y.
  func similarityMaps() throws -> Fragment {
    let levels = levels.filter { $0.map.statistics.finiteCount > 0 }
    guard let first = levels.first else {
      return element("p") { "No similarity map is in the folder." }.line
    }
    // The coarsest level is scored everywhere.
    let low = first.map.statistics.minimum
    let high = levels.reduce(low) { max($0, $1.map.statistics.maximum) }
    return try Fragment {
      legend(low: low, high: high)
      try HTML.box("maps") {
        newline
        try levels.map { try figure($0, low: low, high: high) }
      }
    }
  }

  /// The colours' scale.
  private func legend(low: Float, high: Float) -> Fragment {
    HTML.legend {
      element("span") {
        "\(decimal(Double(low), places: 2)) and below"
        element("svg", ["class": "scale", "viewBox": "0 0 120 10"]) {
          element("linearGradient", ["id": "heat"]) {
            for stop in 0...8 {
              let color = Self.heat(Float(stop) / 8).map { "\($0)" }.joined(separator: ",")
              element("stop", ["offset": "\(stop * 100 / 8)%", "stop-color": "rgb(\(color))"])
            }
          }
          element("rect", ["width": "120", "height": "10", "fill": "url(#heat)"])
        }
        decimal(Double(high), places: 2)
      }
      Self.key("ruled out by a coarser level") {
        element("rect", ["class": "unscored", "width": "14", "height": "14"])
      }
    }
  }

  private func figure(_ level: Level, low: Float, high: Float) throws -> Fragment {
    let (volume, samples) = (tomogram.shape, level.map.shape)
    let gap = max(2, volume.depth / 12)
    func image(_ axis: Axis, y: Int) throws -> Fragment {
      let position = prompts.first?[axis] ?? Double(volume[axis] - 1) / 2
      let last = Double(max(1, volume[axis] - 1))
      let sample = Int((min(max(position / last, 0), 1) * Double(samples[axis] - 1)).rounded())
      let plane = level.map.plane(axis, sample)
      let pixels = plane.values.flatMap { value in
        value == 0 ? [96, 100, 108] : Self.heat((value - low) / max(high - low, 1e-6))
      }
      let (rows, columns) = volume.plane(axis)
      return try RGBImage(height: plane.rows, width: plane.columns, pixels: pixels)
        .stretched(width: columns, height: rows, y: y)
    }
    func circle(_ x: Double, _ y: Double) -> Fragment {
      let width = Double(volume.width)
      return SliceFigure.circle("prompt", x + 0.5, y, radius: width / 40, line: width / 160)
    }
    let counts = record["levels"]?.array?.first { $0["ratio"]?.int == level.ratio }
    var caption = "r = \(level.ratio): \(samples.width) x \(samples.height) x \(samples.depth) samples"
    if let scored = counts?["scored"]?.int, let passed = counts?["passed"]?.int {
      caption += ", \(scored) scored, \(passed) passed"
    }
    return try HTML.figure(caption) {
      try SVG.picture(volume.width, volume.height + gap + volume.depth, label: "map", class: "map") {
        SVG.flipping(
          try Fragment {
            try image(.z, y: 0)
            if let prompt = prompts.first { circle(prompt.x, prompt.y + 0.5) }
          }, height: volume.height)
        try image(.y, y: volume.height + gap)
        if let prompt = prompts.first { circle(prompt.x, prompt.z + 0.5 + Double(volume.height + gap)) }
      }
    }
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

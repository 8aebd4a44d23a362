import Cryo
import Files
import Markup
import Platform
import Volumes

/// What was clicked and what was found, small.
extension RunReport {
  /// Picks and others that are shown at most, of all kinds together.
  private static let (mostPicks, mostOthers) = (60, 12)
  /// Clicks of a kind that are shown at most.
  private static let mostClicks = 4

  /// Kind by kind what was clicked, the picks by score, and the best finds that are no picks.
  func gallery() throws -> Fragment {
    let side = sectionSide
    return try Fragment {
      element("p", ["class": "legend"]) {
        element("span") {
          "sections across z, y (x to the right) and x (z to the right), \(side) voxels wide"
        }
        element("span") { "bar: \(Sections.bar(side, in: tomogram.geometry).text)" }
        element("span") { "number, score, size over the clicked one's, slice" }
        element("span") { "edge: double: clicked; solid: pick; dashed: no pick" }
      }.line
      for number in kinds.indices { try gallery(number, side) }
    }
  }

  private func gallery(_ number: Int, _ side: Int) throws -> Fragment {
    let kind = kinds[number]
    func best(_ all: [Finding], _ most: Int) -> (shown: [Finding], left: Int) {
      let own = all.filter { $0.kind == number }
      let order = own.indices.sorted { (-(own[$0].score ?? 0), $0) < (-(own[$1].score ?? 0), $1) }
      let shown = order.prefix(max(4, most / kinds.count)).map { own[$0] }
      return (shown, own.count - shown.count)
    }
    let (picks, others) = (best(self.picks, Self.mostPicks), best(self.others, Self.mostOthers))
    return try Fragment {
      if let name = kind.name { element("h3") { name }.line }
      try HTML.box("gallery") {
        newline
        try kind.prompts.prefix(Self.mostClicks).map { try clicked($0, side) }
        try picks.shown.map { try card($0, side) }
      }
      if picks.left > 0 {
        element("p") { "\(picks.left) more picks that score less are in the table and in picks.star." }.line
      }
      if !others.shown.isEmpty {
        element("h3") { "The best that are no picks" }.line
        try HTML.box("gallery") {
          newline
          try others.shown.map { try card($0, side) }
        }
        if others.left > 0 {
          element("p") { "\(others.left) more that score less are in \(ResultNames.finds)." }.line
        }
      }
    }
  }

  private func clicked(_ point: VoxelPoint, _ side: Int) throws -> Fragment {
    let sections = Sections(report: self, middle: point, side: side, body: body(at: point), click: point)
    return try Self.card("clicked", sections, "clicked") {
      element("b") { "clicked" }
      " at " + [point.x, point.y, point.z].map { decimal($0, places: 0) }.joined(separator: ", ")
    }
  }

  private func card(_ find: Finding, _ side: Int) throws -> Fragment {
    let name = find.label.map { "pick \($0)" } ?? "no pick"
    let sections = Sections(
      report: self, middle: find.point, side: side,
      body: find.label.map { Sections.Body.label($0) } ?? .mask(find.mask))
    let facts = [
      find.score.map { decimal($0, places: 3) }, find.size.map { "\(decimal($0, places: 2))\u{D7}" },
      "z \(nearest(to: find.point, .z))", find.isUnwanted ? "more like what picks must not be" : nil,
    ]
    return try Self.card(find.label == nil ? "other" : "pick", sections, name) {
      if let label = find.label {
        element("b") { "\(label)" }
        " \u{B7} "
      }
      facts.compactMap { $0 }.joined(separator: " \u{B7} ")
    }
  }

  private static func card(
    _ name: String, _ sections: Sections, _ label: String, @FragmentBuilder _ caption: () -> Fragment
  ) throws -> Fragment {
    try element("figure", ["class": "find \(name)"]) {
      try sections.svg(label: "sections: \(label)")
      element("figcaption") { caption() }
    }.line
  }

  /// What was found at a place that was clicked.
  private func body(at point: VoxelPoint) -> Sections.Body? {
    let (z, y, x) = (nearest(to: point, .z), nearest(to: point, .y), nearest(to: point, .x))
    let label = labels[z, y, x]
    if label >= 1, let pick = picks.first(where: { $0.label.map(Float.init) == label })?.label {
      return .label(pick)
    }
    let voxel = tomogram.shape.index(z, y, x)
    return others.first { $0.mask.runs.contains { $0.contains(voxel) } }.map { Sections.Body.mask($0.mask) }
  }

  /// The slice across `axis` that `point` lies on, or the nearest one to it.
  func nearest(to point: VoxelPoint, _ axis: Axis) -> Int {
    let last = Double(tomogram.shape[axis] - 1)
    return point[axis].isFinite ? Int(min(max(point[axis], 0), last).rounded()) : 0
  }

  /// Voxels along the side of sections: twice as wide as the widest of the best picks, and even.
  private var sectionSide: Int {
    let voxels = kinds.compactMap(\.voxels) + picks.prefix(20).map { Double($0.voxels) }
    let widest = voxels.map { cbrt($0 * 6 / .pi) }.max() ?? 20
    return 2 * Int(min(64, max(12, widest.rounded())))
  }
}

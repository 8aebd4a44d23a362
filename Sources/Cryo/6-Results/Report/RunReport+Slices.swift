import Volumes

extension RunReport {
  private static let legend = """
    <p class="legend"><span><svg viewBox="0 0 14 14"><circle class="prompt" cx="7" cy="7" r="5.5" \
    stroke-width="1.5"/></svg>prompt</span><span><svg viewBox="0 0 14 14"><circle class="proposal" cx="7" cy="7" \
    r="3" stroke-width="1.5"/></svg>proposal</span><span><svg viewBox="0 0 14 14"><path class="halo" \
    stroke-width="4" d="M2 7h10M7 2v10"/><path class="pick" stroke-width="2" d="M2 7h10M7 2v10"/></svg>pick</span>
    """

  /// What the marks mean.
  func legend() -> String {
    let truth =
      truth == nil
      ? ""
      : "<span><svg viewBox=\"0 0 14 14\"><circle class=\"truth\" cx=\"7\" cy=\"7\" r=\"5.5\" stroke-width=\"1.5\"/></svg>"
        + "true particle, circle of the matching radius</span>"
    return Self.legend
      + "\(truth)<span>tinted: instances</span><span>marks are those within 5 voxels of the slice</span></p>\n"
  }

  /// The slices through the middle: z at the upper left, y below it (x along both), x to its right (y along both).
  func centralSlices() throws -> String {
    let shape = tomogram.shape
    let gap = max(2, (shape.width + shape.depth) / 80)
    let (width, height) = (shape.width + gap + shape.depth, shape.height + gap + shape.depth)
    let step = max(1, max(width, height) / 1400)
    let mark = Double(max(width, height)) / 260
    func slice(_ axis: Axis, _ transposed: Bool = false) -> SliceFigure {
      SliceFigure(
        report: self, axis: axis, index: shape[axis] / 2, transposed: transposed, step: step, mark: mark)
    }
    let content =
      try slice(.z).svg() + slice(.x, true).svg(x: shape.width + gap) + slice(.y).svg(y: shape.height + gap)
    let caption =
      "Slices z = \(shape.depth / 2), x = \(shape.width / 2) (right) and y = \(shape.height / 2) (below). "
      + "x runs to the right and y down in the z-slice."
    return HTML.figure(Self.svg(content, width, height, "slices"), caption)
  }

  /// Slices through the whole depth, and the one through the first prompt.
  func contactSheet() throws -> String {
    let shape = tomogram.shape
    let count = min(12, shape.depth)
    var indices = Set((0..<count).map { ($0 * 2 + 1) * shape.depth / (2 * count) })
    let prompted = prompts.first.map { min(shape.depth - 1, max(0, Int($0.z.rounded()))) }
    if let prompted { indices.insert(prompted) }
    let step = max(1, max(shape.width, shape.height) / 400)
    let mark = Double(max(shape.width, shape.height)) / 130
    let figures = try indices.sorted().map { index in
      let figure = SliceFigure(report: self, axis: .z, index: index, step: step, mark: mark)
      let caption = "z = \(index)" + (index == prompted ? ", the first prompt's" : "")
      return HTML.figure(Self.svg(try figure.svg(), shape.width, shape.height, "slice"), caption)
    }
    return "<div class=\"sheet\">\n\(figures.joined())</div>\n"
  }

  static func svg(_ content: String, _ width: Int, _ height: Int, _ name: String) -> String {
    "<svg class=\"\(name)\" viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(name)\">\(content)</svg>"
  }
}

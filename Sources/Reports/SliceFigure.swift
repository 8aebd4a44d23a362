import Files
import Images
import Markup
import Volumes

/// One slice of the tomogram as SVG: grey voxels with tinted instances, and marks on top.
///
/// Lengths are voxels. The voxel (row, column) is the square whose upper left corner is (column, row).
struct SliceFigure {
  let report: RunReport
  let axis: Axis
  let index: Int
  /// Whether rows run to the right.
  var transposed = false
  /// Voxels along the side of a pixel.
  var step = 1
  /// The size of marks, in voxels.
  var mark = 1.0

  /// Marks are shown on slices at most this many voxels away.
  static let reach = 5.0

  var size: (width: Int, height: Int) {
    let (rows, columns) = report.tomogram.shape.plane(axis)
    return transposed ? (rows, columns) : (columns, rows)
  }

  /// Picks near a slice that have their numbers beside them, at most: more could not be read.
  private static let mostNumbers = 80

  /// The slice with its upper left corner at (x, y). Where y runs down, it can be turned over.
  func svg(x: Int = 0, y: Int = 0) throws -> Fragment {
    let content = try Fragment {
      try picture().stretched(width: size.width, height: size.height)
      marks()
    }
    return element("g", ["transform": "translate(\(x) \(y))"]) {
      axis == .y ? content : SVG.flipping(content, height: size.height)
      ScaleBar(
        geometry: report.tomogram.geometry, axis: transposed ? axis.row : axis.column,
        width: Double(size.width), height: Double(size.height), scale: 126 * mark / Double(size.width)
      ).svg()
    }.line
  }

  /// The voxels, the mean of those under a pixel; instances are tinted, their rims in full colour.
  private func picture() -> RGBImage {
    let plane = report.tomogram.plane(axis, index)
    let gray = report.stretch.gray(plane)
    let labels = report.labels.plane(axis, index).values
    let (rows, columns) = ((plane.rows + step - 1) / step, (plane.columns + step - 1) / step)
    func label(_ row: Int, _ column: Int) -> Int {
      let (y, x) = (
        min(plane.rows - 1, row * step + step / 2), min(plane.columns - 1, column * step + step / 2)
      )
      return Int(min(max(labels[y * plane.columns + x], 0), 1e9))
    }
    func mean(_ row: Int, _ column: Int) -> Int {
      let ys = row * step..<min(plane.rows, (row + 1) * step)
      let xs = column * step..<min(plane.columns, (column + 1) * step)
      let sum = ys.reduce(0) { sum, y in xs.reduce(sum) { $0 + Int(gray[y * plane.columns + $1]) } }
      return sum / (ys.count * xs.count)
    }
    let (height, width) = transposed ? (columns, rows) : (rows, columns)
    var pixels = [UInt8](repeating: 0, count: height * width * 3)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = mean(row, column)
        let own = label(row, column)
        var color = [value, value, value]
        if own > 0 {
          let isRim = [(-1, 0), (1, 0), (0, -1), (0, 1)].contains { down, right in
            let (y, x) = (row + down, column + right)
            return y < 0 || x < 0 || y >= rows || x >= columns || label(y, x) != own
          }
          color = Overview.color(report.tint(own)).map { isRim ? (value + 3 * $0) / 4 : (4 * value + $0) / 5 }
        }
        let pixel = transposed ? column * width + row : row * width + column
        for channel in 0..<3 { pixels[pixel * 3 + channel] = UInt8(color[channel]) }
      }
    }
    return RGBImage(height: height, width: width, pixels: pixels)
  }

  @FragmentBuilder private func marks() -> Fragment {
    if let truth = report.truth {
      let radius = truth.radiusInVoxels(report.tomogram.geometry)
      for point in truth.points {
        let depth = abs(point[axis] - Double(index))
        if depth < radius { circle(point, (radius * radius - depth * depth).squareRoot(), "truth") }
      }
    }
    for proposal in report.proposals where isNear(proposal.point) {
      circle(proposal.point, 1.2 * mark, "proposal")
    }
    for prompt in report.prompts where isNear(prompt) {
      circle(prompt, 4 * mark, "halo")
      circle(prompt, 4 * mark, "prompt")
    }
    let picks = report.picks.filter { isNear($0.point) }
    for pick in picks {
      cross(pick.point)
      if picks.count <= Self.mostNumbers, let label = pick.label { number(label, at: pick.point) }
    }
  }

  private func isNear(_ point: VoxelPoint) -> Bool { abs(point[axis] - Double(index)) <= Self.reach }

  @FragmentBuilder private func cross(_ point: VoxelPoint) -> Fragment {
    let (x, y) = place(point)
    let arm = 2.4 * mark
    let length = Self.short(2 * arm)
    let path =
      "M\(Self.short(x - arm)) \(Self.short(y))h\(length)M\(Self.short(x)) \(Self.short(y - arm))v\(length)"
    for (name, width) in [("halo", 1.1 * mark), ("pick", 0.5 * mark)] {
      element("path", ["class": name, "stroke-width": Self.short(width), "d": path])
    }
  }

  /// The number of a pick, at its upper right.
  private func number(_ label: Int, at point: VoxelPoint) -> Fragment {
    let (x, y) = place(point)
    return element(
      "text",
      [
        "class": "number", "x": Self.short(x + 2.2 * mark), "y": Self.short(y - 2.2 * mark),
        "font-size": Self.short(7 * mark),
      ]
    ) { "\(label)" }
  }

  private func circle(_ point: VoxelPoint, _ radius: Double, _ name: String) -> Fragment {
    let (x, y) = place(point)
    return Self.circle(name, x, y, radius: radius, line: name == "halo" ? 1.3 * mark : 0.55 * mark)
  }

  /// A circle around (x, y) with a line of width `line`.
  static func circle(_ name: String, _ x: Double, _ y: Double, radius: Double, line: Double) -> Fragment {
    let (x, y, radius) = (short(x), short(y), short(radius))
    return element("circle", ["class": name, "stroke-width": short(line), "cx": x, "cy": y, "r": radius])
  }

  private func place(_ point: VoxelPoint) -> (x: Double, y: Double) {
    let (row, column) = (point[axis.row] + 0.5, point[axis.column] + 0.5)
    return transposed ? (row, column) : (column, row)
  }

  private static func short(_ value: Double) -> String { decimal(value, places: 2) }
}

extension RunReport.Truth {
  /// The radius, in voxels along x if it is in Angstroms.
  func radiusInVoxels(_ geometry: Geometry) -> Double {
    radius.inAngstroms ? radius.length / max(geometry.voxelSizeAngstroms.x, 1e-6) : radius.length
  }
}

extension RGBImage {
  /// The image as an element of SVG, its pixels stretched to `width` x `height`.
  ///
  /// - Throws: `Failure` if there is no memory for it.
  func stretched(width: Int, height: Int, y: Int? = nil) throws -> Fragment {
    try PNGFile.encode(self).picture(width: width, height: height, y: y)
  }
}

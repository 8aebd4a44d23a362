import Files
import Images
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

  /// The slice with its upper left corner at (x, y).
  func svg(x: Int = 0, y: Int = 0) throws -> String {
    let image = try HTML.address(picture())
    return """
      <g transform="translate(\(x) \(y))"><image width="\(size.width)" height="\(size.height)" \
      preserveAspectRatio="none" href="\(image)"/>\(marks())</g>

      """
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
          color = Overview.color(own).map { isRim ? (value + 3 * $0) / 4 : (4 * value + $0) / 5 }
        }
        let pixel = transposed ? column * width + row : row * width + column
        for channel in 0..<3 { pixels[pixel * 3 + channel] = UInt8(color[channel]) }
      }
    }
    return RGBImage(height: height, width: width, pixels: pixels)
  }

  private func marks() -> String {
    var text = ""
    if let truth = report.truth {
      for point in truth.points {
        let depth = abs(point[axis] - Double(index))
        let radius = truth.radiusInVoxels(report.tomogram.geometry)
        guard depth < radius else { continue }
        text += circle(point, (radius * radius - depth * depth).squareRoot(), "truth")
      }
    }
    for proposal in report.proposals where abs(proposal.point[axis] - Double(index)) <= Self.reach {
      text += circle(proposal.point, 1.2 * mark, "proposal")
    }
    for prompt in report.prompts where abs(prompt[axis] - Double(index)) <= Self.reach {
      text += circle(prompt, 4 * mark, "halo") + circle(prompt, 4 * mark, "prompt")
    }
    for pick in report.picks where abs(pick.point[axis] - Double(index)) <= Self.reach {
      let (x, y) = place(pick.point)
      let (arm, thick) = (2.4 * mark, mark)
      let path =
        "M\(Self.short(x - arm)) \(Self.short(y))h\(Self.short(2 * arm))M\(Self.short(x)) \(Self.short(y - arm))"
        + "v\(Self.short(2 * arm))"
      for (name, width) in [("halo", 1.1 * thick), ("pick", 0.5 * thick)] {
        text += "<path class=\"\(name)\" stroke-width=\"\(Self.short(width))\" d=\"\(path)\"/>"
      }
    }
    return text
  }

  private func circle(_ point: VoxelPoint, _ radius: Double, _ name: String) -> String {
    let (x, y) = place(point)
    let width = name == "halo" ? 1.3 * mark : 0.55 * mark
    return
      "<circle class=\"\(name)\" stroke-width=\"\(Self.short(width))\" cx=\"\(Self.short(x))\" cy=\"\(Self.short(y))\" "
      + "r=\"\(Self.short(radius))\"/>"
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

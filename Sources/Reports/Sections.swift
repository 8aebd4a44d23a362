import Cryo
import Files
import FoundationEssentials
import Images
import Markup
import Volumes

/// Three sections through a place, side by side, with the outline of what is there: across z and y with x to the right, and
/// across x with z to the right.
struct Sections {
  /// Whose outline is drawn.
  enum Body {
    case label(Int)
    case mask(VoxelMask)
  }

  let report: RunReport
  let middle: VoxelPoint
  /// Voxels along the side of each.
  let side: Int
  let body: Body?
  /// Where was clicked, if anywhere.
  var click: VoxelPoint?

  private static let axes: [Axis] = [.z, .y, .x]
  /// Voxels between two sections, of 48.
  private var gap: Int { max(1, side / 24) }

  /// The bar on sections that are `side` voxels wide.
  static func bar(_ side: Int, in geometry: Geometry) -> ScaleBar {
    ScaleBar(
      geometry: geometry, axis: .x, width: Double(side), height: Double(side), scale: 2.2, hasText: false)
  }

  /// - Throws: `Failure` if there is no memory for a picture.
  func svg(label: String) throws -> Fragment {
    let width = 3 * side + 2 * gap
    return try SVG.picture(width, side, label: label, class: "sections") {
      for (number, axis) in Self.axes.enumerated() {
        try element("g", ["transform": "translate(\(number * (side + gap)) 0)"]) { try section(axis) }
      }
      Self.bar(side, in: report.tomogram.geometry).svg()
    }
  }

  private func section(_ axis: Axis) throws -> Fragment {
    let place = Axis.allCases.map { report.nearest(to: middle, $0) }
    var box = place.map { $0 - side / 2..<$0 - side / 2 + side }
    box[axis.rawValue] = place[axis.rawValue]..<place[axis.rawValue] + 1
    let shape = report.tomogram.shape
    let values = report.tomogram.box(z: box[0], y: box[1], x: box[2])
    let pixels = report.stretch.gray(Plane(rows: side, columns: side, values: values))
    let inside = isInside(box, shape)
    let lines = Outline(turned(inside, axis), rows: side, columns: side).path
    let picture = try Fragment {
      try PNGFile.encode(gray: turned(pixels, axis), height: side, width: side)
        .picture(width: side, height: side)
      for name in lines.isEmpty ? [] : ["outline-halo", "outline"] {
        element("path", ["class": name, "d": lines])
      }
      if let click {
        // The slice across x lies on its side.
        let (right, down) = axis == .x ? (Axis.z, Axis.y) : (axis.column, axis.row)
        let mark = Double(side) / 24
        for name in ["halo", "prompt"] {
          SliceFigure.circle(
            name, click[right] + 0.5 - Double(box[right.rawValue].lowerBound),
            click[down] + 0.5 - Double(box[down.rawValue].lowerBound), radius: mark,
            line: mark * (name == "halo" ? 0.7 : 0.35))
        }
      }
    }
    return axis == .y ? picture : SVG.flipping(picture, height: side)
  }

  /// `values [side, side]` with rows and columns exchanged if `axis` is x: y then runs down.
  private func turned<Value>(_ values: [Value], _ axis: Axis) -> [Value] {
    guard axis == .x else { return values }
    return values.indices.map { values[$0 % side * side + $0 / side] }
  }

  /// Whether each voxel of `box` is in the body.
  private func isInside(_ box: [Range<Int>], _ shape: VolumeShape) -> [Bool] {
    var inside: [Bool] = []
    inside.reserveCapacity(side * side)
    let own: Set<Int>
    switch body {
    case .mask(let mask): own = Set(mask.runs.joined())
    case .label, nil: own = []
    }
    for z in box[0] {
      for y in box[1] {
        for x in box[2] {
          guard (0..<shape.depth).contains(z), (0..<shape.height).contains(y), (0..<shape.width).contains(x)
          else {
            inside.append(false)
            continue
          }
          switch body {
          case .label(let label): inside.append(report.labels[z, y, x] == Float(label))
          case .mask: inside.append(own.contains(shape.index(z, y, x)))
          case nil: inside.append(false)
          }
        }
      }
    }
    return inside
  }
}

extension [UInt8] {
  /// These bytes of a PNG file as an element of SVG, its pixels stretched to `width` x `height`.
  func picture(width: Int, height: Int, y: Int? = nil) -> Fragment {
    element(
      "image",
      [
        "y": y.map { "\($0)" }, "width": "\(width)", "height": "\(height)", "preserveAspectRatio": "none",
        "href": "data:image/png;base64,\(Data(self).base64EncodedString())",
      ])
  }
}

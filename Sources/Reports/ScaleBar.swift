import Files
import Markup
import Volumes

/// A bar at the lower left of a picture whose unit is a voxel: 1, 2 or 5 times a power of ten of nanometres, or of voxels
/// where their size is unknown.
struct ScaleBar {
  let geometry: Geometry
  /// The volume's axis that runs to the right.
  let axis: Axis
  /// Of the picture.
  let width: Double
  let height: Double
  /// Its text and thickness, over what suits a small picture.
  var scale = 1.0

  /// Whether its length stands above it.
  var hasText = true

  /// Of a voxel, in nanometres, or 1.
  private var voxel: Double {
    geometry.hasVoxelSize ? geometry.voxelSizeAngstroms[2 - axis.rawValue] / 10 : 1
  }

  /// About a quarter of the picture's width.
  private var length: Double { Self.round(width / 4 * voxel) }

  /// How long it is.
  var text: String {
    let unit = geometry.hasVoxelSize ? "nm" : "voxels"
    return "\(length < 1 ? decimal(length, places: 2) : decimal(length, places: 0)) \(unit)"
  }

  func svg() -> Fragment {
    let (x, y, pixels) = (width / 24, height - height / 24, length / voxel)
    return Fragment {
      for (name, thickness) in [("bar-halo", width / 40), ("bar", width / 80)] {
        element(
          "path",
          [
            "class": name, "stroke-width": SVG.short(thickness * scale),
            "d": SVG.path([(x, y), (x + pixels, y)]),
          ])
      }
      if hasText {
        element(
          "text",
          [
            "class": "bar-text", "x": SVG.short(x), "y": SVG.short(y - max(height / 40, width / 44 * scale)),
            "font-size": SVG.short(width / 18 * scale),
          ]
        ) { text }
      }
    }
  }

  /// The greatest of 1, 2, 5, 10, 20 ... that is not over `value`.
  static func round(_ value: Double) -> Double {
    var power = 1.0
    while power > value { power /= 10 }
    while power * 10 <= value { power *= 10 }
    return value >= 5 * power ? 5 * power : value >= 2 * power ? 2 * power : power
  }
}

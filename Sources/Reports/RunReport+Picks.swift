import Files
import Markup
import Platform
import Volumes

extension RunReport {
  /// Rows of the table at most; all are in the tables beside the page.
  private static let mostRows = 1000

  /// The picks with their numbers, as they stand in slices and label volume.
  func pickTable() -> Fragment {
    let hasKinds = kinds.contains { $0.name != nil }
    let unit = tomogram.geometry.hasVoxelSize ? "nm" : "voxels"
    return Fragment {
      HTML.box("tall") {
        element("table") {
          newline
          element("tr") {
            for title in ["number", "score", "x", "y", "z", "size", "voxels", "across, \(unit)"] {
              element("th") { title }
            }
            if hasKinds { element("th", ["class": "text"]) { "kind" } }
          }.line
          for pick in picks.prefix(Self.mostRows) {
            element("tr") {
              for cell in cells(pick) { element("td") { cell } }
              if hasKinds {
                element("td", ["class": "text"]) {
                  kinds.indices.contains(pick.kind) ? kinds[pick.kind].name ?? "" : ""
                }
              }
            }.line
          }
        }
      }
      element("p") {
        "x, y, z are the middle in voxels, counted from 0; size is over the clicked one's; across is as a ball of its voxels."
        picks.count > Self.mostRows ? " \(picks.count - Self.mostRows) more are in picks.star." : ""
      }.line
    }
  }

  private func cells(_ pick: Finding) -> [String] {
    [
      pick.label.map { "\($0)" } ?? "", pick.score.map { decimal($0, places: 3) } ?? "",
      decimal(pick.point.x, places: 1), decimal(pick.point.y, places: 1), decimal(pick.point.z, places: 1),
      pick.size.map { "\(decimal($0, places: 2))\u{D7}" } ?? "", "\(pick.voxels)",
      decimal(across(Double(pick.voxels)), places: 1),
    ]
  }

  /// How wide a ball of so many voxels is: in nanometres, or in voxels if their size is unknown.
  func across(_ voxels: Double) -> Double {
    let size = tomogram.geometry.voxelSizeAngstroms
    let each = tomogram.geometry.hasVoxelSize ? cbrt(size.x * size.y * size.z) / 10 : 1
    return cbrt(voxels * 6 / .pi) * each
  }
}

import Files
import FoundationEssentials
import Images
import Markup

/// `summary.html`.
extension ProjectSummary {
  /// - Throws: `Failure` if there is no memory for a picture.
  func html() throws -> String {
    let failures = failures
    return try Page(
      "CryoSAM: \(Path.name(project.folder))", style: [.page], heading: Path.name(project.folder),
      lead: lead(failures.count), isFailure: false
    ) {
      if !failures.isEmpty {
        HTML.section("Not done") {
          HTML.table(failures.map { (name: $0.name, value: $0.reason) })
        }
      }
      try HTML.section("Tomograms") { HTML.table([titles] + (try rows.map(row))) }
    }.text
  }

  @FragmentBuilder private func lead(_ failures: Int) -> Fragment {
    element("b") { "\(picks) particles" }
    " in \(done) of \(rows.count) tomograms"
    failures == 0 ? "." : "; \(failures) not done."
  }

  private var titles: Fragment {
    element("tr") {
      for title in ["", "tomogram", "picks", "mean score", "time", ""] { element("th") { title } }
    }
  }

  private func row(_ row: Row) throws -> Fragment {
    let picture = try row.found?.thumbnail.map(Self.picture)
    return element("tr") {
      element("td") { if let picture { picture } }
      element("td") {
        if row.found == nil {
          row.name
        } else {
          element("a", ["href": "results/\(row.name)/report.html"]) { row.name }
        }
      }
      element("td") { row.found.map { "\($0.picks.count)" } ?? "" }
      element("td") { row.found?.meanScore.map { decimal($0, places: 3) } ?? "" }
      element("td") { Self.time(row.state) }
      element("td") { row.failure ?? row.found?.kinds ?? "" }
    }
  }

  private static func time(_ state: SubjectState) -> String {
    if case .done(let seconds) = state { duration(seconds) } else { "" }
  }

  private static func picture(_ image: RGBImage) throws -> Fragment {
    let png = Data(try PNGFile.encode(image))
    return element(
      "img",
      [
        "width": "\(image.width)", "height": "\(image.height)", "alt": "",
        "src": "data:image/png;base64,\(png.base64EncodedString())",
      ])
  }
}

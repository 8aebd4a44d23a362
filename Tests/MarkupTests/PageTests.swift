import Markup
import TestSupport
import Testing

@Suite("The frame of pages")
struct PageTests {
  private func page(_ layout: Page.Layout, isFailure: Bool) -> String {
    Page(
      "t", style: [.marks], layout: layout, heading: "h", lead: element("b") { "l" }, isFailure: isFailure
    ) {
      element("hr").line
    }.text
  }

  private func styles(_ name: String) throws -> String {
    String(decoding: try TestData.bytes("\(TestData.root)/Sources/Markup/Styles/\(name).css"), as: UTF8.self)
  }

  @Test("open: each part on lines of its own")
  func open() throws {
    #expect(
      page(.open, isFailure: false) == """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>t</title>
        <style>
        \(try styles("marks"))</style>
        </head>
        <body>
        <main>
        <h1>h</h1>
        <p class="lead"><b>l</b></p>
        <hr>
        </main>
        </body>
        </html>

        """)
  }

  @Test("compact, and a lead that tells of a failure")
  func compact() throws {
    #expect(
      page(.compact, isFailure: true) == """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>t</title>
        <style>\(try styles("marks").dropLast())</style>
        </head>
        <body><main>
        <h1>h</h1>
        <p class="lead failed"><b>l</b></p>
        <hr>
        </main></body>
        </html>

        """)
  }

  static let sheets: [(String, StyleSheet)] = [
    ("page", .page), ("marks", .marks), ("chart", .chart), ("comparison", .comparison),
    ("picture", .picture),
  ]

  @Test("the styles are those of the files and reach for nothing outside", arguments: sheets)
  func sheet(name: String, sheet: StyleSheet) throws {
    let file = try styles(name)
    #expect(SVG.style(sheet).markup == "<style>\(file.dropLast())</style>")
    for word in ["<", "url(", "@import", "&"] { #expect(!file.contains(word), "\(word)") }
    #expect(file.last == "\n" && file.filter { $0 == "{" }.count == file.filter { $0 == "}" }.count)
  }
}

import Files
import Foundation
import Points
import TestSupport
import Testing
import Viewer
import Volumes

/// The page in headless Chromium, with the shipped weights on a small phantom.
@Suite(
  "the viewer's page in Chromium", .serialized,
  .enabled(if: WebDriver.isThere, "skipped: no chromium-driver here"))
struct BrowserTests {
  /// Where pictures are left to be looked at; nil: nowhere.
  private static let pictures = ProcessInfo.processInfo.environment["CRYOSAM_PICTURES"]

  private static func look(_ browser: WebDriver, _ name: String) throws {
    if let pictures { try browser.screenshot(to: "\(pictures)/\(name).png") }
  }

  /// The place on the screen of a voxel on the slice across z.
  private static func place(_ browser: WebDriver, _ x: Int, _ y: Int) throws -> (x: Int, y: Int) {
    let place = try browser.run(
      """
      const { views } = viewer, canvas = document.querySelector("canvas[data-axis=z]");
      const box = canvas.getBoundingClientRect();
      return [box.left + box.width / 2 + (\(x) - views.centre.x) * views.scale,
              box.top + box.height / 2 + (\(y) - views.centre.y) * views.scale].map(Math.round);
      """)
    let numbers = try #require(place.ints)
    return (numbers[0], numbers[1])
  }

  @Test("click a ribosome, find all, throw one out, drag the cut, export, reload") func session() throws {
    try ViewTests.withPhantom { folder in
      let tomogram = "\(folder)/phantom/tomogram-filtered.mrc"
      let segment = try ProgramRun(
        "cryosam",
        [
          "segment", tomogram, "--point", ViewTests.click, "-o", "\(folder)/out", "--cache",
          "\(folder)/cache",
        ]
          + ViewTests.weights)
      #expect(segment.code == 0, "\(segment.error)")
      let view = try ViewProcess(
        [tomogram, "\(folder)/viewed", "--cache", "\(folder)/cache"] + ViewTests.weights, in: folder)
      let browser = try WebDriver()
      try browser.open(view.url)
      try browser.wait("window.viewer && viewer.views.isShown")
      try Self.look(browser, "opened")

      // To the slice by wheel or number, then a click on the ribosome.
      try browser.run(
        "const z = document.getElementById('z'); z.value = 23; z.dispatchEvent(new Event('change')); return 0"
      )
      try browser.wait("viewer.views.cursor.z === 23 && viewer.views.isShown")
      try browser.click("label:has(input[value=mark])")
      let ribosome = try Self.place(browser, 53, 46)
      try browser.click(x: ribosome.x, y: ribosome.y)
      try browser.wait("document.querySelector('#marks li[data-phase=done]')")
      #expect(try browser.run("return viewer.state.marks[0].point.join(',')").string == ViewTests.click)
      try Self.look(browser, "clicked")

      try browser.click("#search")
      try browser.wait("!viewer.state.job && document.querySelectorAll('.card.pick').length")
      #expect(try ViewTests.picks("\(folder)/viewed") == ViewTests.picks("\(folder)/out"))
      let picks = try PointTable("\(folder)/viewed/picks.star").entries.count
      func shown(_ selector: String) throws -> Int? {
        try browser.run("return document.querySelectorAll('\(selector)').length").int
      }
      #expect(try shown(".card.pick") == picks)

      // In three dimensions, turned by the arrow keys; or the page says why not.
      let turned = try browser.run(
        """
        const { solid } = viewer;
        if (!solid.gl) return document.querySelector("#solid p").textContent;
        const before = solid.yaw;
        solid.canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
        return solid.count > 100 && solid.yaw > before ? "turned" : "not turned";
        """
      ).string
      #expect(turned == "turned" || turned?.contains("no WebGL") == true, "\(turned ?? "")")

      // Throw the second one out, by its button; and by the keys the third, which is then taken back.
      try browser.click(".card:nth-child(2) .out")
      try browser.wait("document.querySelectorAll('.card.pick').length === \(picks - 1)")
      try browser.press(".")
      try browser.press("x")
      try browser.wait("document.querySelectorAll('.card.pick').length === \(picks - 2)")
      try browser.press("u")
      try browser.wait("document.querySelectorAll('.card.pick').length === \(picks - 1)")

      // Drag the cut to the left end: all finds are picks but the one that was thrown out.
      let box = try #require(
        try browser.run(
          "const b = document.querySelector('#histogram svg').getBoundingClientRect(); return [b.left, b.top, b.width, b.height].map(Math.round)"
        ).ints)
      try browser.click(
        x: box[0] + box[2] / 2, y: box[1] + box[3] / 2, dragTo: (box[0] + box[2] / 8, box[1] + box[3] / 2))
      try browser.wait("viewer.state.threshold > 0 && viewer.state.threshold < 0.2")
      try Self.look(browser, "judged")

      try browser.click("#export")
      try browser.wait("document.getElementById('notice').textContent.includes('picks.star')")
      let cards = try #require(try shown(".card.pick"))
      #expect(cards > picks)
      let table = try PointTable("\(folder)/viewed/picks.star")
      #expect(table.entries.count == cards)
      let thrown = try browser.run("return document.querySelector('.card:nth-child(2)').find.centre").array
      let away = try #require(VoxelPoint(.array(thrown ?? [])))
      #expect(table.entries.allSatisfy { VoxelPoint($0.position).distance(to: away) > 3 })

      // What is shown after a reload is what was shown before.
      let before = try browser.run("return document.getElementById('counts').textContent").string
      try browser.open(view.url)
      try browser.wait("document.querySelectorAll('.card').length")
      #expect(try browser.run("return document.getElementById('counts').textContent").string == before)
      try Self.look(browser, "reloaded")
      if Self.pictures != nil {
        for (width, height, dark) in [(480, 900, false), (1400, 900, true), (480, 900, true)] {
          let other = try WebDriver(width: width, height: height, dark: dark)
          try other.open(view.url)
          try other.wait("document.querySelectorAll('.card').length && viewer.views.isShown")
          try other.run("document.querySelector('.card').click(); return 0")
          Thread.sleep(forTimeInterval: 1)
          try Self.look(other, "\(width)-\(dark ? "dark" : "light")")
        }
      }
      view.kill()
    }
  }

  @Test("a box around a ribosome marks it; particles in three dimensions, and a line where there is no WebGL")
  func boxAndSolid() throws {
    try ViewTests.withPhantom { folder in
      let tomogram = "\(folder)/phantom/tomogram-filtered.mrc"
      let view = try ViewProcess([tomogram, "\(folder)/viewed"] + ViewTests.weights, in: folder)
      let browser = try WebDriver(webGL: true)
      try browser.open(view.url)
      try browser.wait("window.viewer && viewer.views.isShown")
      try browser.run(
        "const z = document.getElementById('z'); z.value = 23; z.dispatchEvent(new Event('change')); return 0"
      )
      try browser.wait("viewer.views.cursor.z === 23 && viewer.views.isShown")
      try browser.click("label:has(input[value=box])")
      let (from, to) = (try Self.place(browser, 43, 36), try Self.place(browser, 63, 56))
      try browser.click(x: from.x, y: from.y, dragTo: to)
      try browser.wait("document.querySelector('#marks li[data-phase=done]')")
      let point = try #require(try browser.run("return viewer.state.marks[0].point").ints)
      #expect(abs(point[0] - 53) < 5 && abs(point[1] - 46) < 5 && point[2] == 23, "\(point)")
      #expect(try browser.run("return !!viewer.solid.gl && viewer.solid.count > 100") == .bool(true))
      try browser.click("#enlarge")
      Thread.sleep(forTimeInterval: 0.5)
      try Self.look(browser, "solid")
      // The particle is where its colour is: some of the picture is neither ground nor frame.
      let lit = try browser.run(
        """
        const { solid } = viewer; solid.redraw();
        return new Promise(go => requestAnimationFrame(() => {
          const sheet = document.createElement("canvas"); sheet.width = solid.canvas.width; sheet.height = solid.canvas.height;
          const context = sheet.getContext("2d"); context.drawImage(solid.canvas, 0, 0);
          const { data } = context.getImageData(0, 0, sheet.width, sheet.height);
          let lit = 0; for (let i = 0; i < data.length; i += 4) if (data[i + 2] > data[i] + 40) lit++;
          go(lit);
        }));
        """
      ).int
      #expect((lit ?? 0) > 200, "\(lit ?? 0)")

      let plain = try WebDriver(webGL: false)
      try plain.open(view.url)
      try plain.wait("window.viewer && viewer.views.isShown")
      let text = try plain.run("return document.querySelector('#solid p').textContent").string
      #expect(text?.contains("no WebGL") == true)
      view.kill()
    }
  }

  @Test("a list leads to the tomograms of a project") func project() throws {
    try TestData.withFolder { folder in
      try ProjectViewTests.writeProject("\(folder)/lab")
      let view = try ViewProcess(["\(folder)/lab"], in: folder)
      let browser = try WebDriver()
      try browser.open(view.url)
      try browser.wait("document.querySelectorAll('#items tr').length === 2")
      #expect(
        try browser.run("return document.getElementById('facts').textContent").string
          == "0 of 2 tomograms done, 0 picks")
      try browser.click("#items a")
      try browser.wait("window.viewer && viewer.views.isShown")
      #expect(try browser.run("return document.getElementById('name').textContent").string == "a.mrc")
      try browser.click("#back")
      try browser.wait("document.querySelectorAll('#items tr').length === 2")
      view.kill()
    }
  }
}

import Cryo
import Evaluation
import Files
import Foundation
import Images
import Points
import Reports
import Runs
import TestSupport
import Testing
import Volumes

/// Four balls of 255 in a volume of 0 `[32, 44, 60]`, found by a run.
private struct Balls {
  static let shape = VolumeShape(32, 44, 60)
  static let places = [(12, 12, 15), (20, 32, 14), (42, 12, 10), (46, 30, 20)].map { x, y, z in
    VoxelPoint(x: x, y: y, z: z)
  }

  private let tomogram: Tomogram

  /// The label of each voxel.
  private let labels: [UInt16]

  init() throws {
    var labels: [UInt16] = []
    for z in 0..<Self.shape.depth {
      for y in 0..<Self.shape.height {
        for x in 0..<Self.shape.width {
          let voxel = VoxelPoint(x: Double(x), y: Double(y), z: Double(z))
          let ball = Self.places.firstIndex { $0.distance(to: voxel) <= 6 }
          labels.append(UInt16((ball ?? -1) + 1))
        }
      }
    }
    self.labels = labels
    tomogram = try Tomogram(
      voxels: labels.map { $0 > 0 ? 255 : 0 },
      geometry: Geometry(depth: 32, height: 44, width: 60, voxelSizeAngstroms: [10, 10, 10]))
  }

  /// The page of a run that found all of them from a point on the first, with their centres as truth if `truth`.
  func page(
    truth: Bool, prompt: VoxelPoint = places[0], scores: [Double] = [0.9, 0.8, 0.7, 0.6], repeated: Int = 1
  ) throws -> String {
    try TestData.withFolder { folder in
      try write(scores, repeated, to: folder)
      var record = RunRecord(version: "<script>&", command: ["cryosam", "segment"])
      record.add(points: [prompt])
      record.add("parameters", PipelineParameters(.paper).json)
      record.add(counts: ["proposed_particles": 3])
      record.add([(ratio: 16, scored: 12, passed: 7)])
      let rows = Self.places.map { "\($0.x) \($0.y) \($0.z)\n" }.joined()
      let table = try PointTable(bytes: Array(rows.utf8), name: "t.txt")
      let radius = try #require(Length("30A"))
      let known =
        truth
        ? try RunReport.Truth(table, radius: radius, folder: folder, tomogram: tomogram, instances: nil) : nil
      let stretch = ContrastStretch(low: 0, high: 255)
      return try RunReport(folder, record: record.json, tomogram: tomogram, stretch: stretch, truth: known)
        .html()
    }
  }

  /// The page of a run that looked for two kinds, judged: a pick of each, and two finds that are none.
  func judgedPage(threads: Int = 1) throws -> String {
    try TestData.withFolder { folder in
      try write([0.9, 0.8, 0.4, 0.2], to: folder)
      let kinds = [Kind("large"), Kind("small"), Kind(isWanted: false)]
      func find(_ number: Int, _ kind: Int, size: Double, unwanted: Int? = nil) -> Find {
        let place = Self.places[number]
        let own = labels.indices.filter { labels[$0] == UInt16(number + 1) }
        let mask = VoxelMask(runs: own.map { $0..<$0 + 1 })
        let measures = Measures(
          centroid: place, voxels: mask.count, density: 1, contrast: 1, predictedIoU: 1, agreement: 1,
          touchesBorder: false)
        let score = Score(
          cosine: 1, correlation: 1, size: log(size), profile: 0, total: [0.9, 0.8, 0.4, 0.2][number])
        return Find(
          proposal: Proposal(z: Int(place.z), y: Int(place.y), x: Int(place.x), similarity: 1), mask: mask,
          measures: measures, kind: kind, score: score, unwanted: unwanted)
      }
      let finds = [
        find(0, 0, size: 1), find(1, 1, size: 2), find(2, 0, size: 9), find(3, 1, size: 0.25, unwanted: 2),
      ]
      let judgement = Judgement(finds, of: kinds, by: Cut(.threshold(0.35)))
      let names = ResultNames.all(PipelineParameters())
      let results = try RunFolder("\(folder)/judged", force: true, names: names)
      try results.write(judgement, of: tomogram)
      for name in ["instances.mrc", "proposals.star", "similarity.mrc"] {
        try TestData.write(try TestData.bytes("\(folder)/\(name)"), to: results.file(name))
      }
      let picks = zip(Self.places, ["large", "small"]).enumerated().map { number, pick in
        Pick(
          position: pick.0, figureOfMerit: [0.9, 0.8][number], extras: [Double(number + 1)], kind: pick.1)
      }
      let table = PickTable(
        micrograph: "tomogram", pixelSizeAngstroms: 10, extraColumns: ["cryosamInstance"], picks: picks)
      try PickTable.write(table.starText, to: results.file("picks.star"))
      var record = RunRecord(version: "1", command: ["cryosam", "segment", "--threads", "\(threads)"])
      record.add(points: [Self.places[0], Self.places[3]])
      record.add("classes", ["large", "small"])
      record.add("parameters", PipelineParameters().json)
      let entries: [JSON] = kinds.map { kind in
        [
          "kind": kind.name.map { .string($0) } ?? .null, "wanted": .bool(kind.isWanted), "voxels": 500,
          "threshold": 0.35, "reason": "as given",
        ]
      }
      record.add("judgement", .array(entries))
      record.add("performance", ["threads": .integer(threads), "seconds": ["features": .integer(threads)]])
      return try RunReport(
        results.place, record: record.json, tomogram: tomogram, stretch: ContrastStretch(low: 0, high: 255)
      ).html()
    }
  }

  private func write(_ scores: [Double], _ repeated: Int = 1, to folder: String) throws {
    try MRCWriter<UInt16>.write(labels, to: "\(folder)/instances.mrc", geometry: tomogram.geometry)
    for (name, points) in [("picks", Self.places), ("proposals", Array(Self.places.dropFirst()))] {
      let all = (0..<repeated).flatMap { _ in points }
      let picks = all.enumerated().map { Pick(position: $1, figureOfMerit: scores[$0 % points.count]) }
      let table = PickTable(micrograph: "tomogram", pixelSizeAngstroms: 10, picks: picks)
      try PickTable.write(table.starText, to: "\(folder)/\(name).star")
    }
    for (name, (z, y, x)) in [("-16", (2, 2, 3)), ("-8", (4, 5, 7)), ("", (8, 11, 15))] {
      let values = (0..<z * y * x).map { Float($0 % 7) / 7 }
      let geometry = tomogram.geometry.resampled(depth: z, height: y, width: x)
      try MRCWriter<Float>.write(values, to: "\(folder)/similarity\(name).mrc", geometry: geometry)
    }
  }
}

@Suite("The page of a run")
struct RunReportTests {
  @Test("it needs nothing else and tells what was found")
  func report() throws {
    let page = try Balls().page(truth: false)
    for outside in ["<script", "http:", "https:", "<link", "url(http", "@import"] {
      #expect(!page.contains(outside), "\(outside)")
    }
    for text in [
      "<b>4 particles</b> from 3 proposals, 1 prompt.", "&lt;script&gt;&amp;", "prefers-color-scheme: dark",
      "<b>clicked</b> at 12, 12, 15", "<b>1</b> \u{B7} 0.900 \u{B7} z 15", ">10 nm</text>",
      "<span>bar: 5 nm</span>",
      "r = 16: 3 x 2 x 2 samples, 12 scored, 7 passed", "r = 8: 7 x 5 x 4 samples<",
      "r = 4: 15 x 11 x 8 samples<", "z = 15, the first prompt's<", "counted from 0",
      "<th>proposed particles</th><td>3</td>", "<th>iou</th><td>0.5</td>", "10.000 x 10.000 x 10.000 A",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    // Sections of the click and four picks, three central slices, twelve and the prompt's on the sheet, two maps for each
    // of three levels.
    #expect(page.components(separatedBy: "href=\"data:image/png;base64,").count - 1 == 3 * 5 + 3 + 13 + 6)
    #expect(!page.contains("Against the truth") && !page.contains("\"nan") && !page.contains(">nan"))
  }

  @Test("its slices: grey outside, tinted in an instance")
  func picture() throws {
    let page = try Balls().page(truth: false)
    let slices = try #require(page.components(separatedBy: "<h2>Slices</h2>").last)
    let parts = slices.components(separatedBy: "href=\"data:image/png;base64,")
    let code = try #require(parts.dropFirst().first?.prefix { $0 != "\"" })
    let bytes = try #require(Data(base64Encoded: String(code)))
    let image = try TestData.withFolder { folder in
      try TestData.write([UInt8](bytes), to: "\(folder)/slice.png")
      return try PNGFile.read("\(folder)/slice.png")
    }
    #expect(image.height == 44 && image.width == 60)
    func pixel(_ y: Int, _ x: Int) -> [UInt8] { Array(image.pixels[(y * 60 + x) * 3..<(y * 60 + x) * 3 + 3]) }
    #expect(pixel(22, 30) == [0, 0, 0])
    #expect(Set(pixel(12, 12)).count > 1 && pixel(12, 12).max() == 255)
  }

  static let strange: [(prompt: VoxelPoint, scores: [Double])] = [
    (VoxelPoint(x: 12, y: 12, z: 1e300), [0.9, 0.8, 0.7, 0.6]),
    (VoxelPoint(x: -1e300, y: 12, z: -1e19), [0.9, 0.8, 0.7, 0.6]),
    (VoxelPoint(x: 12, y: 12, z: 15), [1e308, -1e308, 0.7, 0.6]),
    (VoxelPoint(x: 12, y: 12, z: 15), [1e308, 1e308, 1e308, 1e308]),
    (VoxelPoint(x: 12, y: 12, z: 15), [1e-300, 0, 0, -1e-300]),
  ]

  @Test("numbers of no run make a page all the same", arguments: strange.indices)
  func strangeNumbers(index: Int) throws {
    let (prompt, scores) = Self.strange[index]
    let page = try Balls().page(truth: false, prompt: prompt, scores: scores)
    #expect(page.contains("<b>4 particles</b>") && page.hasSuffix("</html>\n"))
    #expect(!page.contains("\"nan") && !page.contains("\"inf"))
  }

  @Test("with truth: figures, the curve, circles")
  func truth() throws {
    let page = try Balls().page(truth: true)
    for text in [
      "Against the truth", "<th>F1</th><td>1.0000</td>", "Average precision 1.0000", "class=\"truth\" stroke",
      "F1 1.000 within 30 A.", "class=\"envelope\"",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test("of a judged run: what was clicked, picks by score, what is no pick, cut, sizes, the table")
  func judged() throws {
    let page = try Balls().judgedPage()
    func count(_ text: String) -> Int { page.components(separatedBy: text).count - 1 }
    // Two clicks, of which one is on a find that is no pick; a pick of each kind; one that is none.
    #expect(count("<figure class=\"find clicked\">") == 2 && count("<figure class=\"find pick\">") == 2)
    #expect(count("<figure class=\"find other\">") == 2)
    for text in [
      "<b>2 particles</b> (1 large, 1 small) from 4 finds, 2 prompts.", "<h3>large</h3>", "<h3>small</h3>",
      "<b>1</b> \u{B7} 0.900 \u{B7} 1.00\u{D7} \u{B7} z 15",
      "<b>2</b> \u{B7} 0.800 \u{B7} 2.00\u{D7} \u{B7} z 14",
      "0.200 \u{B7} 0.25\u{D7} \u{B7} z 20 \u{B7} more like what picks must not be",
      ">cut 0.350, large</text>",
      "The best that are no picks", "large: 500 voxels, 9.8 nm across as a ball",
      "<td>1</td><td>0.900</td><td>12.0</td><td>12.0</td><td>15.0</td><td>1.00\u{D7}</td>",
      "<td class=\"text\">small</td>", "<input type=\"checkbox\" id=\"y-up\">", "class=\"chart narrow\"",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    // The cut's own find is outlined.
    #expect(count("<path class=\"outline\"") == 3 * 6)
  }

  @Test("it is the same however long the run took, and on however many threads") func times() throws {
    let balls = try Balls()
    #expect(try balls.judgedPage(threads: 1) == balls.judgedPage(threads: 3))
  }

  @Test("of many picks some are shown, and all are counted") func many() throws {
    let page = try Balls().page(truth: false, repeated: 40)
    #expect(page.components(separatedBy: "<figure class=\"find pick\">").count - 1 == 60)
    #expect(page.contains("100 more picks that score less are in the table and in picks.star."))
  }

  @Test(
    "outlines go around what is inside",
    arguments: [
      ("...", ""), ("#", "M0 0h1M0 1h1M0 0v1M1 0v1"), (".#.", "M1 0h1M1 1h1M1 0v1M2 0v1"),
      ("##", "M0 0h2M0 1h2M0 0v1M2 0v1"), ("#.#", "M0 0h1M2 0h1M0 1h1M2 1h1M0 0v1M1 0v1M2 0v1M3 0v1"),
    ])
  func outline(row: String, path: String) {
    #expect(Outline(row.map { $0 == "#" }, rows: 1, columns: row.count).path == path)
    // Standing, what runs across runs down.
    let standing = Outline(row.map { $0 == "#" }, rows: row.count, columns: 1).path
    #expect(standing.count == path.count && standing.isEmpty == path.isEmpty)
  }

  @Test("a folder that does not belong to the tomogram, or has no picks")
  func refusals() throws {
    func failure(_ name: String) throws -> String {
      try TestData.withFolder { folder in
        let geometry = Geometry(depth: 2, height: 3, width: name == "picks" ? 4 : 5)
        let tomogram = try Tomogram(
          voxels: [Float](repeating: 1, count: 24), geometry: Geometry(depth: 2, height: 3, width: 4))
        try MRCWriter<UInt16>.write(
          [UInt16](repeating: 0, count: geometry.count), to: "\(folder)/instances.mrc", geometry: geometry)
        let record = RunRecord(version: "1", command: []).json
        do {
          let stretch = ContrastStretch(low: 0, high: 255)
          _ = try RunReport(folder, record: record, tomogram: tomogram, stretch: stretch)
          return ""
        } catch let failure as Failure {
          return failure.description.replacing(folder, with: "F")
        }
      }
    }
    #expect(try failure("picks") == "F: holds no picks; give the folder of a complete run")
    #expect(
      try failure("size")
        == "F/instances.mrc: has another size than the tomogram; give the tomogram that was segmented")
  }
}

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
    truth: Bool, prompt: VoxelPoint = places[0], scores: [Double] = [0.9, 0.8, 0.7, 0.6]
  ) throws -> String {
    try TestData.withFolder { folder in
      try write(scores, to: folder)
      var record = RunRecord(version: "1", command: ["cryosam", "<script>&"])
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

  private func write(_ scores: [Double], to folder: String) throws {
    try MRCWriter<UInt16>.write(labels, to: "\(folder)/instances.mrc", geometry: tomogram.geometry)
    for (name, points) in [("picks", Self.places), ("proposals", Array(Self.places.dropFirst()))] {
      let picks = points.enumerated().map { Pick(position: $1, figureOfMerit: scores[$0]) }
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
      "r = 16: 3 x 2 x 2 samples, 12 scored, 7 passed", "r = 8: 7 x 5 x 4 samples<",
      "r = 4: 15 x 11 x 8 samples<", "z = 15, the first prompt's<", "counted from 0",
      "<th>proposed particles</th><td>3</td>", "<th>iou</th><td>0.5</td>", "10.000 x 10.000 x 10.000 A",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    // Three central slices, twelve and the prompt's on the sheet, two maps for each of three levels.
    #expect(page.components(separatedBy: "href=\"data:image/png;base64,").count - 1 == 3 + 13 + 6)
    #expect(!page.contains("Against the truth") && !page.contains("\"nan") && !page.contains(">nan"))
  }

  @Test("its slices: grey outside, tinted in an instance")
  func picture() throws {
    let page = try Balls().page(truth: false)
    let parts = page.components(separatedBy: "href=\"data:image/png;base64,")
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

import Files
import Foundation
import Points
import Reports
import TestSupport
import Testing
import Volumes

@Suite("The summary of runs")
struct RunSummaryTests {
  /// Four bricks of 8 voxels, at x 1 to 2, 5 to 6, 11 to 12 and 21 to 22.
  private static let starts = [1, 5, 11, 21]

  /// The summary of a run that found the bricks, called `names`.
  private func summary(voxelSize: Double, names: [String?]) throws -> RunSummary {
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: 4, height: 4, width: 25, voxelSizeAngstroms: SIMD3(repeating: voxelSize))
      var labels = [UInt16](repeating: 0, count: geometry.count)
      for (number, start) in Self.starts.enumerated() {
        for z in 1...2 {
          for y in 1...2 {
            for x in start...start + 1 { labels[geometry.shape.index(z, y, x)] = UInt16(number + 1) }
          }
        }
      }
      try MRCWriter<UInt16>.write(labels, to: "\(folder)/instances.mrc", geometry: geometry)
      let picks = Self.starts.enumerated().map { number, start in
        Pick(
          position: VoxelPoint(x: Double(start) + 0.5, y: 1.5, z: 1.5),
          figureOfMerit: 0.9 - Double(number) / 10,
          extras: [Double(number + 1)], kind: names[number])
      }
      let table = PickTable(
        micrograph: "t", pixelSizeAngstroms: voxelSize > 0 ? voxelSize : nil,
        extraColumns: ["cryosamInstance"], picks: picks)
      try PickTable.write(table.starText, to: "\(folder)/picks.star")
      let record: JSON = ["inputs": ["tomogram": ["path": "data/t.mrc"]]]
      return RunSummary([try RunSummary.Result(folder, record: record)])
    }
  }

  /// The cells of `csv` but the first, the folder, by line.
  private func cells(_ csv: String) -> [String] {
    csv.split(separator: "\n").dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).dropFirst().joined(separator: ",")
    }
  }

  @Test("counts, volumes, density and neighbours of one kind") func one() throws {
    let summary = try summary(voxelSize: 10, names: [nil, nil, nil, nil])
    // 25 x 4 x 4 voxels of a cubic nanometre; bricks of 8; 4, 6 and 10 nm apart.
    #expect(cells(summary.csv) == ["t.mrc,,4,0.000000400,10000000.0,8.0,0.0,8.0,6.00,5.00,4.00"])
    #expect(
      cells(summary.particlesCSV) == [
        "t.mrc,,1,1.500,1.500,1.500,0.900000,8,8.0,4.00", "t.mrc,,2,5.500,1.500,1.500,0.800000,8,8.0,4.00",
        "t.mrc,,3,11.500,1.500,1.500,0.700000,8,8.0,6.00", "t.mrc,,4,21.500,1.500,1.500,0.600000,8,8.0,10.00",
      ])
    #expect(summary.text.contains("8 (8 to 8)") && summary.text.contains("5.0 (4.0 to 10.0)"))
    #expect(summary.html.contains("<b>4 particles</b> in 1 result.") && summary.html.contains("median 5.0"))
  }

  @Test("kinds apart, and all together") func kinds() throws {
    let summary = try summary(voxelSize: 20, names: ["b", "a", "b", "a"])
    #expect(
      cells(summary.csv).map { $0.split(separator: ",").dropFirst().joined(separator: ",") } == [
        "a,2,0.000003200,625000.0,64.0,0.0,64.0,32.00,32.00,32.00",
        "b,2,0.000003200,625000.0,64.0,0.0,64.0,20.00,20.00,20.00",
        "all,4,0.000003200,1250000.0,64.0,0.0,64.0,26.00,26.00,20.00",
      ])
    #expect(summary.html.contains("<h3>a</h3>") && summary.html.contains("<h3>b</h3>"))
  }

  @Test("without a voxel size there are counts alone") func noSize() throws {
    let summary = try summary(voxelSize: 0, names: [nil, nil, nil, nil])
    #expect(!summary.results[0].hasVoxelSize)
    #expect(cells(summary.csv) == ["t.mrc,,4,,,,,,,,"])
    #expect(summary.html.contains("volume, nm\u{B3}: not known."))
  }

  @Test("the nearest one is that of looking at all", arguments: [0, 1, 2, 3, 40, 300])
  func nearest(count: Int) {
    var random = SplitMix64(seed: UInt64(count))
    func number() -> Double { Double(random.next() % 1000) / 10 }
    let places = (0..<count).map { _ in SIMD3(number(), number(), number()) }
    let slow = places.indices.map { index in
      places.indices.filter { $0 != index }.map { other in
        let step = places[other] - places[index]
        return (step * step).sum().squareRoot()
      }.min()
    }
    #expect(RunSummary.Result.nearest(places) == slow)
  }

  @Test("a folder without instances is named") func refusal() throws {
    try TestData.withFolder { folder -> Void in
      #expect(throws: Failure.self) { _ = try RunSummary.Result(folder, record: [:]) }
    }
  }
}

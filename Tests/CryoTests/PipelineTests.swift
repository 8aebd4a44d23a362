import Cryo
import Files
import Foundation
import Images
import NN
import Points
import Runs
import TestSupport
import Testing
import Volumes

/// An encoder that sees how bright each patch is, and nothing else.
private struct BrightnessEncoder: SliceEncoder {
  func features(of plane: Plane) -> FeatureGrid {
    let side = 14
    var values: [Float] = []
    for row in 0..<side {
      for column in 0..<side {
        let (y, x) = (row * (plane.rows - 1) / (side - 1), column * (plane.columns - 1) / (side - 1))
        let value = plane.values[y * plane.columns + x]
        values += [value, 255 - value]
      }
    }
    return FeatureGrid(height: side, width: side, vectors: Tensor([side * side, 2], values))
  }
}

@Suite("The whole pipeline, without networks")
struct PipelineTests {
  private static let places: [(z: Int, y: Int, x: Int, radius: Int)] = [
    (15, 12, 12, 6), (14, 32, 20, 6), (10, 12, 42, 6), (20, 30, 46, 6),
  ]

  private func segment(
    _ points: [VoxelPoint], matching: Matching = .hierarchical, pyramid: [Int] = usual().pyramid
  ) throws -> (result: Pipeline.Result, work: Work) {
    try TestData.withFolder { folder in
      let tomogram = try balls(VolumeShape(32, 44, 60), Self.places)
      var parameters = PipelineParameters(.paper)
      (parameters.matching, parameters.pyramid) = (matching, pyramid)
      parameters.largestArea = 150
      parameters.leastIoU = 0.1
      // The coarsest level has samples in the background only, so all must pass.
      parameters.leastSimilarity = 0.1
      let pipeline = Pipeline(
        features: try features(tomogram, BrightnessEncoder(), in: folder),
        slices: try embeddedSlices(tomogram, BlobSegmenter(), in: folder))
      var run = StagedRun(parameters, observer: SilentObserver())
      return (try pipeline.segment(points, by: &run), run.work)
    }
  }

  @Test("one point finds every particle", arguments: [Matching.hierarchical, .naive])
  func onePoint(matching: Matching) throws {
    let (result, work) = try segment([VoxelPoint(x: 12, y: 12, z: 15)], matching: matching)
    #expect(result.instances.instances.count == 4)
    for place in Self.places {
      let centre = VoxelPoint(x: Double(place.x), y: Double(place.y), z: Double(place.z))
      let nearest = result.instances.instances.map { $0.centroid.distance(to: centre) }.min() ?? .infinity
      #expect(nearest < 1)
    }
    #expect(result.prompted.count == 1)
    #expect(work.seconds.map(\.stage) == Stage.allCases)
  }

  @Test("points beside every particle are an error that says what to do")
  func nothing() {
    let nothing = #expect(throws: NoParticle.self) { try segment([VoxelPoint(x: 30, y: 22, z: 30)]) }
    #expect(nothing?.failure.kind == .badData)
    #expect(nothing?.failure.remedy != nil)
    #expect(nothing?.prompted.count == 1)
  }

  @Test("files of a result: geometry, labels, picks")
  func files() throws {
    let (result, _) = try segment([VoxelPoint(x: 12, y: 12, z: 15)])
    let tomogram = try balls(VolumeShape(32, 44, 60), Self.places)
    try TestData.withFolder { path in
      let folder = try RunFolder(path, force: false, names: ResultNames.all(.usual))
      try folder.write(result.instances, geometry: tomogram.geometry)
      try folder.write(result.matches, geometry: tomogram.geometry)
      try folder.write(picks: result.instances, of: tomogram, formats: [.star, .csv, .txt])
      let origin = QueryOrigin(weights: "", inputSide: nil, voxelSize: nil)
      try QueryFile.write(result.queries, from: origin, to: folder.file("query.safetensors"))

      let labels = try Tomogram(folder.file("instances.mrc"))
      let semantic = try Tomogram(folder.file("semantic.mrc"))
      #expect(labels.header?.mode == 6)
      #expect(semantic.header?.mode == 0)
      #expect(labels.geometry == tomogram.geometry)
      var wrong = 0
      let expected = result.instances.volume.labels
      for z in 0..<32 {
        for y in 0..<44 {
          for x in 0..<60 {
            let label = expected[tomogram.shape.index(z, y, x)]
            if labels[z, y, x] != Float(label) || semantic[z, y, x] != (label > 0 ? 1 : 0) { wrong += 1 }
          }
        }
      }
      #expect(wrong == 0)
      let similarity = try Tomogram(folder.file("similarity.mrc"))
      #expect(similarity.shape == VolumeShape(8, 11, 15))
      #expect(abs(similarity.geometry.voxelSizeAngstroms.x - 10 * 59 / 14) < 1e-3)
      #expect(similarity.geometry.originAngstroms == tomogram.geometry.originAngstroms)
      let coarse = [(16, VolumeShape(2, 2, 3)), (8, VolumeShape(4, 5, 7))]
      for (ratio, shape) in coarse {
        #expect(try Tomogram(folder.file("similarity-\(ratio).mrc")).shape == shape)
      }
      for format in ["star", "csv", "txt"] {
        let table = try PointTable(folder.file("picks.\(format)"))
        #expect(table.entries.count == result.instances.instances.count)
      }
      let isSame = try QueryFeature(folder.file("query.safetensors")) == result.queries[0].feature
      #expect(isSame)
    }
  }

  @Test("the maps of other ratios have their names", arguments: [[8, 4], [16, 4, 2], [4]])
  func otherRatios(pyramid: [Int]) throws {
    let (result, _) = try segment([VoxelPoint(x: 12, y: 12, z: 15)], pyramid: pyramid)
    let geometry = try balls(VolumeShape(32, 44, 60), Self.places).geometry
    try TestData.withFolder { path in
      let folder = try RunFolder(
        path, force: false, names: ResultNames.all(usual { $0.pyramid = pyramid }))
      try folder.write(result.matches, geometry: geometry)
      for (name, ratio) in ResultNames.similarityMaps(pyramid) {
        #expect(name == (ratio == pyramid.last ? "similarity.mrc" : "similarity-\(ratio).mrc"))
        #expect(try Tomogram(folder.file(name)).shape.depth == 32 / ratio)
      }
    }
  }
}

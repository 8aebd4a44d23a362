import Cryo
import DINOv2
import Files
import Images
import Runs
import TestSupport
import Testing
import Volumes

@Suite("Slices as the networks see them")
struct SliceInputTests {
  /// The tomogram of the released code's run, and what that code made of it.
  private func shared() throws -> (tomogram: Tomogram, golden: Golden) {
    (try Tomogram(TestData.path("golden/e2e/volume_shared.mrc")), try Golden("e2e/shared"))
  }

  @Test("normalised and resized as by the released code")
  func encoderInput() throws {
    let (tomogram, golden) = try shared()
    let input = EncoderInput(tomogram.statistics, side: 518)
    let pixels = input(tomogram.plane(.z, 24))
    let sample = try golden.values("dino.preprocessed_sample")
    var worst: Float = 0
    for channel in 0..<3 {
      for row in 0..<14 {
        for column in 0..<14 {
          let value = pixels[channel][row * 37][column * 37..<column * 37 + 1].values[0]
          worst = max(worst, abs(value - sample[(channel * 14 + row) * 14 + column]))
        }
      }
    }
    #expect(worst < 1e-5)
  }

  @Test("features of slices of all views", arguments: ["z0", "z24", "y32", "x48"])
  func features(slice: String) throws {
    let (tomogram, golden) = try shared()
    let axis = try #require(Axis.allCases.first { $0.name == String(slice.prefix(1)) })
    let index = try #require(Int(slice.dropFirst()))
    let encoder = DINOSliceEncoder(
      try DINOEncoder(try GoldenModel.file("models/dino_trained")),
      EncoderInput(tomogram.statistics, side: 518))
    let grid = encoder.features(of: tomogram.plane(axis, index))
    #expect(grid.height == 37 && grid.width == 37)
    let expected = try golden.values("dino.\(slice)")
    let found = grid.vectors.values
    let error = zip(found, expected).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let size = expected.reduce(0) { $0 + Double($1) * Double($1) }
    #expect((error / size).squareRoot() < 2e-5)
  }

  /// The first level of the released code's matching: the same grid and the same sampling as ours.
  @Test("similarity at r = 16 equals the released code's")
  func firstLevel() throws {
    let (tomogram, golden) = try shared()
    let encoder = DINOSliceEncoder(
      try DINOEncoder(try GoldenModel.file("models/dino_trained")),
      EncoderInput(tomogram.statistics, side: 518))
    let flat = try golden.values("query.vector")  // [C, 3] flattened
    let query = QueryFeature(
      views: (0..<3).map { view in stride(from: view, to: flat.count, by: 3).map { flat[$0] } })
    try TestData.withFolder { folder in
      let features = try CryoTests.features(tomogram, encoder, in: folder)
      let grid = MatchingGrid(tomogram.shape, ratio: 16)
      let map = try SimilarityMap(features, query, on: grid, progress: SilentObserver())
      let expected = try golden.values("level0.similarity")
      let worst = zip(map.values, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(map.values.count == expected.count)
      #expect(worst < 1e-5)
    }
  }

  @Test("the stretch clips at its ends and rounds to nearest")
  func stretch() {
    let plane = Plane(rows: 2, columns: 4, values: [-5, 0, 0.49, 1, 50, 99.9, 100, 1000])
    #expect(ContrastStretch(low: 0, high: 100).gray(plane) == [0, 0, 1, 3, 128, 255, 255, 255])
    #expect(
      ContrastStretch(low: 0, high: 100, inverted: true).gray(plane) == [255, 255, 254, 252, 127, 0, 0, 0])
  }

  @Test("a tomogram without contrast is refused")
  func constant() throws {
    let tomogram = try Tomogram(
      voxels: [Float](repeating: 3, count: 24), geometry: Geometry(depth: 2, height: 3, width: 4))
    let failure = #expect(throws: Failure.self) {
      try ContrastStretch(tomogram, .usual, inverted: false)
    }
    #expect(failure?.kind == .badData)
  }

  @Test("slices' rows and columns are the axes the names say")
  func planes() throws {
    let shape = VolumeShape(2, 3, 4)
    let tomogram = try Tomogram(
      voxels: (0..<24).map(Float.init), geometry: Geometry(depth: 2, height: 3, width: 4))
    for axis in Axis.allCases {
      for index in 0..<shape[axis] {
        let plane = tomogram.plane(axis, index)
        for row in 0..<plane.rows {
          for column in 0..<plane.columns {
            let voxel =
              index * shape.stride(axis) + row * shape.stride(axis.row) + column * shape.stride(axis.column)
            #expect(plane.values[row * plane.columns + column] == Float(voxel))
          }
        }
      }
    }
  }
}

import Cryo
import Files
import Images
import NN
import Runs
import SAM
import TestSupport
import Testing
import Volumes

/// A segmenter whose embedding of a slice says, in every patch, where on the slice its middle lies: (row, column, 1).
/// Patches whose middle lies in the padding hold something else.
private final class PlaceSegmenter: SliceSegmenter {
  let inputSide = 64
  static let grid = 16

  func embed(_ image: RGBImage) -> EmbeddedImage {
    let scale = Double(inputSide) / Double(max(image.height, image.width))
    let (height, width) = (Int(Double(image.height) * scale + 0.5), Int(Double(image.width) * scale + 0.5))
    let patch = inputSide / Self.grid
    var values: [Float] = []
    for row in 0..<Self.grid {
      for column in 0..<Self.grid {
        let (y, x) = ((Double(row) + 0.5) * Double(patch), (Double(column) + 0.5) * Double(patch))
        if y < Double(height) && x < Double(width) {
          values += [
            Float(y * Double(image.height) / Double(height) - 0.5),
            Float(x * Double(image.width) / Double(width) - 0.5), 1,
          ]
        } else {
          values += [-1e6, -1e6, -1e6]
        }
      }
    }
    return EmbeddedImage(
      embedding: Tensor([Self.grid, Self.grid, 3], values), originalHeight: image.height,
      originalWidth: image.width, inputHeight: height, inputWidth: width)
  }

  func predict(_ image: EmbeddedImage, _ prompts: [Prompt], multimask: Bool) -> [Prediction] { [] }
}

@Suite("SAM's embeddings as features")
struct SAMFeatureTests {
  private static let shape = VolumeShape(24, 40, 60)

  private func withFeatures(_ body: (SliceFeatures) throws -> Void) throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(Self.shape, seed: 3)
      try body(SliceFeatures(try embeddedSlices(tomogram, PlaceSegmenter(), in: folder)))
    }
  }

  @Test("the padding is left out, and stored embeddings are used") func valid() throws {
    try withFeatures { features in
      // 40 x 60 becomes 43 x 64 pixels: 11 rows of patches of 4 have their middle in the image.
      let grid = try features.grid(.z, 3)
      #expect(grid.height == 11 && grid.width == 16 && grid.channels == 3)
      #expect(grid.vectors.values.allSatisfy { $0 > -100 })
      let made = try features.extract(features.slices(), progress: SilentObserver())
      #expect(made == 24 + 40 + 60 - 1)
    }
  }

  @Test("a voxel's features are those of its place") func query() throws {
    try withFeatures { features in
      for (z, y, x) in [(12, 20, 30), (3, 5, 50), (18, 30, 7)] {
        let voxel = Self.shape.index(z, y, x)
        let query = try QueryFeature(pooling: features, over: [VoxelMask(runs: [voxel..<voxel + 1])])
        let expected = [[y, x, 1], [z, x, 1], [z, y, 1]].map { $0.map { Float($0) } }
        let error = zip(query.views.joined(), expected.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(error < 1e-4, "\(query.views)")
      }
      // Before the first middle its features hold: half a patch is 4 / 2 pixels of 43 for 40 rows.
      let corner = try QueryFeature(pooling: features, over: [VoxelMask(runs: [0..<1])])
      #expect(abs(Double(corner.views[0][0]) - (2.0 * 40 / 43 - 0.5)) < 1e-5)
    }
  }

  @Test("similarities are those of the places", arguments: [4, 1]) func similarity(ratio: Int) throws {
    try withFeatures { features in
      let query = QueryFeature(views: [[1, -2, 3], [0.5, 1, 0], [-1, 2, 10]])
      let map = try SimilarityMap(
        features, query, on: MatchingGrid(Self.shape, ratio: ratio), progress: SilentObserver())
      let places = [Axis.z, .y, .x].map { map.grid.positions($0) }
      var worst = 0.0
      // Half a patch from the border nothing is extrapolated.
      for (k, z) in places[0].enumerated() where z > 3 && z < 20 {
        for (j, y) in places[1].enumerated() where y > 3 && y < 36 {
          for (i, x) in places[2].enumerated() where x > 3 && x < 56 {
            let feature = [y, x, 1, z, x, 1, z, y, 1]
            let target = query.views.joined().map { Double($0) }
            let dot = zip(feature, target).reduce(0) { $0 + $1.0 * $1.1 }
            let lengths = [feature, target].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            let value = Double(map.values[map.grid.shape.index(k, j, i)])
            worst = max(worst, abs(value - dot / (lengths[0] * lengths[1])))
          }
        }
      }
      #expect(worst < 1e-4, "\(worst)")
    }
  }
}

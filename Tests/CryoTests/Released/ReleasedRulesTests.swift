import Cryo
import Files
import Images
import NN
import Runs
import SAM
import TestSupport
import Testing
import Volumes

/// The released code's rules, one by one, where the goldens may not reach.
@Suite("The released code's rules")
struct ReleasedRulesTests {
  private func mask(_ pixels: Range<Int>) -> BitMask { BitMask(height: 8, width: 8) { pixels.contains($0) } }

  private func chosen(_ masks: [BitMask], _ scores: [Float], _ previous: BitMask?) -> Int? {
    let prediction = Prediction(
      masks: masks, predictedIoU: scores, lowResolutionLogits: .zeros([masks.count, 4, 4]))
    return ReleasedMaskRules(iouLimit: 0.5, areaLimit: 20).choose(prediction, previous: previous)?.index
  }

  @Test("limits are strict; an empty mask may begin a particle but not go on")
  func limits() {
    #expect(chosen([mask(0..<20), mask(0..<19)], [0.9, 0.8], nil) == 1)
    #expect(chosen([mask(0..<5), mask(0..<6)], [0, 0.1], nil) == 1)
    #expect(chosen([mask(0..<5), mask(0..<6)], [0, -0.1], nil) == nil)
    #expect(chosen([mask(0..<0), mask(0..<6)], [0.9, 0.1], nil) == 0)
    #expect(chosen([mask(0..<5), mask(0..<6)], [0.9, 0.1], mask(0..<10)) == 1)
    #expect(chosen([mask(0..<0)], [0.9], mask(0..<0)) == nil)
    #expect(chosen([mask(0..<5), mask(0..<5)], [0.7, 0.7], nil) == 0)
  }

  @Test("Q is a cell's corner on a square slice, also in the padding; M is 0 and 1")
  func prompt() throws {
    let image = EmbeddedImage(
      embedding: .zeros([1, 1, 1]), originalHeight: 40, originalWidth: 80, inputHeight: 128, inputWidth: 256)
    var logits = [Float](repeating: -1, count: 256 * 256)
    logits[64 * 256 + 32] = 5
    logits[192 * 256 + 16] = 9
    logits[192 * 256 + 17] = 9
    let prediction = Prediction(
      masks: [mask(0..<4)], predictedIoU: [1], lowResolutionLogits: Tensor([1, 256, 256], logits))
    let rules = ReleasedMaskRules(usual(.reference))
    let candidate = try #require(rules.choose(prediction, previous: nil))
    let prompt = rules.prompt(after: candidate, on: image, inputSide: 256)
    #expect(prompt.points == [Prompt.Point(x: 5, y: 30)])
    let values = try #require(prompt.mask).values
    #expect(values.count == 65536 && values.reduce(0, +) == 3 && values[64 * 256 + 32] == 1)
  }

  @Test("points are rounded to voxels, halves to even")
  func rounding() {
    let start = ReleasedMaskRules(usual(.reference)).start(VoxelPoint(x: 2.5, y: 3.5, z: 4.4))
    #expect(start == VoxelPoint(x: 2, y: 4, z: 4))
  }

  @Test("voxels times 255 are cut off and wrap around, as on x86-64")
  func images() {
    let values: [Float] = [-1.3, -0.01, 1.001, 1.5, 0.5, 1, 1e9, -1e9, -0.003]
    let plane = Plane(rows: 1, columns: values.count, values: values)
    let gray = ContrastStretch.unscaled().gray(plane)
    #expect(gray == [181, 254, 255, 126, 127, 255, 0, 0, 0])
    let exact = Plane(rows: 1, columns: 256, values: (0..<256).map { Float($0) / 255 })
    let isSame = ContrastStretch.unscaled().gray(exact) == (0...255).map { UInt8($0) }
    #expect(isSame)
    #expect(!ContrastStretch.unscaled().wraps(-0.003...1.003))
    #expect(ContrastStretch.unscaled().wraps(-0.004...1))
    #expect(ContrastStretch.unscaled().wraps(0...1.004))
    #expect(!ContrastStretch(low: 0, high: 1).wraps(-5...5))
  }

  private static let shape = VolumeShape(32, 48, 64)

  private func match(
    _ shape: VolumeShape = shape, threshold: Float, topK: Int = 0, bias: Float = 0.5
  ) throws -> FeatureMatching.Result {
    try TestData.withFolder { folder in
      let features = try features(try noise(shape, seed: 5), NoiseEncoder(bias: bias), in: folder)
      let grid = try features.grid(.z, 3)
      let view = Array(grid.vectors.values[..<grid.channels])
      return try ReleasedMatching(threshold: threshold, topK: topK, pyramid: usual().pyramid)(
        QueryFeature(views: [view, view, view]), features)
    }
  }

  /// Matches a volume of 32 x 32 x 32 voxels in which similarity depends on z alone.
  private func match(similarity: @escaping @Sendable (Int) -> Float) throws -> FeatureMatching.Result {
    try TestData.withFolder { folder in
      let shape = VolumeShape(32, 32, 32)
      let voxels = (0..<shape.count).map { Float($0 / (32 * 32)) }
      let tomogram = try Tomogram(voxels: voxels, geometry: Geometry(depth: 32, height: 32, width: 32))
      let features = try features(tomogram, LayerEncoder(similarity: similarity), in: folder)
      return try ReleasedMatching(usual(.reference))(
        QueryFeature(views: [[1, 0], [0, 0], [0, 0]]), features)
    }
  }

  @Test("the last level has no threshold")
  func lastLevel() throws {
    // Alike where the first two levels are sampled, not where only the last one is.
    let matches = try match { [0, 10, 11, 20, 21, 31].contains($0) ? 1 : 0.3 }
    #expect(matches.levels.allSatisfy { $0.scored == $0.passed })
    #expect(Set(matches.proposals.filter { $0.similarity < 0.5 }.map(\.z)) == [12, 16])
    #expect(Set(matches.proposals.map(\.z)) == [0, 12, 16, 28])
  }

  @Test("a ruled-out sample's old similarity suppresses a peak")
  func suppression() throws {
    // Levels along z: 0.9 0.4; 0.9 0.6 and old 0.525 0.4; 0.9 0.1 0.1 0.52 and old 0.544 0.494 0.431 0.4.
    let matches = try match { z in
      switch z {
      case 0: 0.9
      case 10, 11: 0.6
      case 13, 14: 0.52
      case 31: 0.4
      default: 0.1
      }
    }
    let column = (0..<8).map { matches.map.values[$0 * 64 + 27] }
    let expected: [Float] = [0.9, 0.1, 0.1, 0.52, 0.54375, 0.49375, 0.43125, 0.4]
    #expect(zip(column, expected).count { abs($0 - $1) > 1e-4 } == 0)
    #expect(Set(matches.proposals.map(\.z)) == [0])
  }

  @Test("ruled-out samples keep interpolated similarities")
  func stale() throws {
    let all = try match(threshold: -1)
    let values = all.coarserMaps[0].values.sorted()
    let middle = values[values.count / 2]
    let some = try match(threshold: middle)
    #expect(some.levels[0].passed < all.levels[0].passed && some.levels[0].passed > 0)
    #expect(some.levels[2].passed == some.levels[2].scored)
    // Everything has a value; where a place was scored it is the one it has without a threshold, elsewhere another.
    let (old, new) = (all.map.values, some.map.values)
    #expect(new.count { $0 == 0 } == 0)
    let same = zip(old, new).count { $0 == $1 }
    // The eight corners are samples of every level.
    #expect((some.levels[2].scored...some.levels[2].scored + 8).contains(same) && same < old.count)
    // A peak must be the greatest in its cube, the old values included.
    let greatest = NonMaximumSuppression.maximumFilter(new, some.map.grid.shape, radius: 2)
    let shape = some.map.grid.shape
    let places = some.proposals.map { shape.index($0.z / 4, $0.y / 4, $0.x / 4) }
    #expect(!places.isEmpty && places.allSatisfy { new[$0] == greatest[$0] } && places == places.sorted())
    #expect(some.proposals.allSatisfy { $0.z % 4 == 0 && $0.y % 4 == 0 && $0.x % 4 == 0 })
  }

  @Test("all that equal the Kth stay; equal maxima stay")
  func ties() throws {
    // A constant volume: every similarity is the same but for rounding.
    try TestData.withFolder { folder in
      let tomogram = try balls(Self.shape, [])
      let features = try features(tomogram, ConstantEncoder(), in: folder)
      let query = QueryFeature(views: [[1, 2], [1, 2], [1, 2]])
      let matches = try ReleasedMatching(usual(.reference) { $0.topK = 3 })(query, features)
      #expect(Set(matches.map.values).count == 1)
      #expect(matches.proposals.count == matches.map.grid.shape.count)
    }
    #expect(try match(threshold: -1, topK: 5).proposals.count == 5)
  }

  @Test("a single sample along an axis is NaN, which the first level lets pass; none is refused")
  func small() throws {
    let matches = try match(VolumeShape(20, 48, 64), threshold: 0.99)
    let undefined = matches.coarserMaps.map { map in map.values.count { $0.isNaN } }
    #expect(undefined == [matches.coarserMaps[0].values.count, 0])
    #expect(matches.levels[0].passed == matches.levels[0].scored)
    let failure = #expect(throws: Failure.self) { try match(VolumeShape(15, 48, 64), threshold: 0) }
    #expect(failure?.kind == .badData)
  }

  @Test("the query is the mean of one voxel for each particle, and an empty mask is an error")
  func query() throws {
    try TestData.withFolder { folder in
      let features = try features(try noise(Self.shape, seed: 1), NoiseEncoder(), in: folder)
      var run = StagedRun(PipelineParameters(.reference), observer: SilentObserver())
      func particle(_ voxels: [Int], _ score: Double = 0.5) -> ParticleMask {
        ParticleMask(voxels: VoxelMask(runs: voxels.map { $0..<$0 + 1 }), predictedIoU: score)
      }
      func voxel(_ z: Int, _ y: Int, _ x: Int) -> Int { Self.shape.index(z, y, x) }
      // Means 2.5, 3.5 and 4 along z, y and x: halves go to the even voxel.
      let many = particle([voxel(2, 3, 4), voxel(3, 4, 4)])
      let one = particle([voxel(20, 30, 40)])
      let only = [PromptedKind(at: [])]
      let query = try run.queries(of: only, [[many, particle([], 0), one]], in: features)[0].feature
      let expected = try QueryFeature(
        pooling: features, over: [particle([voxel(2, 4, 4)]).voxels, one.voxels])
      let isSame = query == expected
      #expect(isSame)
      let empty = #expect(throws: NoParticle.self) {
        _ = try run.queries(of: only, [[one, particle([], 0.7)]], in: features)
      }
      #expect(empty?.failure.reason.contains("breaks off") == true)
      #expect(throws: NoParticle.self) { _ = try run.queries(of: only, [[particle([], 0)]], in: features) }
    }
  }
}

/// The same vector everywhere.
private struct ConstantEncoder: SliceEncoder {
  func features(of plane: Plane) -> FeatureGrid {
    FeatureGrid(height: 1, width: 1, vectors: Tensor([1, 2], [1, 2]))
  }
}

/// Slices along z of one value, their number, have the `similarity` for it to a query (1, 0) of their view.
private struct LayerEncoder: SliceEncoder {
  let similarity: @Sendable (Int) -> Float

  func features(of plane: Plane) -> FeatureGrid {
    let isSection = plane.values.allSatisfy { $0 == plane.values[0] }
    let cosine = isSection ? similarity(Int(plane.values[0])) : 0
    let vector = isSection ? [cosine, (1 - cosine * cosine).squareRoot()] : [0, 0]
    return FeatureGrid(height: 1, width: 1, vectors: Tensor([1, 2], vector))
  }
}

import Cryo
import Images
import NN
import Parallel
import SAM
import TestSupport
import Testing
import Volumes

@Suite("Cross-plane self-prompting")
struct PropagationTests {
  private static let shape = VolumeShape(30, 40, 52)
  private static let places: [(z: Int, y: Int, x: Int, radius: Int)] = [
    (15, 12, 12, 6), (14, 28, 20, 5), (8, 10, 40, 4), (22, 30, 41, 6),
  ]
  private static let points = [
    VoxelPoint(x: 12, y: 12, z: 15), VoxelPoint(x: 20.3, y: 27.6, z: 14.4), VoxelPoint(x: 40, y: 10, z: 8),
    VoxelPoint(x: 41, y: 30, z: 22), VoxelPoint(x: 2, y: 2, z: 2), VoxelPoint(x: 13, y: 14, z: 17),
  ]

  /// One point alone, slice by slice, as the paper's text goes; no batches, no sweeps.
  private func alone(
    _ point: VoxelPoint, _ tomogram: Tomogram, _ segmenter: BlobSegmenter, _ rules: MaskRules, _ axes: [Axis]
  ) -> Set<Int> {
    let shape = tomogram.shape
    let stretch = ContrastStretch(low: 0, high: 255)
    var voxels = Set<Int>()
    for axis in axes {
      let coordinates: [Axis: Double] = [.z: point.z, .y: point.y, .x: point.x]
      let start = Int((coordinates[axis] ?? 0).rounded())
      func add(_ mask: BitMask, _ slice: Int) {
        mask.forEachPixel { row, column in
          voxels.insert(
            slice * shape.stride(axis) + row * shape.stride(axis.row) + column * shape.stride(axis.column))
        }
      }
      func ask(_ prompt: (EmbeddedImage) -> Prompt, _ slice: Int, _ previous: BitMask?) -> Candidate? {
        let image = segmenter.embed(stretch(tomogram.plane(axis, slice)))
        let prediction = segmenter.predict(image, [prompt(image)], multimask: true)[0]
        return rules.choose(prediction, previous: previous)
      }
      let pixel = Prompt.Point(x: coordinates[axis.column] ?? 0, y: coordinates[axis.row] ?? 0)
      guard let first = ask({ _ in Prompt(points: [pixel]) }, start, nil) else { continue }
      add(first.mask, start)
      for step in [1, -1] {
        var (candidate, slice) = (first, start + step)
        while (0..<shape[axis]).contains(slice) {
          let before = candidate
          guard
            let next = ask(
              { rules.prompt(after: before, on: $0, inputSide: segmenter.inputSide) }, slice, before.mask)
          else { break }
          add(next.mask, slice)
          (candidate, slice) = (next, slice + step)
        }
      }
    }
    return voxels
  }

  private func run(
    _ points: [VoxelPoint], _ tomogram: Tomogram, _ segmentation: CrossPlaneSelfPrompting,
    memory: Int = 1 << 30
  ) throws -> (particles: [ParticleMask], counts: CrossPlaneSelfPrompting.Counts, segmenter: BlobSegmenter) {
    try TestData.withFolder { folder in
      let segmenter = BlobSegmenter()
      let slices = try embeddedSlices(tomogram, segmenter, in: folder, memory: memory)
      let (particles, counts) = try segmentation(points, in: slices)
      return (particles, counts, segmenter)
    }
  }

  @Test("sweeps give what each point alone gives", arguments: [["z", "y", "x"], ["z"], ["y"], ["x"]])
  func sweepsEqualSingleRuns(names: [String]) throws {
    let tomogram = try balls(Self.shape, Self.places)
    let axes = Axis.allCases.filter { names.contains($0.name) }
    let rules = MaskRules(usual { $0.largestArea = 150 })
    let segmentation = CrossPlaneSelfPrompting(rules: rules, axes: axes)
    let found = try run(Self.points, tomogram, segmentation)
    for (point, particle) in zip(Self.points, found.particles) {
      let expected = alone(point, tomogram, BlobSegmenter(), rules, axes)
      let isSame = Set(particle.voxels.runs.joined()) == expected && particle.voxels.count == expected.count
      #expect(isSame)
    }
    #expect(found.particles[4].voxels.isEmpty)
    #expect(found.particles[4].predictedIoU == 0)
    #expect(found.particles[0].voxels.count > 100)
  }

  @Test("a ball is found whole from all axes")
  func ball() throws {
    let tomogram = try balls(Self.shape, [(15, 18, 24, 6)])
    let segmentation = CrossPlaneSelfPrompting(
      rules: MaskRules(leastIoU: 0.01, largestArea: 150), axes: Axis.allCases)
    let found = try run([VoxelPoint(x: 24, y: 18, z: 15)], tomogram, segmentation)
    let whole = (0..<Self.shape.count).filter { index in
      let (z, y, x) = (index / (40 * 52), index / 52 % 40, index % 52)
      return tomogram[z, y, x] > 0
    }
    let isSame = Array(found.particles[0].voxels.runs.joined()) == whole
    #expect(isSame)
    #expect(found.particles[0].predictedIoU > 0.5)
  }

  @Test("the IoU threshold ends a propagation, the area limit leaves a mask out")
  func rules() throws {
    let tomogram = try balls(Self.shape, [(15, 18, 24, 6)])
    let point = [VoxelPoint(x: 24, y: 18, z: 15)]
    func voxels(_ rules: MaskRules) throws -> Int {
      try run(point, tomogram, CrossPlaneSelfPrompting(rules: rules, axes: [.z])).particles[0].voxels.count
    }
    let loose = try voxels(MaskRules(leastIoU: 0.01, largestArea: 150))
    let strict = try voxels(MaskRules(leastIoU: 0.8, largestArea: 150))
    #expect(strict < loose)
    #expect(strict > 0)
    // Only the speck of one voxel is small enough.
    #expect(try voxels(MaskRules(leastIoU: 0.5, largestArea: 20)) < 20)
  }

  @Test("nothing depends on the order of the points")
  func order() throws {
    let tomogram = try balls(Self.shape, Self.places)
    let segmentation = CrossPlaneSelfPrompting(
      rules: MaskRules(usual { $0.largestArea = 150 }), axes: Axis.allCases)
    var numbers = Numbers(3)
    let many = (0..<70).map { _ -> VoxelPoint in
      let ball = Self.places[numbers.below(Self.places.count)]
      return VoxelPoint(
        x: Double(ball.x + numbers.below(5) - 2), y: Double(ball.y + numbers.below(5) - 2),
        z: Double(ball.z + numbers.below(5) - 2))
    }
    let forward = try run(many, tomogram, segmentation).particles
    let backward = try run(many.reversed(), tomogram, segmentation).particles
    let isSame = forward == backward.reversed()
    #expect(isSame)
  }

  @Test("every slice is encoded once at most, and only if it is visited", arguments: [0, 1 << 30])
  func encodedOnce(memory: Int) throws {
    let tomogram = try balls(Self.shape, Self.places)
    let segmentation = CrossPlaneSelfPrompting(rules: MaskRules(usual { $0.largestArea = 150 }), axes: [.z])
    let found = try run(Self.points, tomogram, segmentation, memory: memory)
    let encodings = found.segmenter.embedded.withLock { $0.values.reduce(0, +) }
    #expect(encodings == found.counts.encoded)
    #expect(found.counts.encoded == found.counts.slices)
    #expect(found.counts.slices < Self.shape.depth)
  }

  @Test("the same for every number of threads")
  func threads() throws {
    let threads = Parallel.threads
    defer { Parallel.threads = threads }
    let tomogram = try balls(Self.shape, Self.places)
    let segmentation = CrossPlaneSelfPrompting(
      rules: MaskRules(usual { $0.largestArea = 150 }), axes: Axis.allCases)
    let results = try [1, 2, 3].map { count in
      Parallel.threads = count
      return try run(Self.points, tomogram, segmentation).particles
    }
    let isSame = results.allSatisfy { $0 == results[0] }
    #expect(isSame)
  }

  @Test("Q is the centre of the best cell in pixels of the slice, never in the padding")
  func peak() throws {
    // 40 x 80 pixels, resized to 32 x 64 of 64 x 64: cells of 4 input pixels are 5 pixels of the slice.
    let image = EmbeddedImage(
      embedding: .zeros([1, 1, 1]), originalHeight: 40, originalWidth: 80, inputHeight: 32, inputWidth: 64)
    var logits = [Float](repeating: 0, count: 256)
    logits[3 * 16 + 9] = 5
    logits[12 * 16 + 2] = 9
    let prediction = Prediction(
      masks: [BitMask(height: 1, width: 1).filled], predictedIoU: [1],
      lowResolutionLogits: Tensor([1, 16, 16], logits))
    let candidate = try #require(MaskRules(usual()).choose(prediction, previous: nil))
    let point = MaskRules(usual()).prompt(after: candidate, on: image, inputSide: 64).points[0]
    #expect(point.x == 9.5 * 5 - 0.5)
    #expect(point.y == 3.5 * 5 - 0.5)
    #expect(point.label == 1)
  }

  @Test("the best predicted IoU among masks of allowed area and overlap")
  func choice() throws {
    func mask(_ pixels: Range<Int>) -> BitMask {
      var mask = BitMask(height: 8, width: 8)
      for pixel in pixels { mask[pixel / 8, pixel % 8] = true }
      return mask
    }
    let logits = Tensor.zeros([3, 4, 4])
    func chosen(_ masks: [BitMask], _ scores: [Float], _ previous: BitMask?) -> Float? {
      let prediction = Prediction(masks: masks, predictedIoU: scores, lowResolutionLogits: logits)
      return MaskRules(leastIoU: 0.5, largestArea: 20).choose(prediction, previous: previous)?.predictedIoU
    }
    let masks = [mask(0..<30), mask(0..<10), mask(0..<0)]
    #expect(chosen(masks, [0.9, 0.5, 0.95], nil) == 0.5)
    #expect(chosen([mask(0..<20), mask(0..<10), mask(0..<5)], [0.7, 0.8, 0.6], nil) == 0.8)
    // IoU 10/20 is just enough, 5/20 is not.
    #expect(chosen([mask(0..<5), mask(0..<10), mask(0..<18)], [0.9, 0.8, 0.1], mask(0..<20)) == 0.8)
    #expect(chosen([mask(0..<5), mask(0..<9), mask(0..<30)], [0.9, 0.8, 0.7], mask(0..<20)) == nil)
    #expect(chosen(masks, [.nan, .nan, .nan], nil) == nil)
  }
}

extension BitMask {
  fileprivate var filled: BitMask {
    var mask = self
    for y in 0..<height { for x in 0..<width { mask[y, x] = true } }
    return mask
  }
}

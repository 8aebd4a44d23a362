import Cryo
import Files
import Foundation
import NN
import Runs
import Synchronization
import TestSupport
import Testing
import Volumes

@Suite("Finds compared with the prompted particles, without networks")
struct JudgedTests {
  /// Five large balls and three small ones; two more overlap, as one blob of a size that is no particle's.
  private static let large: [(z: Int, y: Int, x: Int, radius: Int)] = [
    (16, 14, 14, 7), (15, 14, 44, 7), (18, 44, 14, 7), (16, 60, 44, 7), (20, 40, 66, 7),
  ]
  private static let small: [(z: Int, y: Int, x: Int, radius: Int)] = [
    (12, 30, 30, 3), (20, 68, 16, 3), (14, 12, 70, 3),
  ]

  private func judged(
    _ change: (inout PipelineParameters) -> Void = { _ in },
    at points: [VoxelPoint] = [VoxelPoint(x: 15, y: 13, z: 16)],
    and others: [Proposal] = [], found: (@Sendable (Judgement) throws -> Void)? = nil
  ) throws -> (exemplar: Exemplar, judgement: Judgement, instances: [Instance]) {
    try TestData.withFolder { folder in
      let tomogram = try balls(VolumeShape(36, 76, 80), Self.large + Self.small)
      var parameters = PipelineParameters(.judged)
      (parameters.largestArea, parameters.leastIoU) = (200, 0.1)
      change(&parameters)
      let pipeline = Pipeline(
        features: try features(tomogram, BlindEncoder(), in: folder),
        slices: try embeddedSlices(tomogram, BlobSegmenter(), in: folder))
      var run = StagedRun(parameters, observer: SilentObserver())
      run.found = found
      // A blind encoder's peaks are everywhere alike; the proposals are made here.
      let prompted = try run.particles(at: points, in: pipeline.slices)
      let queries = try run.queries(of: [PromptedKind(at: points)], [prompted], in: pipeline.features)
      let exemplar = try #require(queries[0].exemplar)
      let balls = (Self.large + Self.small).map {
        Proposal(z: $0.z + 2, y: $0.y - 2, x: $0.x + 1, similarity: 1)
      }
      let judgement = try run.judgement(
        of: balls + others, like: [exemplar], in: pipeline.slices, features: pipeline.features)
      return (exemplar, judgement, InstanceMap(judgement, in: tomogram.shape).instances)
    }
  }

  @Test("what is like the clicked particle is a pick, at its centre; what is smaller is not")
  func picks() throws {
    let (exemplar, judgement, instances) = try judged()
    #expect(abs(exemplar.radius - 7) < 1.5)
    // The balls are bright: they stand out the other way.
    #expect(exemplar.contrast < -1 && exemplar.density > 1)
    #expect(instances.count == 5)
    for ball in Self.large {
      let centre = VoxelPoint(x: Double(ball.x), y: Double(ball.y), z: Double(ball.z))
      let nearest = instances.map { $0.centroid.distance(to: centre) }.min() ?? .infinity
      #expect(nearest < 0.5)
      // SAM was prompted at the middle, not where the proposal was.
      let prompted = judgement.picks.map { $0.proposal.point.distance(to: centre) }.min() ?? .infinity
      #expect(prompted < 1.2)
    }
    let finds = judgement.finds
    #expect(finds.count > 5)
    #expect(zip(finds, finds.dropFirst()).allSatisfy { $0.score.total >= $1.score.total })
    #expect(finds.prefix(5).allSatisfy { $0.score.total > 0.7 && !$0.measures.touchesBorder })
    #expect(finds.dropFirst(5).allSatisfy { $0.score.total < 0.3 && $0.score.size < -1.5 })
  }

  @Test(
    "who waits for finds is told of the first before all are there, and all are the same as for who does not")
  func parts() throws {
    let places = (0..<30).map {
      Proposal(z: 3 + $0 % 3 * 14, y: 5 + $0 % 5 * 16, x: 5 + $0 / 5 * 13, similarity: 0.5)
    }
    let told = Mutex<[Int]>([])
    let waited = try judged(
      and: places, found: { judgement in told.withLock { $0.append(judgement.finds.count) } })
    let silent = try judged(and: places)
    let counts = told.withLock { $0 }
    #expect(counts.count >= 2, "\(counts)")
    #expect(counts.last == waited.judgement.finds.count)
    #expect(waited.judgement.finds == silent.judgement.finds)
    #expect(waited.judgement.isPick == silent.judgement.isPick)
  }

  @Test("a given number, a threshold, and sizes decide instead")
  func cuts() throws {
    #expect(try judged { $0.cut = Cut(.count(3)) }.instances.count == 3)
    #expect(try judged { $0.cut = Cut(.count(0)) }.instances.isEmpty)
    let all = try judged { $0.cut = Cut(.threshold(0), sizes: 0...10) }
    #expect(all.instances.count == all.judgement.finds.count)
    let small = try judged { $0.cut = Cut(.threshold(0), sizes: 0...0.5) }
    #expect(small.instances.count == all.instances.count - 5)
  }

  @Test("the threshold lies in the widest gap of the range of doubt")
  func gap() {
    let scores = [0.9, 0.6, 0.41, 0.4, 0.32, 0.31, 0.1]
    let decision = Cut().decide(scores, sizes: scores.map { _ in 0 })
    #expect(abs(decision.threshold - (0.4 * 0.32).squareRoot()) < 1e-9)
    #expect(decision.isPick == [true, true, true, true, false, false, false])
    let none = Cut().decide([], sizes: [])
    #expect(none.isPick.isEmpty && none.threshold > 0.3 && none.threshold < 0.42)
    // A size out of range is no pick, and does not move the threshold.
    let sized = Cut().decide(scores + [0.36], sizes: scores.map { _ in 0 } + [3])
    #expect(sized.isPick == decision.isPick + [false] && sized.threshold == decision.threshold)
  }

  @Test("a click beside the middle gives the same centre and radius")
  func offCentre() throws {
    let exact = try judged().exemplar
    let off = try judged(at: [VoxelPoint(x: 18, y: 11, z: 18)]).exemplar
    #expect(abs(exact.radius - off.radius) < 0.5)
    #expect(abs(exact.profile.shells[0] - off.profile.shells[0]) < 0.1)
  }

  @Test("a mask is one piece, without specks and arms; the union has them")
  func onePiece() throws {
    try TestData.withFolder { folder in
      let shape = VolumeShape(30, 40, 60)
      let ball = try balls(shape, [(15, 20, 20, 7)])
      var voxels = (0..<shape.depth).flatMap { ball.plane(.z, $0).values }
      let bare = voxels.count { $0 > 0 }
      for x in 28..<45 { voxels[shape.index(15, 20, x)] = 255 }
      let tomogram = try Tomogram(voxels: voxels, geometry: ball.geometry)
      let slices = try embeddedSlices(tomogram, BlobSegmenter(), in: folder)
      func size(_ form: MaskForm) throws -> Int {
        let rules = MaskRules(leastIoU: 0.1, largestArea: 250)
        let segmentation = CrossPlaneSelfPrompting(rules: rules, axes: Axis.allCases, masks: form)
        return try segmentation([VoxelPoint(x: 20, y: 20, z: 15)], in: slices).particles[0].voxels.count
      }
      #expect(try size(.union) == bare + 17)
      // The ball's own edges may lose a little; one voxel of the arm may stay where it meets the ball.
      #expect((bare * 9 / 10...bare + 2).contains(try size(.particle)))
    }
  }

  @Test("a diameter that the user tells sets area, window and size, where they are not given")
  func diameter() throws {
    let told = usual(.judged) { $0.adopt(diameter: 14, keepingArea: false) }
    #expect(told.largestArea == 241 && told.json["diameter_voxels"]?.double == 14)
    #expect(usual(.judged) { $0.adopt(diameter: 14, keepingArea: true) }.largestArea == 1024)
    // Picks are a quarter to four times as large as a ball of the diameter: of 7 voxels the small ones, of 28 none.
    func picks(_ diameter: Double) throws -> Int {
      try judged {
        $0.adopt(diameter: diameter, keepingArea: true)
        $0.cut.rule = .threshold(0)
      }.instances.count
    }
    #expect(try picks(14) == 5)
    #expect((1...3).contains(try picks(7)))
    #expect(try picks(28) == 0)
  }

  @Test("of a mask that has run over a pick is what the prompted particles reach; the union is whole")
  func reach() throws {
    let shape = VolumeShape(30, 40, 60)
    let runs = (15..<18).map { shape.index(15, $0, 20)..<shape.index(15, $0, 45) }
    let judgement = try judged().judgement
    let find = Find(
      proposal: Proposal(z: 15, y: 16, x: 20, similarity: 1), mask: VoxelMask(runs: runs),
      measures: judgement.finds[0].measures, kind: 0, score: judgement.finds[0].score)
    func voxels(_ reach: Double?) -> Int {
      let judged = Judgement([find], of: [.only], reach: [reach], by: Cut(.threshold(0)))
      return InstanceMap(judged, in: shape).instances[0].voxels
    }
    #expect(voxels(nil) == 75)
    #expect(voxels(5) == 5 + 6 + 5)
    // What comes back into reach from beyond it is no part of the piece at the middle.
    let hook = Find(
      proposal: find.proposal,
      mask: VoxelMask(
        runs: [(16, 20..<32), (17, 31..<32), (18, 31..<32), (19, 22..<32)].map { y, columns in
          let row = shape.index(15, y, 0)
          return row + columns.lowerBound..<row + columns.upperBound
        }), measures: find.measures, kind: 0, score: find.score)
    let hooked = Judgement([hook], of: [.only], reach: [5], by: Cut(.threshold(0)))
    #expect(InstanceMap(hooked, in: shape).instances[0].voxels == 6)
    // A mask that is all elsewhere stays.
    let aside = Judgement(
      [
        Find(
          proposal: Proposal(z: 3, y: 3, x: 3, similarity: 1), mask: find.mask, measures: find.measures,
          kind: 0,
          score: find.score)
      ], of: [.only], reach: [5], by: Cut(.threshold(0)))
    #expect(InstanceMap(aside, in: shape).instances[0].voxels == 75)
  }

  @Test("a pick has no arm, and nothing that hangs on it by an arm", arguments: [15, 3])
  func arms(plane: Int) throws {
    let shape = VolumeShape(30, 40, 60)
    func mask(_ isIn: (Int, Int, Int) -> Bool) -> VoxelMask {
      var runs: [Range<Int>] = []
      for index in 0..<shape.count {
        let (line, x) = index.quotientAndRemainder(dividingBy: shape.width)
        let (z, y) = line.quotientAndRemainder(dividingBy: shape.height)
        guard isIn(z - plane, y - 16, x - 20) else { continue }
        if x > 0, let last = runs.last, last.upperBound == index {
          runs[runs.count - 1] = last.lowerBound..<index + 1
        } else {
          runs.append(index..<index + 1)
        }
      }
      return VoxelMask(runs: runs)
    }
    func isInBall(_ z: Int, _ y: Int, _ x: Int) -> Bool { z * z + y * y + x * x <= 49 }
    let ball = mask(isInBall)
    // An arm of two voxels, and a block that is beside the ball in the middle planes and hangs on it below.
    let all = mask { z, y, x in
      isInBall(z, y, x) || (z == 0 && (0..<2).contains(y) && (0..<12).contains(x))
        || ((0..<5).contains(z) && (9..<12).contains(y) && (-1..<2).contains(x))
        || ((4..<5).contains(z) && (0..<12).contains(y) && (-1..<2).contains(x))
    }
    let judgement = try judged().judgement
    let find = Find(
      proposal: Proposal(z: plane, y: 16, x: 20, similarity: 1), mask: all,
      measures: judgement.finds[0].measures, kind: 0, score: judgement.finds[0].score)
    let body = Judgement([find], of: [.only], reach: [14], by: Cut(.threshold(0))).body(of: find, in: shape)
    #expect(abs(body.count - ball.count) < ball.count / 12)
    body.forEachVoxel(in: shape) { z, y, x in #expect(x < 29 && y < 25, "\(z), \(y), \(x)") }
  }

  @Test("what is odd about a clicked particle's mask is said")
  func remarks() throws {
    try TestData.withFolder { folder in
      let tomogram = try balls(VolumeShape(36, 76, 80), Self.large + [(30, 64, 72, 7)])
      let slices = try embeddedSlices(tomogram, BlobSegmenter(), in: folder)
      func remarks(_ point: VoxelPoint, _ largestArea: Int = 200) throws -> [String] {
        let rules = MaskRules(leastIoU: 0.1, largestArea: largestArea)
        let segmentation = CrossPlaneSelfPrompting(rules: rules, axes: Axis.allCases, masks: .particle)
        let particle = try segmentation([point], in: slices).particles[0]
        return particle.remarks(at: point, in: tomogram, largestArea: largestArea)
      }
      let sound = VoxelPoint(x: 14, y: 14, z: 16)
      #expect(try remarks(sound).isEmpty)
      #expect(try remarks(sound, 150).first?.contains("reaches the largest area") == true)
      #expect(try remarks(VoxelPoint(x: 72, y: 64, z: 30)).last?.contains("border") == true)
      #expect(try remarks(VoxelPoint(x: 30, y: 30, z: 30), 100).first?.contains("saw nothing") == true)
      // Much more than what is there, and nothing that differs from its surroundings.
      let shape = tomogram.shape
      let cube = VoxelMask(
        runs: (7..<25).flatMap { z in
          (5..<23).map { y in shape.index(z, y, 5)..<shape.index(z, y, 23) }
        })
      let wide = ParticleMask(voxels: cube, predictedIoU: 1)
      #expect(
        wide.remarks(at: sound, in: tomogram, largestArea: 200).contains { $0.contains("by its density") })
      let empty = VoxelMask(runs: [shape.index(16, 30, 30)..<shape.index(16, 30, 34)])
      #expect(
        ParticleMask(voxels: empty, predictedIoU: 1).remarks(
          at: VoxelPoint(x: 31, y: 30, z: 16), in: tomogram, largestArea: 200
        ).contains { $0.contains("hardly darker") })
    }
  }

  @Test("settings that weights recommend: taken by this profile alone, refused out of their ranges")
  func settings() throws {
    try TestData.withFolder { folder in
      func settings(_ text: String?) throws -> RecommendedSettings {
        let path = "\(folder)/weights.safetensors"
        try SafetensorsFile.write(
          [("a", Tensor([1], [0]))], metadata: text.map { [RecommendedSettings.metadataKey: $0] } ?? [:],
          to: path)
        return try RecommendedSettings(try SafetensorsFile(path))
      }
      let some = try settings(#"{"iou": 0.8, "max_area": 400}"#)
      #expect(some.text == "iou 0.8, max-area 400")
      #expect(usual(.judged) { $0.adopt(some) }.leastIoU == 0.8)
      #expect(usual(.judged) { $0.adopt(some) }.largestArea == 400)
      #expect(usual(.paper) { $0.adopt(some) } == usual(.paper))
      #expect(try settings(nil).text.isEmpty)
      for wrong in [#"{"iou": 2}"#, #"{"iou": "high"}"#, #"{"max_area": 0}"#, "{"] {
        let failure = #expect(throws: Failure.self) { _ = try settings(wrong) }
        #expect(failure?.kind == .badData, "\(wrong)")
      }
    }
  }
}

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

@Suite("Several kinds, things that are not wanted, and queries of other tomograms, without networks")
struct KindsTests {
  private static let shape = VolumeShape(36, 76, 80)
  private static let large: [(z: Int, y: Int, x: Int, radius: Int)] = [
    (16, 14, 14, 7), (15, 14, 44, 7), (18, 44, 14, 7), (20, 40, 66, 7),
  ]
  private static let small: [(z: Int, y: Int, x: Int, radius: Int)] = [
    (12, 30, 30, 4), (20, 62, 16, 4), (14, 12, 68, 4),
  ]

  private static func point(_ ball: (z: Int, y: Int, x: Int, radius: Int), off: Double = 0) -> VoxelPoint {
    VoxelPoint(x: Double(ball.x) + off, y: Double(ball.y), z: Double(ball.z))
  }

  /// Judges proposals on all balls, for each query that is looked for.
  private func judged(
    _ kinds: [PromptedKind], cut: Cut = Cut()
  ) throws -> (queries: [Query], judgement: Judgement, map: InstanceMap) {
    try TestData.withFolder { folder in
      let tomogram = try balls(Self.shape, Self.large + Self.small)
      var parameters = PipelineParameters(.judged)
      (parameters.largestArea, parameters.leastIoU, parameters.cut) = (200, 0.1, cut)
      let slices = try embeddedSlices(tomogram, BlobSegmenter(), in: folder)
      let features = try features(tomogram, BlindEncoder(), in: folder)
      var run = StagedRun(parameters, observer: SilentObserver())
      let prompted = try run.particles(at: kinds.flatMap(\.points), in: slices)
      var parts: [[ParticleMask]] = []
      for kind in kinds { parts.append(Array(prompted[parts.joined().count...].prefix(kind.points.count))) }
      let queries = try run.queries(of: kinds, parts, in: features)
      let wanted = queries.indices.filter { queries[$0].exemplar?.kind.isWanted ?? false }
      let proposals = wanted.flatMap { query in
        (Self.large + Self.small).map {
          Proposal(z: $0.z + 1, y: $0.y - 1, x: $0.x + 1, similarity: 1, query: query)
        }
      }
      let judgement = try run.judgement(
        of: proposals, like: queries.compactMap(\.exemplar), in: slices, features: features)
      return (queries, judgement, InstanceMap(judgement, in: Self.shape))
    }
  }

  private static let both = [
    PromptedKind(Kind("large"), at: [point(large[0])]), PromptedKind(Kind("small"), at: [point(small[0])]),
  ]

  @Test("every find goes to the kind that it is most like")
  func kinds() throws {
    let (queries, judgement, map) = try judged(Self.both)
    #expect(queries.count == 2 && judgement.kinds.map(\.name) == ["large", "small"])
    for (name, number, places) in [("large", 1, Self.large), ("small", 2, Self.small)] {
      let own = map.instances.filter { $0.kind.name == name }
      #expect(own.count == places.count)
      #expect(own.allSatisfy { $0.kindNumber == number })
      for place in places {
        #expect(own.contains { $0.centroid.distance(to: Self.point(place)) < 1 })
      }
    }
    #expect(judgement.lines.count == 2 && judgement.lines[0].hasPrefix("large: 4 of "))
  }

  @Test("what is like a thing that is not wanted is no pick, whatever the cut")
  func unwanted() throws {
    let cut = Cut(.threshold(0), sizes: 0...100)
    let wanted = PromptedKind(at: [Self.point(Self.large[0])])
    let all = try judged([wanted], cut: cut)
    #expect(all.map.instances.count == 7)
    let (queries, judgement, map) = try judged(
      [wanted, PromptedKind(Kind(isWanted: false), at: [Self.point(Self.small[1])])], cut: cut)
    #expect(map.instances.count == 4)
    #expect(map.instances.allSatisfy { $0.voxels > 1000 })
    #expect(queries.count == 2 && judgement.kinds.map(\.isWanted) == [true, false])
    #expect(judgement.lines.last?.contains("3 finds are more like") == true)
    // Two such points are two things, not the mean of both.
    let places = [Self.point(Self.small[1]), VoxelPoint(x: 40, y: 60, z: 10)]
    let two = try judged([wanted, PromptedKind(Kind(isWanted: false), at: places)], cut: cut)
    #expect(two.queries.count == 3 && two.map.instances.count == 4)
  }

  @Test("to say what is not wanted takes picks away and moves no cut")
  func unwantedMovesNoCut() throws {
    let measures = try judged([PromptedKind(at: [Self.point(Self.large[0])])]).judgement.finds[0].measures
    func find(_ total: Double, unwanted: Bool = false) -> Find {
      Find(
        proposal: Proposal(z: 1, y: 1, x: 1, similarity: 1), mask: .empty, measures: measures, kind: 0,
        score: Score(cosine: 1, correlation: 1, size: 0, profile: 0, total: total),
        unwanted: unwanted ? 1 : nil)
    }
    let kinds = [Kind.only, Kind(isWanted: false)]
    let plain = Judgement([0.9, 0.41, 0.39, 0.31].map { find($0) }, of: kinds, by: Cut())
    for number in 1..<4 {
      let finds = plain.finds.indices.map { find(plain.finds[$0].score.total, unwanted: $0 == number) }
      let judged = Judgement(finds, of: kinds, by: Cut())
      #expect(judged.decisions[0].threshold == plain.decisions[0].threshold)
      #expect(judged.isPick == plain.isPick.indices.map { plain.isPick[$0] && $0 != number })
    }
    #expect(plain.isPick == [true, true, true, false])
  }

  @Test("a query is what it was after being stored, alone and with others, and finds the same")
  func stored() throws {
    try TestData.withFolder { folder in
      let origin = QueryOrigin(weights: "abc", inputSide: 98, voxelSize: 10)
      let unwanted = PromptedKind(Kind(isWanted: false), at: [VoxelPoint(x: 40, y: 60, z: 10)])
      let several =
        Self.both.dropLast() + [
          PromptedKind(Kind("small"), at: Self.small.prefix(2).map { Self.point($0) }), unwanted,
        ]
      for kinds in [Array(several), [PromptedKind(at: [Self.point(Self.large[0])])]] {
        let (queries, judgement, _) = try judged(kinds)
        let path = "\(folder)/query.safetensors"
        try QueryFile.write(queries, from: origin, to: path)
        let read = try QueryFile.exemplars(path, for: origin)
        let isSame = read == queries.compactMap(\.exemplar)
        #expect(isSame)
        let again = try judged(try [PromptedKind]([], known: read))
        let isFoundAgain = again.judgement.finds == judgement.finds
        #expect(isFoundAgain)
      }
      let spread = try judged(Array(several)).queries[1].exemplar
      #expect(spread?.spread != nil && spread?.particles == 2)
    }
  }

  @Test("a query that does not fit is refused, with the reason")
  func refused() throws {
    try TestData.withFolder { folder in
      let origin = QueryOrigin(weights: "abc", inputSide: 98, voxelSize: 10)
      let path = "\(folder)/query.safetensors"
      let queries = try judged([PromptedKind(at: [Self.point(Self.large[0])])]).queries
      try QueryFile.write(queries, from: origin, to: path)
      func reason(_ other: QueryOrigin) -> String? {
        let failure = #expect(throws: Failure.self) { _ = try QueryFile.exemplars(path, for: other) }
        #expect(failure?.kind == .badData)
        return failure?.reason
      }
      #expect(
        reason(QueryOrigin(weights: "x", inputSide: 98, voxelSize: 10))?.contains("other weights") == true)
      #expect(
        reason(QueryOrigin(weights: "abc", inputSide: 70, voxelSize: 10))?.contains("--dino-size") == true)
      #expect(
        reason(QueryOrigin(weights: "abc", inputSide: 98, voxelSize: 10.3))?.contains("A a voxel") == true)
      for size in [nil, 10.1] {
        _ = try QueryFile.exemplars(path, for: QueryOrigin(weights: "abc", inputSide: 98, voxelSize: size))
      }
      // Of matching alone, damaged, or with numbers that cannot be.
      try QueryFile.write([Query(feature: queries[0].feature)], to: path)
      #expect(reason(origin)?.contains("does not say") == true)
      let tensor = Tensor([3, 2], [Float](repeating: 1, count: 6))
      try QueryFile.write(queries, from: origin, to: path)
      let sound = try SafetensorsFile(path).metadata
      let text = try #require(sound["exemplars"])
      for (from, to) in [
        ("\"particles\":1", "\"particles\":0"), ("\"voxels\":1", "\"voxels\":-1"),
        ("\"profile_step\":", "\"profile_step\":-"), ("\"radius\":", "\"radius\":1e9,\"r\":"),
        ("\"wanted\":true", "\"wanted\":1"), (text, "[]"), (text, "{"),
      ] {
        let changed = text.replacing(from, with: to)
        #expect(changed != text, "\(from)")
        try SafetensorsFile.write(
          [("query", tensor)], metadata: sound.merging(["exemplars": changed]) { $1 }, to: path)
        _ = reason(origin)
      }
      try SafetensorsFile.write([("other", tensor)], metadata: sound, to: path)
      _ = reason(origin)
    }
  }

  @Test("the mean of two exemplars lies between them, whatever their shells")
  func mean() throws {
    let (queries, _, _) = try judged(Self.both)
    let (a, b) = (try #require(queries[0].exemplar), try #require(queries[1].exemplar))
    let mean = Exemplar(mean: [a, b])
    #expect(mean.particles == 2 && mean.kind == a.kind)
    #expect(abs(mean.radius - (a.radius + b.radius) / 2) < 1e-9)
    #expect(abs(mean.profile.radius - 1.5 * mean.radius) < 1e-9)
    #expect(abs(log(mean.voxels) - (log(a.voxels) + log(b.voxels)) / 2) < 1e-9)
    #expect(abs((mean.spread ?? 0) - abs(log(a.voxels) - log(b.voxels)) / 2) < 1e-9)
    #expect(mean.profile.shells[0] > 1)
    let same = Exemplar(mean: [a, a])
    let difference = zip(same.profile.shells, a.profile.shells).map { abs($0 - $1) }.max() ?? 1
    #expect(difference < 1e-9 && same.query == a.query)
  }

  @Test("kinds of points: one without a name among others, none, and too many are refused")
  func names() throws {
    let place = VoxelPoint(x: 1, y: 2, z: 3)
    let kinds = try [PromptedKind](
      [NamedPoint("b", place), NamedPoint("a", place), NamedPoint("b", place)], not: [NamedPoint(nil, place)])
    #expect(kinds.map(\.kind) == [Kind("b"), Kind("a"), Kind(isWanted: false)])
    #expect(kinds.map(\.points.count) == [2, 1, 1])
    for wrong in [
      [], [NamedPoint("a", place), NamedPoint(nil, place)], (0...100).map { NamedPoint("\($0)", place) },
    ] {
      let failure = #expect(throws: Failure.self) {
        _ = try [PromptedKind](wrong, not: [NamedPoint(nil, place)])
      }
      #expect(failure?.kind == .usage)
    }
  }

  @Test("tables of picks of several kinds tell them, and are read again by kind")
  func tables() throws {
    try TestData.withFolder { path in
      let (_, judgement, map) = try judged(Self.both)
      let tomogram = try balls(Self.shape, Self.large + Self.small)
      let folder = try RunFolder(path, force: false, names: ResultNames.all(.usual))
      try folder.write(
        map, of: tomogram, stretch: ContrastStretch(low: 0, high: 255), formats: [.star, .csv])
      try folder.write(judgement, of: tomogram)
      for format in ["star", "csv"] {
        let table = try PointTable(folder.file("picks.\(format)"))
        #expect(table.classNames == ["large", "small"] || table.classNames == ["small", "large"])
        #expect(try table.ofClass("small").entries.count == 3)
      }
      let semantic = try Tomogram(folder.file("semantic.mrc"))
      #expect(semantic[Self.large[1].z, Self.large[1].y, Self.large[1].x] == 1)
      #expect(semantic[Self.small[1].z, Self.small[1].y, Self.small[1].x] == 2)
      let read = try folder.finds(in: tomogram)
      #expect(read.map(\.kind) == judgement.finds.map(\.kind) && Set(read.map(\.kind)) == [0, 1])
      #expect(read.map(\.score) == judgement.finds.map(\.score))
      // With one that is not wanted.
      let other = try judged([
        PromptedKind(at: [Self.point(Self.large[0])]),
        PromptedKind(Kind(isWanted: false), at: [Self.point(Self.small[0])]),
      ]).judgement
      try folder.write(other, of: tomogram)
      let again = try folder.finds(in: tomogram)
      #expect(again == other.finds && Set(again.map(\.unwanted)) == [nil, 1])
    }
  }
}

/// An encoder that sees nothing: every place is like every other.
struct BlindEncoder: SliceEncoder {
  func features(of plane: Plane) -> FeatureGrid {
    FeatureGrid(height: 7, width: 7, vectors: Tensor([49, 2], [Float](repeating: 1, count: 98)))
  }
}

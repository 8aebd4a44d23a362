import Cryo
import TestSupport
import Testing
import Volumes

/// The profile `reference` against the released CryoSAM code, stage by stage (Tests/Data/golden/README.md): floats to
/// 1e-5, all that is discrete exactly.
@Suite("Profile reference against the released code", .serialized)
struct ReferenceGoldenTests {
  /// The ribosomes' tomogram is in the large reference data; without them that case is skipped.
  static let cases: [ReferenceCase] = [.shared, .topK]
  static let limit = 1e-5

  @Test("features and embeddings", arguments: cases)
  func encoders(test: ReferenceCase) throws { try encodersAgree(test) }

  @Test("prompted particles: every answer of SAM, the masks", arguments: cases)
  func prompted(test: ReferenceCase) throws { try promptedAgree(test) }

  @Test("query, levels, proposals", arguments: cases)
  func matching(test: ReferenceCase) throws { try matchingAgrees(test) }

  @Test("proposed particles: every answer of SAM, the union", arguments: cases)
  func proposed(test: ReferenceCase) throws { try proposedAgree(test) }

  @Test("simulated ribosomes", .enabled(if: TestData.hasShared))  // or CRYOSAM_SHARED
  func ribosome() throws {
    try encodersAgree(.ribosome)
    try promptedAgree(.ribosome)
    try matchingAgrees(.ribosome)
    try proposedAgree(.ribosome)
  }

  @Test("the command writes the released code's result")
  func command() throws {
    let command = try ReferenceRun.small.get().command
    let golden = try ReferenceCase.shared.golden()
    let semantic = try golden.unpacked("semantic_packed", count: command.semantic.count)
    let volume = try Tomogram(TestData.path("golden/e2e/shared_semantic.mrc"))
    let released = (0..<volume.shape.depth).flatMap { volume.plane(.z, $0).values.map { $0 != 0 } }
    #expect(zip(command.semantic, semantic).count { $0 != $1 } == 0)
    #expect(zip(command.semantic, released).count { $0 != $1 } == 0)
    #expect(command.proposals == 40)
    let parameters = command.record["parameters"]
    #expect(parameters?["profile"]?.string == "reference")
    #expect(parameters?["axes"]?.string == "z")
  }

  private func encodersAgree(_ test: ReferenceCase) throws {
    let (run, golden) = (try ReferenceRun.of(test), try test.golden())
    func check(_ actual: [Float], _ name: String) throws {
      expectGolden(
        actual, try golden.values(name), "e2e/\(test.name).\(name)", limit: ReferenceGoldenTests.limit)
    }
    try check([Float(run.statistics.mean), Float(run.statistics.standardDeviation)], "volume.mean_std")
    let input = run.encoderInput.values
    var sampled: [Float] = []
    for row in 0..<3 * 14 {
      let line = (row / 14 * 518 + row % 14 * 37) * 518
      for column in 0..<14 { sampled.append(input[line + column * 37]) }
    }
    try check(sampled, "dino.preprocessed_sample")
    try check(run.checksum.map(Float.init), "dino.checksum")
    for (place, grid) in run.grids where golden.has("dino.\(place)") {
      try check(grid.vectors.values, "dino.\(place)")
    }
    let embedding = "sam.embedding.z\(run.shape.depth / 2)"
    if golden.has(embedding) {
      let (side, width) = (run.embedding.shape[0], run.embedding.shape[2])
      try check(run.embedding.reshaped([side * side, width]).transposed().values, embedding)
    }
  }

  private func promptedAgree(_ test: ReferenceCase) throws {
    let (run, golden) = (try ReferenceRun.of(test), try test.golden())
    for (index, particle) in run.result.prompted.enumerated() {
      try expectCalls(run.prompted[index], golden, "query.\(index).trace", "e2e/\(test.name)")
      let expected = try golden.unpacked("query.\(index).mask_packed", count: run.shape.count)
      #expect(particle.voxels.isExactly(expected))
    }
    let points = try golden.integers("prompts_zyx").chunks(of: 3)
    var rows: [Int] = []
    for (point, particle) in zip(points, run.result.prompted) { rows += point + run.extent(particle) }
    #expect(try isSame(rows, golden.integers("query.rows")))
  }

  private func matchingAgrees(_ test: ReferenceCase) throws {
    let (run, golden) = (try ReferenceRun.of(test), try test.golden())
    // The released code's query has the views fastest, and the length 1.
    let views = run.result.queries[0].feature.views
    var raw: [Float] = []
    var square = 0.0
    for channel in views[0].indices {
      for view in views {
        raw.append(view[channel])
        square += Double(view[channel]) * Double(view[channel])
      }
    }
    let length = square.squareRoot()
    func check(_ actual: [Float], _ name: String) throws {
      expectGolden(
        actual, try golden.values(name), "e2e/\(test.name).\(name)", limit: ReferenceGoldenTests.limit)
    }
    try check(raw, "query.pooled_raw")
    try check(raw.map { Float(Double($0) / length) }, "query.vector")

    let matches = run.result.matches
    let maps = matches.coarserMaps + [matches.map]
    #expect(maps.count == test.pyramid.count)
    for (level, map) in maps.enumerated() { try check(map.values, "level\(level).similarity") }
    for (level, mask) in matches.coarserMasks.enumerated() {
      let expected = try golden.integers("level\(level).mask").map { $0 == 1 }
      #expect(mask.count == expected.count && zip(mask, expected).count { $0 != $1 } == 0, "level \(level)")
    }
    let places = matches.proposals.flatMap { [$0.z, $0.y, $0.x] }
    #expect(try isSame(places, golden.integers("proposals_zyx")))
    try check(matches.proposals.map(\.similarity), "proposals_similarity")
  }

  private func proposedAgree(_ test: ReferenceCase) throws {
    let (run, golden) = (try ReferenceRun.of(test), try test.golden())
    let parted = try expectCalls(run.proposed.flatMap { $0 }, golden, "proposals.trace", "e2e/\(test.name)")
    #expect(parted.count <= test.partingProposals)
    var starts: [Int] = []
    var first = 0
    for calls in run.proposed {
      starts.append(first)
      first += calls.count
    }
    #expect(try isSame(starts, golden.integers("proposals.trace_start")))
    let found = zip(run.result.matches.proposals, run.result.proposed)
    let rows = found.map { proposal, particle in
      [proposal.z, proposal.y, proposal.x] + run.extent(particle)
    }
    let expected = try golden.integers("proposals.rows").chunks(of: 6)
    #expect(rows.count == expected.count)
    let others = zip(rows, expected).enumerated().count { !parted.contains($0) && $1.0 != $1.1 }
    #expect(others == 0)
    let semantic = try golden.unpacked("semantic_packed", count: run.shape.count)
    let wrong = zip(run.result.instances.volume.labels, semantic).count { ($0 > 0) != $1 }
    GoldenTable.note("e2e/\(test.name).semantic", "\(wrong) voxels of \(semantic.count { $0 })")
    #expect(wrong <= parted.reduce(0) { $0 + run.result.proposed[$1].voxels.count })
  }

  /// Points, areas and choices exactly, scores to `limit`, overlaps as float32 quotients.
  ///
  /// A call may differ only if the mask that prompted it had a logit within rounding of the threshold: its sign is then
  /// a matter of luck, and so is all that follows from it. Returns the points this happened to.
  @discardableResult
  private func expectCalls(
    _ calls: [Call], _ golden: Golden, _ name: String, _ prefix: String
  ) throws -> Set<Int> {
    let rows = try golden.values(name).chunks(of: 12)
    #expect(calls.count == rows.count, "\(name)")
    var (compared, parted) = ([Int](), Set<Int>())
    for (index, (call, row)) in zip(calls, rows).enumerated() where !parted.contains(call.point) {
      let before = calls[..<index].last { $0.point == call.point && abs($0.slice - call.slice) == 1 }
      if agrees(call, with: Array(row)) {
        compared.append(index)
      } else if let before, before.margin < 1e-6 {
        parted.insert(call.point)
        GoldenTable.note(
          "\(prefix).\(name) point \(call.point)",
          "parts after slice \(before.slice), margin \(before.margin)")
      } else {
        Issue.record(
          "\(name), call \(index): \(call), golden \(Array(row)), margin \(before?.margin ?? .nan)")
        break
      }
    }
    expectGolden(
      compared.flatMap { calls[$0].scores }, compared.flatMap { rows[$0][5..<8] },
      "\(prefix).\(name) scores", limit: ReferenceGoldenTests.limit)
    GoldenTable.note("\(prefix).\(name) choices", "\(compared.count) of \(rows.count) compared, all the same")
    return parted
  }

  private func agrees(_ call: Call, with row: [Float]) -> Bool {
    let overlapsAgree = zip(call.overlaps, row[8..<11]).allSatisfy { (ours: Float, theirs: Float) -> Bool in
      ours.isNaN ? theirs.isNaN : abs(ours - theirs) < 1e-6
    }
    return call.exact == Array(row[0..<5]) && Float(call.chosen) == row[11] && overlapsAgree
  }

  private func isSame(_ a: [Int], _ b: [Int]) -> Bool { a == b }
}

extension ReferenceRun {
  /// Voxels, first and last z of a particle; -1 if there is none.
  fileprivate func extent(_ particle: ParticleMask) -> [Int] {
    guard let first = particle.voxels.runs.first, let last = particle.voxels.runs.last else {
      return [0, -1, -1]
    }
    let section = shape.height * shape.width
    return [particle.voxels.count, first.lowerBound / section, (last.upperBound - 1) / section]
  }
}

extension VoxelMask {
  fileprivate func isExactly(_ volume: [Bool]) -> Bool {
    count == volume.count { $0 } && runs.allSatisfy { run in run.allSatisfy { volume[$0] } }
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min(count, $0 + size)]) }
  }
}

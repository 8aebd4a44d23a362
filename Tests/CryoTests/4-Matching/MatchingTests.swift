import Cryo
import Parallel
import Runs
import TestSupport
import Testing
import Volumes

@Suite("Feature matching against direct computation")
struct MatchingTests {
  /// F at a place of the volume in voxels, `[3C]`: each view's slices blended, each slice sampled bilinearly, in double
  /// precision, from the definition.
  private func feature(_ features: SliceFeatures, _ place: [Axis: Double]) throws -> [Double] {
    let shape = features.shape
    func split(_ position: Double, _ count: Int) -> [(index: Int, weight: Double)] {
      let first = min(Int(position), count - 1)
      let weight = position - Double(first)
      return weight > 0 ? [(first, 1 - weight), (first + 1, weight)] : [(first, 1)]
    }
    func inGrid(_ axis: Axis, _ size: Int) -> Double {
      let voxel = place[axis] ?? 0
      return shape[axis] > 1 ? voxel * Double(size - 1) / Double(shape[axis] - 1) : Double(size - 1) / 2
    }
    var result: [Double] = []
    for axis in [Axis.z, .y, .x] {
      var sum: [Double] = []
      for slice in split(place[axis] ?? 0, shape[axis]) {
        let grid = try features.grid(axis, slice.index)
        let values = grid.vectors.values
        if sum.isEmpty { sum = [Double](repeating: 0, count: grid.channels) }
        for row in split(inGrid(axis.row, grid.height), grid.height) {
          for column in split(inGrid(axis.column, grid.width), grid.width) {
            let start = (row.index * grid.width + column.index) * grid.channels
            for channel in 0..<grid.channels {
              sum[channel] += slice.weight * row.weight * column.weight * Double(values[start + channel])
            }
          }
        }
      }
      result += sum
    }
    return result
  }

  private func cosine(_ a: [Double], _ b: [Double]) -> Double {
    let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = [a, b].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    return dot / (lengths[0] * lengths[1])
  }

  private func query(_ channels: Int) -> QueryFeature {
    var numbers = Numbers(99)
    return QueryFeature(views: (0..<3).map { _ in (0..<channels).map { _ in numbers.unit() + 0.3 } })
  }

  @Test("similarity at every sample, coarse and voxel-wise", arguments: [16, 8, 4, 1])
  func similarity(ratio: Int) throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(VolumeShape(11, 18, 37), seed: 1)
      let features = try features(tomogram, NoiseEncoder(), in: folder)
      let query = query(40)
      let grid = MatchingGrid(tomogram.shape, ratio: ratio)
      let map = try SimilarityMap(features, query, on: grid, progress: SilentObserver())
      let flat = query.views.joined().map(Double.init)
      var worst = 0.0
      for z in 0..<grid.shape.depth {
        for y in 0..<grid.shape.height {
          for x in 0..<grid.shape.width {
            let place: [Axis: Double] = [
              .z: grid.positions(.z)[z], .y: grid.positions(.y)[y], .x: grid.positions(.x)[x],
            ]
            let expected = cosine(try feature(features, place), flat)
            worst = max(worst, abs(expected - Double(map.values[grid.shape.index(z, y, x)])))
          }
        }
      }
      #expect(worst < 1e-5)
    }
  }

  @Test("a single sample lies in the middle, others from corner to corner")
  func positions() {
    let grid = MatchingGrid(VolumeShape(15, 33, 64), ratio: 16)
    #expect(grid.shape == VolumeShape(1, 2, 4))
    #expect(grid.positions(.z) == [7])
    #expect(grid.positions(.y) == [0, 32])
    #expect(grid.positions(.x) == [0, 21, 42, 63])
    #expect(grid.voxel(7) == (7, 32, 63))
  }

  @Test("query pooled over masks equals the mean of the voxels' features")
  func pooling() throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(VolumeShape(9, 14, 21), seed: 2)
      let shape = tomogram.shape
      let features = try features(tomogram, NoiseEncoder(), in: folder)
      let runs = [
        shape.index(2, 3, 4)..<shape.index(2, 3, 9), shape.index(8, 13, 20)..<shape.index(8, 13, 20) + 1,
      ]
      // One voxel is in both instances, so it counts twice.
      let instances = [VoxelMask(runs: runs), VoxelMask(runs: [shape.index(2, 3, 4)..<shape.index(2, 3, 5)])]
      let query = try QueryFeature(pooling: features, over: instances)
      var sum = [Double](repeating: 0, count: 120)
      var count = 0.0
      for instance in instances {
        for voxel in instance.runs.joined() {
          let (z, y, x) = (voxel / (14 * 21), voxel / 21 % 14, voxel % 21)
          let value = try feature(features, [.z: Double(z), .y: Double(y), .x: Double(x)])
          for index in sum.indices { sum[index] += value[index] }
          count += 1
        }
      }
      let worst = zip(query.views.joined(), sum).reduce(0) { max($0, abs(Double($1.0) - $1.1 / count)) }
      #expect(count == 7)
      #expect(worst < 1e-6)
    }
  }

  @Test("coarse to fine: what a coarse level rules out is neither scored nor proposed")
  func levels() throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(VolumeShape(24, 40, 56), seed: 3)
      let features = try features(tomogram, NoiseEncoder(bias: 0.2), in: folder)
      let query = query(40)
      var search = FeatureMatching(usual { ($0.leastSimilarity, $0.topK) = (0.3, 1000) })
      let result = try search(query, features)

      // The same, directly: all samples of each level, masked afterwards.
      var mask: [Bool]?
      var coarse: MatchingGrid?
      var passed: [Bool] = []
      var values: [Float] = []
      for ratio in [16, 8, 4] {
        let grid = MatchingGrid(tomogram.shape, ratio: ratio)
        let map = try SimilarityMap(features, query, on: grid, progress: SilentObserver())
        var candidates = [Bool](repeating: true, count: grid.shape.count)
        if let mask, let coarse {
          for z in 0..<grid.shape.depth {
            for y in 0..<grid.shape.height {
              for x in 0..<grid.shape.width {
                let from = coarse.shape
                let source = from.index(
                  z * from.depth / grid.shape.depth, y * from.height / grid.shape.height,
                  x * from.width / grid.shape.width)
                candidates[grid.shape.index(z, y, x)] = mask[source]
              }
            }
          }
        }
        values = map.values.indices.map { candidates[$0] ? map.values[$0] : 0 }
        passed = map.values.indices.map { candidates[$0] && map.values[$0] >= 0.3 }
        (mask, coarse) = (passed, grid)
      }
      let wrong = values.indices.filter { values[$0] != result.map.values[$0] }.count
      #expect(wrong == 0)
      let last = try #require(result.levels.last)
      #expect(last.passed == passed.filter { $0 }.count)
      #expect(last.scored > last.passed && last.scored < passed.count)
      #expect(!result.proposals.isEmpty)
      #expect(result.proposals.allSatisfy { $0.similarity >= 0.3 })
      let isSorted = zip(result.proposals, result.proposals.dropFirst()).allSatisfy {
        $0.similarity >= $1.similarity
      }
      #expect(isSorted)

      // A smaller K keeps the best of them.
      search.topK = 3
      let best = try search(query, features).proposals
      #expect(best == Array(result.proposals.prefix(3)))
    }
  }

  @Test("naive matching: every voxel, window of the same extent")
  func naive() throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(VolumeShape(20, 30, 40), seed: 4)
      let features = try features(tomogram, NoiseEncoder(bias: 0.2), in: folder)
      let search = FeatureMatching(
        usual { ($0.matching, $0.leastSimilarity, $0.topK) = (.naive, 0.3, 1000) })
      let result = try search(query(40), features)
      #expect(result.map.grid.shape == tomogram.shape)
      #expect(result.levels.count == 1)
      for (index, one) in result.proposals.enumerated() {
        for other in result.proposals.dropFirst(index + 1) {
          let near = [one.z - other.z, one.y - other.y, one.x - other.x].map(abs).max() ?? 0
          #expect(near > 8)
        }
      }
      let value = try #require(result.proposals.first)
      #expect(result.map.values.max() == value.similarity)
      #expect(result.map.values[tomogram.shape.index(value.z, value.y, value.x)] == value.similarity)
    }
  }

  @Test("every voxel compared slab by slab: the same as at once, also for several queries together")
  func slabs() throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(VolumeShape(70, 20, 26), seed: 8)
      let features = try features(tomogram, NoiseEncoder(bias: 0.2), in: folder)
      var other = Numbers(5)
      let queries = [
        query(40), QueryFeature(views: (0..<3).map { _ in (0..<40).map { _ in other.unit() + 0.1 } }),
      ]
      let searches = zip(queries, [8, 3]).map { query, window in
        var search = FeatureMatching(
          usual { ($0.matching, $0.leastSimilarity, $0.topK) = (.naive, 0.2, 1000) })
        search.window = window
        return (query: query, search: search)
      }
      let alone = try searches.map { try $0.search($0.query, features) }
      // No memory: slabs of 16 planes, with windows across their borders.
      for memory in [0, 1 << 30] {
        var planes: [Float] = []
        let result = try FeatureMatching.exact(searches, features, memory: memory) { planes += $0 }
        for (number, one) in alone.enumerated() {
          let own = result.proposals.filter { $0.query == number }
          #expect(own.count == one.proposals.count && !own.isEmpty)
          let isSame = zip(own, one.proposals).allSatisfy {
            ($0.z, $0.y, $0.x, $0.similarity) == ($1.z, $1.y, $1.x, $1.similarity)
          }
          #expect(isSame, "\(memory) \(number)")
        }
        let greatest = zip(alone[0].map.values, alone[1].map.values).map { max($0, $1) }
        #expect(planes == greatest)
        #expect(
          result.map.values.isEmpty && result.levels[0].passed == alone.reduce(0) { $0 + $1.levels[0].passed }
        )
      }
      // And the peaks are those of suppression in the whole volume.
      let peaks = NonMaximumSuppression.peaks(alone[0].map.values, tomogram.shape, radius: 8)
      let expected = Set(peaks.filter { alone[0].map.values[$0] >= 0.2 })
      #expect(Set(alone[0].proposals.map { tomogram.shape.index($0.z, $0.y, $0.x) }) == expected)
    }
  }

  @Test("the same bytes for every number of threads", arguments: [Matching.hierarchical, .naive])
  func threads(matching: Matching) throws {
    let threads = Parallel.threads
    defer { Parallel.threads = threads }
    let tomogram = try noise(VolumeShape(19, 33, 45), seed: 5)
    var digests: Set<[UInt32]> = []
    for count in [1, 2, 3] {
      Parallel.threads = count
      try TestData.withFolder { folder in
        let features = try features(tomogram, NoiseEncoder(bias: 0.2), in: folder, memory: 0)
        let runs = [tomogram.shape.index(3, 4, 5)..<tomogram.shape.index(3, 4, 15)]
        let query = try QueryFeature(pooling: features, over: [VoxelMask(runs: runs)])
        let result = try FeatureMatching(usual { ($0.matching, $0.leastSimilarity) = (matching, 0.3) })(
          query, features)
        digests.insert(result.map.values.map(\.bitPattern))
      }
    }
    #expect(digests.count == 1)
  }
}

@Suite("Non-maximum suppression")
struct NonMaximumSuppressionTests {
  @Test("peaks are those of a direct search, borders and ties included", arguments: [1, 2, 8])
  func peaks(radius: Int) {
    let shape = VolumeShape(9, 13, 22)
    var numbers = Numbers(7)
    // Few distinct values: many ties. Some are out of the game.
    let values = (0..<shape.count).map { _ in
      numbers.below(5) == 0 ? -Float.infinity : Float(numbers.below(50))
    }
    var expected: [Int] = []
    for z in 0..<shape.depth {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let here = shape.index(z, y, x)
          guard values[here] > -.infinity else { continue }
          var isPeak = true
          for dz in -radius...radius {
            for dy in -radius...radius {
              for dx in -radius...radius {
                let (r, s, t) = (z + dz, y + dy, x + dx)
                guard (0..<shape.depth).contains(r), (0..<shape.height).contains(s) else { continue }
                guard (0..<shape.width).contains(t) else { continue }
                let there = shape.index(r, s, t)
                if values[there] > values[here] || (values[there] == values[here] && there < here) {
                  isPeak = false
                }
              }
            }
          }
          if isPeak { expected.append(here) }
        }
      }
    }
    let found = NonMaximumSuppression.peaks(values, shape, radius: radius)
    let isSame = found == expected
    #expect(isSame)
    #expect(!expected.isEmpty)
  }
}

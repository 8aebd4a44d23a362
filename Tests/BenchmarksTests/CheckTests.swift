import Benchmarks
import Cryo
import DINOv2
import NN
import SAM
import TestSupport
import Testing
import Volumes

/// The comparisons with the plain computation hold for the program, and do not for small faults.
@Suite("Checks of the benchmarks")
struct CheckTests {
  private func holds(_ agreements: [Agreement]) -> Bool {
    !agreements.isEmpty && agreements.allSatisfy(\.holds)
  }

  @Test func dino() throws {
    #expect(holds(try EncoderCheck.dino()))
    #expect(!holds(try EncoderCheck.dino { $0(fault($1, 0.1)) }))
  }

  @Test func sam() throws {
    #expect(holds(try EncoderCheck.sam()))
    #expect(!holds(try EncoderCheck.sam { fault($0.encode($1), 3e-2) }))
  }

  @Test("tokens of a block", arguments: ["", "block.0", "block.1", "output"])
  func dinoBlocks(faulty: String) throws {
    let configuration = EncoderCheck.smallDINO
    let weights = try RandomModel.dino(configuration)
    let encoder = try DINOEncoder(weights)
    let pixels = EncoderCheck.pixels(configuration.positionGrid * configuration.patchSize)
    let result = try EncoderCheck.dinoBlocks(weights, configuration, pixels) { pixels, trace in
      let right = encoder(pixels, trace: trace)
      replant(trace, faulty)
      return faulty == "output" ? encoder(fault(pixels, 0.1)) : right
    }
    #expect(holds(result) == faulty.isEmpty)
  }

  @Test("tokens of a block with windows", arguments: ["", "block.0", "block.1", "output"])
  func samBlocks(faulty: String) throws {
    let configuration = EncoderCheck.smallSAM
    let weights = try RandomModel.sam(configuration)
    let sam = try SegmentAnything(weights)
    let pixels = EncoderCheck.pixels(configuration.imageSize)
    let result = try EncoderCheck.samBlocks(weights, configuration, pixels) { pixels, trace in
      let right = sam.encode(pixels, trace: trace)
      replant(trace, faulty)
      return faulty == "output" ? fault(right, 1e-2) : right
    }
    #expect(holds(result) == faulty.isEmpty)
  }

  @Test func decoder() throws {
    #expect(holds(try DecoderCheck.small()))
    let unmasked = try DecoderCheck.small { sam, image, prompts in
      sam.predict(image, prompts.map { Prompt(points: $0.points, mask: nil) }, multimask: true)
    }
    #expect(!holds(unmasked))
    let mixed = try DecoderCheck.small { sam, image, prompts in
      // Answers that depend on their neighbours, by one bit.
      sam.predict(image, prompts, multimask: true).map { answer in
        var answer = answer
        if prompts.count > 1 { answer.predictedIoU[2] = answer.predictedIoU[2].nextUp }
        return answer
      }
    }
    #expect(!holds(mixed))
    let swapped = try DecoderCheck.small { sam, image, prompts in
      let answers = sam.predict(image, prompts, multimask: true)
      return [answers[answers.count / 2]] + answers.dropFirst()
    }
    #expect(!holds(swapped))
  }

  @Test func postprocessing() throws {
    #expect(holds(try PostprocessingCheck.small()))
    #expect(!holds(try PostprocessingCheck.small { $0.mask($1, threshold: 0.01) }))
    let flipped = try PostprocessingCheck.small { postprocessing, logits in
      var mask = postprocessing.mask(logits, threshold: 0)
      mask[3, 4].toggle()
      return mask
    }
    #expect(!holds(flipped))
  }

  private static func search(
    _ matching: Matching, _ change: (inout PipelineParameters) -> Void = { _ in }
  ) -> FeatureMatching {
    var parameters = PipelineParameters(.paper)
    parameters.matching = matching
    change(&parameters)
    return FeatureMatching(parameters)
  }

  @Test("matching", arguments: Matching.allCases)
  func matching(_ matching: Matching) throws {
    try TestData.withFolder { folder in
      let search = Self.search(matching)
      #expect(holds(try MatchingCheck.small(search, in: Scratch(in: folder))))
      let threshold = try MatchingCheck.small(search, in: Scratch(in: folder)) { _, query, features in
        try Self.search(matching) { $0.leastSimilarity = 0.95 }(query, features)
      }
      #expect(!holds(threshold))
      let few = try MatchingCheck.small(search, in: Scratch(in: folder)) { _, query, features in
        try Self.search(matching) { $0.topK = 1 }(query, features)
      }
      #expect(!holds(few))
      let other = try MatchingCheck.small(search, in: Scratch(in: folder)) { search, query, features in
        var views = query.views
        views[2][7] += 0.01
        return try search(QueryFeature(views: views), features)
      }
      #expect(!holds(other))
    }
  }

  @Test func voxels() throws {
    try TestData.withFolder { folder in
      let files = try VoxelFiles(VolumeShape(5, 6, 7), in: folder, name: "small")
      #expect(holds(try VoxelFiles.check(files, planes: [0, 4, 5, 6], "the")))
      let turned = try VoxelFiles.check(files, planes: [0, 4], "the") { tomogram, axis, index in
        tomogram.slice(axis: axis == .y ? .x : axis, index: index)
      }
      #expect(!holds(turned))
      let off = try VoxelFiles.check(files, planes: [4], "the") { tomogram, axis, index in
        var plane = tomogram.slice(axis: axis, index: index)
        if axis == .x { plane[11] = plane[11].nextUp }
        return plane
      }
      #expect(!holds(off))
    }
  }

  @Test func cache() throws {
    try TestData.withFolder { folder in
      let slices = try StoredSlices(count: 10, side: 3, channels: 5, in: folder)
      #expect(holds(try slices.check("the cache")))
      let wrong = try slices.check("the cache") { store, index in
        store.load(.z, index).map { record in
          index == 9 ? SliceRecord(fault(record.tensor, 1e-7), sizes: record.sizes) : record
        }
      }
      #expect(!holds(wrong))
      let other = try slices.check("the cache") { store, index in store.load(.z, index == 3 ? 4 : index) }
      #expect(!holds(other))
    }
  }

  /// Records the tensor called `name` again, with a fault: the check takes the latest.
  private func replant(_ trace: Trace, _ name: String) {
    for traced in trace.tensors where traced.name == name { trace(whole: name, fault(traced.tensor, 1e-2)) }
  }

  /// `tensor` with its last element but one off by `size`.
  private func fault(_ tensor: Tensor, _ size: Float) -> Tensor {
    var values = tensor.values
    values[values.count - 2] += size
    return Tensor(tensor.shape, values)
  }
}

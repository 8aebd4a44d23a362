import Files
import Images
import NN
import SAM
import TestSupport
import Testing

@Suite("SAM predictor against segment-anything")
struct PredictorGoldenTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let model: String
    let size: String
    var testDescription: String { "\(model) \(size)" }
  }
  static let sizes = [
    "sam_256": ["160x160", "333x517", "420x1100", "96x256"], "sam_1024": ["160x160", "420x1100"],
  ]
  static let cases = sizes.sorted { $0.key < $1.key }.flatMap { model, sizes in
    sizes.map { Case(model: model, size: $0) }
  }

  @Test("transform, scores, logits and masks", arguments: cases)
  func matches(_ test: Case) throws {
    let golden = try Golden("sam/\(test.model).predictor")
    let sam = try SegmentAnything(GoldenModel.file("sam/\(test.model)"))
    let image = try Self.image(test.size)
    let label = "\(test.model) predictor \(test.size)"

    let resized = sam.transform.resized(image)
    #expect(try golden.integers("\(test.size).input_size") == [resized.height, resized.width])
    if golden.has("\(test.size).resized_u8") {
      let same = resized.pixels == (try golden.file.rawBytes("\(test.size).resized_u8"))
      #expect(same, "the resized image differs")
    }
    let side = sam.configuration.imageSize
    let pixels = sam.transform.preprocessed(resized)
    let step = side / 32
    let sample = pixels.values.enumerated().filter {
      $0.offset % side % step == 0 && $0.offset / side % side % step == 0
    }.map(\.element)
    expectGolden(sample, try golden.values("\(test.size).preprocessed_sample"), "\(label) preprocessed")

    let embedded = sam.embed(image)
    if golden.has("\(test.size).embedding") {
      let cells = embedded.embedding.reshaped([
        embedded.embedding.shape[0] * embedded.embedding.shape[1], embedded.embedding.shape[2],
      ])
      expectGolden(
        cells.transposed().values, try golden.values("\(test.size).embedding"), "\(label) embedding")
    }
    var best: Tensor?
    for name in ["point", "points_box_single", "box", "point_maskbool", "point_masklogits"]
    where golden.has("\(test.size).\(name).scores") {
      var prompt = try Self.prompt(golden, "\(test.size).\(name)")
      if name == "point_masklogits" { prompt.mask = best }
      if name == "point_maskbool" {
        prompt.mask = best.map { Tensor($0.shape, $0.values.map { $0 > 0 ? 1 : 0 }) }
      }
      let answer = sam.predict(embedded, [prompt], multimask: name != "points_box_single")[0]
      if name == "point" {
        best = answer.lowResolutionLogits[try golden.integers("\(test.size).point.best_index")[0]]
      }
      try compare(answer, golden, "\(test.size).\(name)", "\(label) \(name)")
    }
  }

  private func compare(_ answer: Prediction, _ golden: Golden, _ key: String, _ label: String) throws {
    expectGolden(answer.predictedIoU, try golden.values("\(key).scores"), "\(label) scores")
    let side = answer.lowResolutionLogits.shape[1]
    let step = side / (try golden.shape("\(key).low_res")[1])
    let logits = answer.lowResolutionLogits.values.enumerated().filter {
      $0.offset % side % step == 0 && $0.offset / side % side % step == 0
    }.map(\.element)
    expectGolden(logits, try golden.values("\(key).low_res"), "\(label) low_res")
    guard golden.has("\(key).masks_packed") else { return }

    let pixels = answer.masks[0].height * answer.masks[0].width
    // Each mask is packed by itself: its last byte is filled up.
    let bytes = try golden.file.rawBytes("\(key).masks_packed")
    let rowBytes = (pixels + 7) / 8
    try #require(bytes.count == answer.masks.count * rowBytes)
    for (index, mask) in answer.masks.enumerated() {
      var differing = 0
      for pixel in 0..<pixels {
        let expected = bytes[index * rowBytes + pixel / 8] >> UInt8(7 - pixel % 8) & 1 == 1
        if mask[pixel / mask.width, pixel % mask.width] != expected { differing += 1 }
      }
      GoldenTable.note("\(label) mask \(index)", "\(differing) of \(pixels) pixels")
      #expect(differing * 10_000 <= pixels, "\(label) mask \(index): \(differing) of \(pixels) pixels differ")
    }
  }

  @Test("full-size logits", arguments: ["sam_256", "sam_1024"])
  func fullLogits(model: String) throws {
    let golden = try Golden("sam/\(model).predictor")
    let sam = try SegmentAnything(GoldenModel.file("sam/\(model)"))
    let embedded = sam.embed(try Self.image("160x160"))
    let answer = sam.predict(embedded, [try Self.prompt(golden, "160x160.point")], multimask: true)[0]
    let postprocessing = MaskPostprocessing(sam.configuration, embedded)
    let logits = (0..<3).flatMap { postprocessing.fullLogits(answer.lowResolutionLogits[$0]).values }
    expectGolden(
      logits, try golden.values("160x160.point.logits_full"), "\(model) predictor 160x160 logits_full")
  }

  @Test("8-bit bilinear resize, by checksum of every image and size")
  func resizedChecksums() throws {
    let floors = try JSON(
      parsing: String(decoding: TestData.bytes(TestData.path("golden/sam/noise_floor.json")), as: UTF8.self))
    let entries = try #require(floors["resized_images"]?.object)
    #expect(entries.count >= 4)
    for (name, entry) in entries.members {
      let parts = name.split(separator: ">")
      let size = String(parts[0].dropLast())
      let target = try #require(Int(parts[1]))
      var configuration = SAMConfiguration.vitB
      configuration.imageSize = target
      let resized = ImageTransform(configuration).resized(try Self.image(size))
      let digest = resized.pixels.withUnsafeBytes { SHA256.hexDigest(of: $0) }
      #expect(digest == entry["sha256"]?.string, "\(name)")
    }
  }

  static func image(_ size: String) throws -> RGBImage {
    let golden = try Golden("sam/images")
    let shape = try golden.shape("rgb_\(size)")
    return RGBImage(height: shape[0], width: shape[1], pixels: try golden.file.rawBytes("rgb_\(size)"))
  }

  static func prompt(_ golden: Golden, _ key: String) throws -> Prompt {
    var prompt = Prompt()
    if golden.has("\(key).in.point_coords") {
      let points = try golden.file.doubles("\(key).in.point_coords")
      let labels = try golden.file.doubles("\(key).in.point_labels")
      prompt.points = labels.indices.map {
        Prompt.Point(x: points[2 * $0], y: points[2 * $0 + 1], label: Int(labels[$0]))
      }
    }
    if golden.has("\(key).in.box") {
      let box = try golden.file.doubles("\(key).in.box")
      prompt.box = Prompt.Box(x0: box[0], y0: box[1], x1: box[2], y1: box[3])
    }
    return prompt
  }
}

import NN
import SAM
import TestSupport
import Testing

@Suite("SAM prompt encoder and mask decoder against segment-anything")
struct MaskDecoderGoldenTests {
  @Test("every prompt case", arguments: ["sam_256", "sam_256_eps", "sam_1024"])
  func matches(model: String) throws {
    let golden = try Golden("sam/\(model).decoder")
    let sam = try SegmentAnything(GoldenModel.file("sam/\(model)"))
    let (grid, width) = (sam.configuration.grid, sam.configuration.decoderWidth)
    let cells = grid * grid
    let embedding = Tensor([width, cells], try golden.values("embedding_i8").map { $0 / 64 }).transposed()

    // For the large model every 8th row and column is stored.
    let step = grid / (try golden.shape("dense_pe")[1])
    expectGolden(
      thinned(channelsFirst(sam.promptEncoder.densePositions), side: grid, step: step),
      try golden.values("dense_pe"), "\(model) decoder dense_pe")

    let cases = Set(
      golden.file.names.compactMap { name in
        name.hasPrefix("out.") ? name.split(separator: ".")[1].description : nil
      }
    ).sorted()
    #expect(cases.count >= 2)
    for name in cases {
      let label = "\(model) decoder \(name)"
      let mask = try maskPrompt(golden, name, side: 4 * grid)
      let dense =
        mask.map { sam.promptEncoder.dense(mask: $0) } ?? sam.promptEncoder.noMaskEmbedding.repeated(cells)
      if mask == nil {
        let batch = try golden.shape("out.\(name).dense")[0]
        let constant = [[Float]](repeating: sam.promptEncoder.noMaskEmbedding.values, count: batch).flatMap(
          \.self)
        expectGolden(constant, try golden.values("out.\(name).dense"), "\(label) dense")
      } else {
        expectGolden(
          thinned(channelsFirst(dense), side: grid, step: step), try golden.values("out.\(name).dense"),
          "\(label) dense")
      }

      let prompts = try sparsePrompts(golden, name)
      let sparse = prompts.map { sam.promptEncoder.sparse(points: $0.points, box: $0.box) }
      expectGolden(
        sparse.flatMap(\.values), try golden.values("out.\(name).sparse"), "\(label) sparse")
      for multimask in [true, false] {
        let kind = multimask ? "multi" : "single"
        let decoded = sparse.map {
          sam.maskDecoder(
            image: embedding + dense, imagePositions: sam.promptEncoder.densePositions, sparse: $0,
            multimask: multimask)
        }
        let kept = try golden.shape("out.\(name).low_res_\(kind)")[2]
        expectGolden(
          decoded.flatMap { thinned($0.logits.values, side: 4 * grid, step: 4 * grid / kept) },
          try golden.values("out.\(name).low_res_\(kind)"), "\(label) low_res_\(kind)")
        expectGolden(
          decoded.flatMap(\.iou), try golden.values("out.\(name).iou_\(kind)"), "\(label) iou_\(kind)")
      }
    }
  }

  private func channelsFirst(_ cells: Tensor) -> [Float] { cells.transposed().values }

  /// Every `step`-th row and column of planes of `side` x `side`.
  private func thinned(_ planes: [Float], side: Int, step: Int) -> [Float] {
    guard step > 1 else { return planes }
    return planes.indices.filter { $0 % side % step == 0 && $0 / side % side % step == 0 }.map { planes[$0] }
  }

  private func maskPrompt(_ golden: Golden, _ name: String, side: Int) throws -> Tensor? {
    guard golden.has("in.\(name).mask_from") else { return nil }
    let source = String(decoding: try golden.file.rawBytes("in.\(name).mask_from"), as: UTF8.self)
    return Tensor([side, side], try golden.values(source))
  }

  /// The points and box of each prompt of a batch.
  private func sparsePrompts(_ golden: Golden, _ name: String) throws -> [Prompt] {
    let batch = try golden.shape("out.\(name).sparse")[0]
    var prompts = [Prompt](repeating: Prompt(), count: batch)
    if golden.has("in.\(name).points") {
      let count = try golden.shape("in.\(name).points")[1]
      let points = try golden.values("in.\(name).points").map { Double($0) }
      let labels = try golden.integers("in.\(name).labels")
      for index in 0..<batch * count {
        prompts[index / count].points.append(
          Prompt.Point(x: points[2 * index], y: points[2 * index + 1], label: labels[index]))
      }
    }
    if golden.has("in.\(name).boxes") {
      let boxes = try golden.values("in.\(name).boxes").map { Double($0) }
      for index in 0..<batch {
        prompts[index].box = Prompt.Box(
          x0: boxes[4 * index], y0: boxes[4 * index + 1], x1: boxes[4 * index + 2], y1: boxes[4 * index + 3])
      }
    }
    return prompts
  }
}

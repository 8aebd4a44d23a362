import NN
import Testing

@Suite("Traces and sampling")
struct TraceTests {
  @Test("the stride leaves at most the limit and has no factor in common with the last axis")
  func strides() {
    #expect(TensorSampling([4, 6], limit: 24).stride == 1)
    // 24 / 8 = 3 and 4 divide 6 or share a factor with it; 5 does not.
    let sampling = TensorSampling([4, 6], limit: 8)
    #expect(sampling.stride == 5 && sampling.count == 5)
    let values = (0..<24).map { Float($0) }
    #expect(sampling.sample(values) == [0, 5, 10, 15, 20])
    #expect(sampling.place(3) == [2, 3])
    #expect(TensorSampling([64, 64, 1280], limit: 1 << 16).stride == 81)
  }

  @Test("names, parts, shapes and limits of what is recorded") func records() {
    let trace = Trace(limit: 6)
    let tensor = Tensor([4, 3], (0..<12).map { Float($0) })
    trace["block"][2].with(rows: [2, 2])("norm1", tensor)
    trace(whole: "tokens", tensor)
    let tensors = trace.tensors
    #expect(tensors.map(\.name) == ["block.2.norm1", "tokens"])
    #expect(tensors[0].sampling == TensorSampling([2, 2, 3], stride: 2))
    #expect(tensors[0].tensor.values == [0, 2, 4, 6, 8, 10])
    #expect(tensors[1].sampling.stride == 1 && tensors[1].tensor.shape == [4, 3])
  }

  @Test("only the names asked for are kept, and made") func keeping() {
    let trace = Trace(keeping: ["a.b"])
    var made = 0
    func tensor() -> Tensor {
      made += 1
      return Tensor([1], [1])
    }
    trace["a"]("b", tensor())
    trace["a"]("c", tensor())
    trace("b", tensor())
    #expect(trace.tensors.map(\.name) == ["a.b"] && made == 1)
  }

  @Test("parts come before what they make, numbers by their value") func order() {
    let sorted = NetworkOrder.sorted([
      "z", "masks", "block.10.norm1", "block.9", "block.9.qkv", "block.9.norm1", "a", "decoder.layer.1.norm4",
      "input",
      "decoder.upscaling", "decoder.upscaling.norm", "prompt.dense", "x_norm_patchtokens", "block.x",
    ])
    #expect(
      sorted == [
        "input", "block.9.norm1", "block.9.qkv", "block.9", "block.10.norm1", "x_norm_patchtokens",
        "prompt.dense",
        "decoder.layer.1.norm4", "decoder.upscaling.norm", "decoder.upscaling", "masks", "z", "a", "block.x",
      ])
  }
}

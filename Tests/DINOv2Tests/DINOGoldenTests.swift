import DINOv2
import NN
import TestSupport
import Testing

@Suite("DINOv2 and DINO against the original code")
struct DINOGoldenTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let model: String
    let height: Int
    let width: Int
    var size: String { "\(height)x\(width)" }
    var testDescription: String { "\(model) \(size)" }
  }

  static let cases: [Case] = [
    ("dinov2_reg4", [(518, 518), (224, 224), (280, 420), (588, 574)]),
    ("dinov2_noreg", [(518, 518), (224, 224), (280, 420), (588, 574)]),
    ("dinov2_swiglu", [(224, 224), (280, 420)]),
    ("dinov2_eps", [(224, 224)]),
    ("dinov1_p16", [(224, 224), (160, 240), (250, 230)]),
    ("dinov1_p8", [(224, 224), (160, 240), (250, 230)]),
  ].flatMap { model, sizes in sizes.map { Case(model: model, height: $0.0, width: $0.1) } }

  @Test("every golden tensor", arguments: cases)
  func matches(_ test: Case) throws {
    let golden = try Golden("dino/\(test.model).golden")
    let encoder = try DINOEncoder(GoldenModel.file("dino/\(test.model)"))
    let pixels = try Golden("dino/inputs").values("u8_\(test.size)").map { ($0 - 128) / 64 }
    var compared = 0
    func compare(_ name: String, _ actual: Tensor) throws {
      guard golden.has("\(test.size).\(name)") else { return }
      expectGolden(
        actual.values, try golden.values("\(test.size).\(name)"), "\(test.model) \(test.size) \(name)")
      compared += 1
    }

    let trace = Trace()
    let features = encoder(Tensor([3, test.height, test.width], pixels), trace: trace)
    for traced in trace.tensors where golden.has("\(test.size).\(traced.name)") {
      try compare(traced.name, try chosen(traced.tensor, golden, test))
    }
    try compare("x_norm_clstoken", features.classToken)
    try compare("x_norm_regtokens", features.registerTokens)
    try compare("x_norm_patchtokens", features.patchTokens)

    let present = golden.file.names.filter { $0.hasPrefix("\(test.size).") && !$0.hasSuffix("token_index") }
    #expect(compared == present.count)
  }

  /// The tokens that the golden file keeps of an intermediate tensor.
  private func chosen(_ tensor: Tensor, _ golden: Golden, _ test: Case) throws -> Tensor {
    guard golden.has("\(test.size).token_index") else { return tensor }
    return .concatenated(try golden.integers("\(test.size).token_index").map { tensor[$0..<$0 + 1] })
  }
}

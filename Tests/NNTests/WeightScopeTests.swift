import Files
import NN
import TestSupport
import Testing

@Suite("Weight scopes")
struct WeightScopeTests {
  private func withScope(_ body: (WeightScope) throws -> Void) throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/w.safetensors"
      try SafetensorsFile.write(
        [
          ("blocks.0.attn.weight", Tensor([2, 3], [1, 2, 3, 4, 5, 6])),
          ("blocks.10.attn.weight", Tensor([1], [7])),
          ("norm", Tensor([1], [8])), ("mask_token", Tensor([1], [9])),
        ], to: path)
      try body(WeightScope(try SafetensorsFile(path)))
    }
  }

  @Test func readsByPath() throws {
    try withScope { weights in
      let attention = weights["blocks"][0]["attn"]
      #expect(attention.path == "blocks.0.attn")
      let first = try attention("weight", shape: [2, 3])
      let second = try weights.tensor("blocks.10.attn.weight", shape: [1])
      #expect(first.values.last == 6 && second.values == [7])
      #expect(weights["blocks"][10].has("attn.weight") && !weights["blocks"][1].has("attn.weight"))
      #expect(weights.has(prefix: "blocks") && weights["blocks"].has(prefix: "10"))
      #expect(!weights["blocks"].has(prefix: "1"), "a prefix ends at a dot")
    }
  }

  @Test func nameAndShapeAreCheckedTogether() throws {
    try withScope { weights in
      let missing = #expect(throws: Failure.self) { try weights["blocks"][1].tensor("norm", shape: [2]) }
      #expect(missing?.reason == "has no tensor 'blocks.1.norm' (expected with shape [2])")
      let misshapen = #expect(throws: Failure.self) {
        try weights["blocks"][0]["attn"].tensor("weight", shape: [3, 2])
      }
      #expect(misshapen?.reason == "tensor 'blocks.0.attn.weight' has shape [2, 3], expected [3, 2]")
      #expect(misshapen?.path == weights.file.path)
    }
  }

  @Test func unreadTensorsAreRefused() throws {
    try withScope { weights in
      let all = #expect(throws: Failure.self) { try weights.expectAllRead() }
      #expect(
        all?.reason
          == "has 4 unexpected tensors: 'blocks.0.attn.weight', 'blocks.10.attn.weight', 'norm', ...")
      _ = try weights["blocks"][0]["attn"].tensor("weight", shape: [2, 3])
      _ = try weights["blocks"][10]["attn"].tensor("weight", shape: [1])
      _ = try weights.tensor("norm", shape: [1])
      let one = #expect(throws: Failure.self) { try weights.expectAllRead() }
      #expect(one?.reason == "has the unexpected tensor 'mask_token'")
      try weights.expectAllRead(except: ["mask_token"])
    }
  }
}

import NN
import TestSupport
import Testing

/// Traces beside those that `tools/trace_reference.py` recorded from the official code (Tests/Data/traces/README.md).
@Suite("Traces against the official code")
struct TraceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let model: String
    /// The recording in Tests/Data/traces.
    let recording: String
    /// The tensor at which a fault was planted in it; nil: none was.
    let fault: String?
    var testDescription: String { recording }
  }

  static let cases: [Case] = [
    Case(model: "dino/dinov2_reg4", recording: "dinov2_reg4.official", fault: nil),
    Case(model: "dino/dinov2_reg4", recording: "dinov2_reg4.no-gelu", fault: "block.1.hidden"),
    Case(model: "dino/dinov2_reg4", recording: "dinov2_reg4.transposed", fault: "block.2.attention"),
    Case(model: "dino/dinov2_eps", recording: "dinov2_eps.epsilon", fault: "block.0.norm2"),
    Case(model: "sam/sam_256_eps", recording: "sam_256_eps.official", fault: nil),
    Case(model: "sam/sam_256_eps", recording: "sam_256_eps.no-gelu", fault: "decoder.upscaling"),
  ]

  /// Runs `encode` or `predict` on the recordings' input and gives the file written to `body`.
  private func trace<R>(_ model: String, _ options: [String], _ body: (String) throws -> R) throws -> R {
    try TestData.withFolder { folder in
      let (weights, output) = ("\(folder)/model.safetensors", "\(folder)/ours.safetensors")
      try GoldenModel.convert(model, to: weights)
      let input =
        model.hasPrefix("sam")
        ? [
          "predict", "--image", TestData.path("traces/image.npy"), "--point", "20,21", "--mask-input",
          TestData.path("traces/mask_input.npy"),
        ] : ["encode", "dinov2", "--tensor", TestData.path("traces/tensor.npy")]
      let run = try ProgramRun("cryosam", input + ["--weights", weights, "-o", output, "--quiet"] + options)
      try #require(run.code == 0, "\(run.error)")
      return try body(output)
    }
  }

  private func compare(_ recording: String, _ output: String, _ options: [String] = []) throws -> ProgramRun {
    try ProgramRun(
      "cryosam",
      ["compare", TestData.path("traces/\(recording).safetensors"), output, "--l2", "2e-5"] + options)
  }

  @Test("every tensor agrees; a planted fault is found where it is", arguments: cases)
  func recordings(_ test: Case) throws {
    try trace(test.model, ["--trace", "--trace-limit", "1024"]) { output in
      let run = try compare(test.recording, output)
      #expect(run.code == (test.fault == nil ? 0 : 1), "\(run.output)")
      let verdict = run.output.split(separator: "\n").last ?? ""
      if let fault = test.fault {
        #expect(verdict.hasSuffix(" tensors differ, \(fault) first"), "\(verdict)")
        let lines = run.output.split(separator: "\n")
        let first = lines.first { $0.hasPrefix("FAIL") } ?? ""
        #expect(first.hasPrefix("FAIL  \(fault)  ") && first.contains("  parts at ["), "\(first)")
      } else {
        #expect(verdict.hasPrefix("all ") && verdict.hasSuffix(" tensors pass"), "\(run.output)")
        #expect(!run.output.contains("is not in"))
      }
    }
  }

  @Test("a whole trace is compared with a sampled one at the sampled places")
  func wholeAndSampled() throws {
    try trace("dino/dinov2_reg4", ["--trace", "--trace-limit", "0"]) { output in
      #expect(try SafetensorsFile(output).samplings().values.allSatisfy { $0.stride == 1 })
      let run = try compare("dinov2_reg4.official", output)
      #expect(run.code == 0, "\(run.output)")
      #expect(run.output.contains("block.0.hidden  [21, 384] every "))
    }
  }

  @Test("a trace changes no result", arguments: ["dino/dinov2_reg4", "sam/sam_256_eps"])
  func sameResults(model: String) throws {
    let plain = try trace(model, []) { try SafetensorsFile($0) }
    let traced = try trace(model, ["--trace"]) { try SafetensorsFile($0) }
    #expect(plain.names.count == 3 && traced.names.count > 30)
    for name in plain.names { #expect(try plain.rawBytes(name) == traced.rawBytes(name), "\(name)") }
  }

  @Test("the page draws every tensor, and the table has one row for all blocks")
  func pageAndTable() throws {
    try trace("dino/dinov2_reg4", ["--trace", "--trace-limit", "1024"]) { output in
      let page = output + ".html"
      let run = try compare("dinov2_reg4.no-gelu", output, ["--html", page, "--markdown"])
      #expect(run.code == 1)
      #expect(run.output.contains("| `block.*.norm1` | 3 | 21 x 96 | "))
      let text = String(decoding: try TestData.bytes(page), as: UTF8.self)
      #expect(text.contains("<code>block.1.hidden</code>, which [21, 384] every "))
      #expect(text.split(separator: "<circle").count == 34)
      #expect(!text.contains("http"))
      #expect(try compare("dinov2_reg4.no-gelu", output, ["--html", page]).code == 73)
    }
  }

  @Test("tensors come in the network's order") func order() throws {
    let names = ["block.10", "block.2.hidden", "block.2", "image_embedding", "other", "patch_embedding"]
    let tensors = names.map { ($0, [Float(1)]) }
    let run = try InfoCompareTests.compare(tensors, tensors)
    let seen = run.output.split(separator: "\n").dropLast().map { $0.split(separator: " ")[1] }
    #expect(
      seen == ["patch_embedding", "block.2.hidden", "block.2", "block.10", "image_embedding", "other"])
  }

  @Test(
    "sampling that does not fit is refused",
    arguments: ["[]", "{\\\"x\\\": 1}", "{\\\"y\\\": {\\\"shape\\\": [8], \\\"stride\\\": 2}}"]
      + ["0", "3", "9223372036854775807"].map { "{\\\"x\\\": {\\\"shape\\\": [8], \\\"stride\\\": \($0)}}" }
      + ["{\\\"x\\\": {\\\"shape\\\": [-8], \\\"stride\\\": 2}}", "{"])
  func malformed(sampling: String) throws {
    try TestData.withFolder { folder in
      let header = Array(
        ("{\"__metadata__\":{\"cryosam.sampled\":\"\(sampling)\"},"
          + "\"x\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}").utf8)
      let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
      let path = "\(folder)/x.safetensors"
      try TestData.write(length + header + [UInt8](repeating: 0, count: 16), to: path)
      let run = try ProgramRun("cryosam", ["compare", path, path])
      #expect(run.code == 65)
      #expect(run.error.contains("has metadata 'cryosam.sampled'"), "\(run.error)")
    }
  }
}

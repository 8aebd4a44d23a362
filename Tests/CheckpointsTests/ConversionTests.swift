import Checkpoints
import DINOv2
import Files
import NN
import SAM
import TestSupport
import Testing

/// Files made by `tools/make_small_checkpoints.py`.
private func small(_ name: String) -> String { TestData.path("checkpoints/\(name)") }

/// Calls `body` with the weights file that `input` becomes.
private func withConverted<R>(
  _ inputs: String..., as element: WeightElement = .f32, heads: Int? = nil,
  _ body: (SafetensorsFile, Conversion) throws -> R
) throws -> R {
  try TestData.withFolder { folder in
    let path = "\(folder)/w.safetensors"
    let conversion = try Conversion.convert(inputs, to: path, as: element, heads: heads)
    return try body(SafetensorsFile(path), conversion)
  }
}

/// The number of tensors of `a` that are missing, misshapen or different in `b`, or the reverse.
private func differences(_ a: SafetensorsFile, _ b: SafetensorsFile) throws -> Int {
  var count = Set(a.names).symmetricDifference(b.names).count
  for name in a.names where b.entry(name) != nil {
    let same =
      try a.entry(name)?.shape == b.entry(name)?.shape && a.tensor(name).values == b.tensor(name).values
    count += same ? 0 : 1
  }
  return count
}

@Suite("Conversion of checkpoints")
struct ConversionTests {
  @Test(
    "one model in many forms gives the same weights",
    arguments: [
      ("dino_half.pth", "dino.pth"), ("dino_bfloat16.pth", "dino.pth"), ("dino_double.pth", "dino.pth"),
      ("dino_parameters.pth", "dino.pth"), ("dino_strided.pth", "dino.pth"),
      ("dino_one_storage.pth", "dino.pth"),
      ("dino_protocol_4.pth", "dino.pth"), ("dino_module.pth", "dino.pth"), ("dino_chunked.pth", "dino.pth"),
      ("dino_head.pth", "dino.pth"), ("dino_nested.pth", "dino.pth"), ("dino_teacher.pth", "dino.pth"),
      ("dino_module_state.pth", "dino.pth"), ("dino_repacked.pth", "dino.pth"),
      ("refused_namespace.pth", "dino.pth"), ("refused_code.pth", "dino.pth"),
      ("transformers_dino_hub.safetensors", "dino.pth"),
      ("transformers_dino_modules.safetensors", "dino.pth"),
      ("transformers_dino_v1_hub.safetensors", "dino_v1.pth"),
      ("transformers_dino_v1_modules.safetensors", "dino_v1.pth"),
      ("transformers_dino_gated_hub.safetensors", "dino_gated.pth"),
      ("transformers_dino_gated_modules.safetensors", "dino_gated.pth"),
      ("transformers_sam.safetensors", "sam.pth"),
    ])
  func forms(form: String, reference: String) throws {
    let heads = form.contains("sam") ? nil : 2
    try withConverted(small(reference), heads: heads) { wanted, wantedConversion in
      try withConverted(small(form), heads: heads) { found, conversion in
        #expect(found.names.count >= 18)
        let count = try differences(found, wanted)
        #expect(count == 0)
        #expect(conversion.model == wantedConversion.model)
        #expect(found.configurationText == wanted.configurationText)
        #expect(throws: Failure.self, "nothing was executed") { try MappedFile("/tmp/cryosam-was-executed") }
      }
    }
  }

  @Test func whatWasDoneIsSaid() throws {
    func notes(_ name: String) throws -> String {
      try Conversion(Checkpoint([small(name)]), heads: 2).notes.joined(separator: "; ")
    }
    #expect(try notes("dino_v1.pth") == "")
    #expect(try notes("dino_module.pth").hasPrefix("the prefix 'module.' was removed from the names"))
    #expect(try notes("dino_teacher.pth").hasPrefix("the prefix 'teacher.backbone.' was removed"))
    #expect(try notes("dino_head.pth").contains("head.weight, head.bias (heads are not needed)"))
    #expect(try notes("dino.pth") == "not taken: mask_token (the mask token serves training only)")
    #expect(try notes("dino_nested.pth").contains("optimizer.state.0.step, optimizer.state.0.exp_avg"))
    #expect(try notes("refused_code.pth").hasSuffix("left alone, nothing of it was executed: posix.system"))
  }

  @Test func metadataSaysWhereItComesFrom() throws {
    try withConverted(small("sam.pth")) { file, _ in
      #expect(file.metadata["format"] == "pt")
      #expect(file.metadata["cryosam.source"] == "sam.pth")
      let hash = try SHA256.hexDigest(ofFile: small("sam.pth"))
      #expect(file.metadata["cryosam.source_sha256"] == hash)
      #expect(try file.family() == "sam")
    }
  }

  @Test func configurationOfSmallSegmentAnything() throws {
    try withConverted(small("sam_normalisation.pth")) { file, _ in
      let configuration: SAMConfiguration = try file.configuration()
      var wanted = SAMConfiguration(
        imageSize: 16, patchSize: 4, width: 8, depth: 2, heads: 2, hiddenWidth: 16, windows: [2, 0],
        decoderWidth: 16, decoderDepth: 1, decoderHiddenWidth: 16, iouHeadHiddenWidth: 16)
      wanted.maskTokens = 3
      wanted.iouHeadDepth = 4
      wanted.maskChannels = 4
      wanted.pixelMean = [1, 2, 3]
      wanted.pixelDeviation = [4, 5, 6]
      #expect(configuration == wanted)
    }
  }

  @Test("storage types", arguments: WeightElement.allCases)
  func storageTypes(element: WeightElement) throws {
    // The parameters are multiples of 1/32 below 2, which every type holds exactly.
    try withConverted(small("dino.pth"), heads: 2) { wanted, _ in
      try withConverted(small("dino_double.pth"), as: element, heads: 2) { found, _ in
        #expect(found.entry("norm.weight")?.element.rawValue == element.rawValue.uppercased())
        let count = try differences(found, wanted)
        #expect(count == 0)
      }
    }
  }

  @Test func shardsAreReadTogether() throws {
    try withConverted(small("dino.pth"), heads: 2) { whole, _ in
      try TestData.withFolder { folder in
        var parts: [[(name: String, tensor: Tensor)]] = [[], []]
        var map = JSON.Object()
        for (index, name) in whole.names.enumerated() {
          parts[index % 2].append((name, try whole.tensor(name)))
          map.append(name, .string("part\(index % 2).safetensors"))
        }
        for (index, part) in parts.enumerated() {
          try SafetensorsFile.write(part, to: "\(folder)/part\(index).safetensors")
        }
        let index = "\(folder)/model.safetensors.index.json"
        try AtomicFile.write(Array(JSON.members(["weight_map": .object(map)]).text.utf8), to: index)
        try withConverted(index, heads: 2) { found, _ in
          let count = try differences(found, whole)
          #expect(count == 0)
        }
        try withConverted("\(folder)/part0.safetensors", "\(folder)/part1.safetensors", heads: 2) {
          found, _ in
          let count = try differences(found, whole)
          #expect(count == 0)
        }
        let twice = #expect(throws: Failure.self) {
          try Checkpoint(["\(folder)/part0.safetensors", "\(folder)/part0.safetensors"])
        }
        #expect(twice?.reason.contains("occurs twice") == true)
        try AtomicFile.write(Array(#"{"weight_map":{"a":"../x"}}"#.utf8), to: index)
        #expect(throws: Failure.self) { try Checkpoint([index]) }
      }
    }
  }

  @Test("heads that no shape tells")
  func heads() throws {
    func failure(_ name: String, heads: Int?) -> Failure? {
      do {
        _ = try Conversion(Checkpoint([small(name)]), heads: heads)
        return nil
      } catch { return error as? Failure }
    }
    #expect(failure("dino.pth", heads: nil)?.remedy == "give it with --heads N")
    #expect(failure("dino.pth", heads: nil)?.kind == .usage)
    #expect(failure("dino.pth", heads: 3)?.reason.contains("3 heads do not divide") == true)
    #expect(failure("dino.pth", heads: 0)?.kind == .usage)
    #expect(failure("dino.pth", heads: 2) == nil)
    #expect(failure("sam.pth", heads: 2)?.remedy == "leave --heads and --input-size out")
  }

  @Test(
    "refused, by name",
    arguments: [
      ("refused_legacy", "before PyTorch 1.6"),
      ("refused_sparse", "but 'a' (torch._utils._rebuild_sparse_tensor)"),
      ("refused_tensor_alone", "holds no dictionary"), ("refused_no_tensors", "holds no tensors"),
      ("refused_integers", "tensor 'norm.bias' has element type I64"),
      ("refused_missing", "lacks 'blocks.1.mlp.fc2.bias' [8]"),
      ("refused_unexpected", "has unexpected 'blocks.1.attn.extra'"),
      ("refused_misshapen", "has misshapen 'blocks.1.norm2.weight' [9], expected [8]"),
      ("refused_two_models", "holds 2 models, under 'a.', 'b.'"), ("refused_no_model", "is no DINOv2"),
      ("refused_compressed", "compressed entry"), ("refused_big_endian", "byte order 'big'"),
      ("refused_no_data", "is missing"), ("refused_short_data", "bytes of data for tensor"),
      ("refused_torchscript", "TorchScript"),
    ])
  func refusals(name: String, reason: String) throws {
    let path = small("\(name).pth")
    let failure = #expect(throws: Failure.self) { try withConverted(path, heads: 2) { _, _ in } }
    #expect(failure?.reason.contains(reason) == true, "\(String(describing: failure))")
    #expect(failure?.path == path)
    #expect(failure?.kind == .badData)
    #expect(throws: Failure.self, "nothing was executed") { try MappedFile("/tmp/cryosam-was-executed") }
  }

  @Test func otherFilesAreNamed() throws {
    try TestData.withFolder { folder in
      for (text, reason) in [
        ("", "is empty"), ("<!DOCTYPE html><html></html>", "web page"),
        ("version https://git-lfs.github.com/spec/v1\n", "Git LFS"), ("abc", "too short"),
      ] {
        let path = "\(folder)/x.pth"
        try AtomicFile.write(Array(text.utf8), to: path)
        let failure = #expect(throws: Failure.self) { try Checkpoint([path]) }
        #expect(failure?.reason.contains(reason) == true, "\(String(describing: failure))")
      }
      #expect(throws: Failure.self) { try Checkpoint(["\(folder)/none"]) }
      #expect(throws: Failure.self) { try Checkpoint([folder]) }
    }
  }
}

import Files
import NN
import TestSupport
import Testing

@Suite("Safetensors reading and writing")
struct SafetensorsTests {
  @Test func whatIsWrittenReadsTheSame() throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/x.safetensors"
      let a = Tensor([2, 3], [1, -2, 3.5, 0, .infinity, Float(bitPattern: 1)])
      try SafetensorsFile.write(
        [
          ("mask", .bytes(.u8, [3], [1, 0, 255])), ("a", .tensor(a)), ("n", .int32([2], [-7, 9])),
          ("d", .float64([1], [0.1])), ("empty", .tensor(Tensor([0, 4], []))),
          ("scalar", .tensor(Tensor([], [5]))),
        ],
        metadata: ["z": "ä\"\n", "format": "pt"], to: path)
      let file = try SafetensorsFile(path)
      #expect(file.names.joined(separator: " ") == "d a n empty scalar mask")
      #expect(file.metadata["z"] == "ä\"\n" && file.metadata.count == 2)
      #expect(try file.tensor("a").shape == [2, 3])
      #expect(try file.tensor("a").values == a.values)
      #expect(try file.tensor("empty").count == 0)
      #expect(try file.tensor("scalar").values == [5])
      #expect(try file.rawBytes("mask") == [1, 0, 255])
      #expect(try file.floats("mask") == [1, 0, 255])
      #expect(try file.floats("n") == [-7, 9])
      #expect(try file.doubles("d") == [0.1])
      for name in file.names {
        let entry = try #require(file.entry(name))
        #expect(entry.bytes.lowerBound % (entry.element.bits / 8) == 0, "\(name) is aligned")
      }
      let start = try #require(file.entry("d")).bytes.lowerBound
      #expect(start % 64 == 0)
    }
  }

  @Test func writingTwiceGivesTheSameBytes() throws {
    try TestData.withFolder { folder in
      for name in ["1", "2"] {
        try SafetensorsFile.write(
          [("a", Tensor([1], [1]))], metadata: ["b": "1", "a": "2", "c": "3"], to: "\(folder)/\(name)")
      }
      #expect(try TestData.bytes("\(folder)/1") == TestData.bytes("\(folder)/2"))
    }
  }

  @Test func unalignedTensorsAreCopied() throws {
    let file = try SafetensorsFile(TestData.path("safetensors/good_unaligned.safetensors"))
    #expect(try file.tensor("f").values == [1.5])
  }

  @Test func halvesAreConvertedExactly() throws {
    let file = try SafetensorsFile(TestData.path("safetensors/good_half.safetensors"))
    #expect(try file.tensor("h").values == [1.5, -2])
    #expect(try file.tensor("b").values == [1.5, -2])
    // All of binary16, subnormal numbers, infinities and NaN included.
    var wrong = 0
    for bits in UInt16.min...UInt16.max {
      let (found, wanted) = (Float(half: bits), Float(Float16(bitPattern: bits)))
      if found.bitPattern != wanted.bitPattern && !(found.isNaN && wanted.isNaN) { wrong += 1 }
      if Float(bfloat: bits).bitPattern != UInt32(bits) << 16 { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test func integersAreNoWeights() throws {
    let file = try SafetensorsFile(TestData.path("safetensors/good_unaligned.safetensors"))
    let failure = #expect(throws: Failure.self) { try file.tensor("u") }
    #expect(failure?.reason == "tensor 'u' has element type U8")
    #expect(throws: Failure.self) { try file.tensor("v") }
  }

  @Test func writerChecksWhatItIsGiven() throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/x"
      #expect(throws: Failure.self) {
        try SafetensorsWriter(path, [.init("a", .f32, [1]), .init("a", .f32, [1])])
      }
      #expect(throws: Failure.self) { try SafetensorsWriter(path, [.init("a", .f32, [1 << 40, 1 << 40])]) }
      let writer = try SafetensorsWriter(path, [.init("a", .f32, [2])])
      try writer.append(Tensor([1], [1]))
      #expect(throws: Failure.self) { try writer.append(Tensor([2], [1, 2])) }
      #expect(throws: Failure.self) { try writer.finish() }
      #expect(throws: Failure.self, "nothing appears") { try SafetensorsFile(path) }
    }
  }

  @Test func configurationIsDecodedStrictly() throws {
    struct Sizes: Codable, Equatable {
      var width: Int
      var epsilon: Float
    }
    try TestData.withFolder { folder in
      func file(_ text: String?) throws -> SafetensorsFile {
        let path = "\(folder)/x"
        let metadata = text.map { [SafetensorsFile.configurationKey: $0] } ?? [:]
        try SafetensorsFile.write([("a", Tensor([1], [1]))], metadata: metadata, to: path)
        return try SafetensorsFile(path)
      }
      let sizes = Sizes(width: 96, epsilon: 1e-6)
      let text = try SafetensorsFile.configurationText(sizes)
      #expect(text == #"{"epsilon":1e-06,"width":96}"#)
      #expect(try file(text).configuration(Sizes.self) == sizes)
      #expect(try file(#"{"family":"sam"}"#).family() == "sam")
      for (text, reason) in [
        (nil, "no model configuration"), ("{", "not valid JSON"),
        (#"{"width":1,"width":2}"#, "duplicate key"),
        (#"{"width":1}"#, "'epsilon' is missing"),
        (#"{"width":"1","epsilon":1}"#, "'width' has the wrong type"),
      ] {
        let failure = #expect(throws: Failure.self) { try file(text).configuration(Sizes.self) }
        #expect(failure?.reason.contains(reason) == true, "\(String(describing: failure))")
      }
    }
  }
}

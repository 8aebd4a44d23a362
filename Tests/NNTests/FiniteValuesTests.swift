import Files
import NN
import TestSupport
import Testing

@Suite("Weights that are not finite")
struct FiniteValuesTests {
  /// Values of no weight, and where they stand among others.
  static let places = [
    (0, 1), (15, 16), (16, 17), (31, 100), (99, 100), (262_144, 300_000), (299_999, 300_000),
  ]

  @Test("are found wherever they stand", arguments: places)
  func found(place: Int, count: Int) throws {
    for (value, name) in [
      (Float.nan, "NaN"), (.infinity, "infinity"), (-.infinity, "infinity"), (-.nan, "NaN"),
    ] {
      var values = [Float](repeating: -3, count: count)
      values[place] = value
      try TestData.withFolder { folder in
        let path = "\(folder)/w.safetensors"
        try SafetensorsFile.write([("a", Tensor([1], [1])), ("b.weight", Tensor([count], values))], to: path)
        let failure = #expect(throws: Failure.self) {
          try WeightScope(SafetensorsFile(path))["b"].tensor("weight", shape: [count])
        }
        #expect(failure?.reason == "tensor 'b.weight' holds \(name): a value that is not finite")
        #expect(failure?.kind == .badData && failure?.path == path)
        #expect(throws: try #require(failure)) { try SafetensorsFile(path).requireFinite() }
      }
    }
  }

  @Test("all others pass") func finite() throws {
    let values: [Float] = [
      0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
      .leastNormalMagnitude, -1, 1,
    ]
    for count in [0, 1, 8, 16, 24, 40] {
      let some = (0..<count).map { values[$0 % values.count] }
      #expect(some.withUnsafeBufferPointer(\.firstNonFinite) == nil)
    }
  }

  /// Bits of halves, and whether they are finite.
  static let halves: [(SafetensorsElement, UInt16, Bool)] = [
    (.f16, 0x7C00, false), (.f16, 0xFC00, false), (.f16, 0x7E00, false), (.f16, 0x7BFF, true),
    (.bf16, 0x7F80, false), (.bf16, 0xFFC0, false), (.bf16, 0x7F7F, true), (.bf16, 0x0001, true),
  ]

  @Test("in half precision", arguments: halves)
  func half(element: SafetensorsElement, bits: UInt16, isFinite: Bool) throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/w.safetensors"
      let bytes = withUnsafeBytes(of: bits.littleEndian) { Array($0) }
      try SafetensorsFile.write([("a", .bytes(element, [2], [0, 0] + bytes))], to: path)
      let scope = WeightScope(try SafetensorsFile(path))
      if isFinite {
        #expect(try scope.tensor("a", shape: [2]).count == 2)
      } else {
        #expect(throws: Failure.self) { try scope.tensor("a", shape: [2]) }
      }
    }
  }
}

@Suite("Files given as weights that are something else")
struct ForeignWeightsTests {
  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
  private static let torch =
    [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + text("archive/data.pkl")

  static let files: [(name: String, bytes: [UInt8], message: String)] = [
    (
      "sam.pth", torch,
      "is a checkpoint of PyTorch, not a converted weights file; run: convert-weights DIR/sam.pth -o DIR/sam.safetensors"
    ),
    ("model.bin", torch, "run: convert-weights DIR/model.bin -o DIR/model.safetensors"),
    ("last.ckpt", torch, "run: convert-weights DIR/last.ckpt -o DIR/last.safetensors"),
    ("renamed.safetensors", torch, "-o DIR/renamed-converted.safetensors"),
    (
      "my model's.pt", torch,
      #"run: convert-weights 'DIR/my model'\''s.pt' -o 'DIR/my model'\''s.safetensors'"#
    ),
    (
      "old.pth", [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20],
      "pickle of Python, as torch.save wrote before PyTorch 1.6"
    ),
    ("model.safetensors.index.json", text(#"{"weight_map":{}}"#), "-o DIR/model.safetensors"),
    (
      "data.npz", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 40),
      "is a ZIP archive, not a safetensors file"
    ),
    ("page.safetensors", text("<!DOCTYPE html>"), "is a web page, not a safetensors file"),
    ("pointer.safetensors", text("version https://git-lfs.github.com/spec/v1\noid"), "is a Git LFS pointer"),
    ("slice.npy", [0x93] + text("NUMPY\u{1}\u{0}"), "is an array of NumPy"),
    ("w.h5", [0x89] + text("HDF\r\n\u{1A}\n"), "is an HDF5 file"),
  ]

  @Test("are named, and the command to run", arguments: files.indices)
  func foreign(index: Int) throws {
    let (name, bytes, message) = Self.files[index]
    try TestData.withFolder { folder in
      try TestData.write(bytes, to: "\(folder)/\(name)")
      let failure = #expect(throws: Failure.self) { try SafetensorsFile("\(folder)/\(name)") }
      let line = "\(failure?.description ?? "")".replacing(folder, with: "DIR")
      #expect(line.contains(message), "\(line)")
      #expect(!line.contains("header"), "\(line)")
    }
  }

  @Test("official safetensors are converted first") func unconverted() throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/model.safetensors"
      try SafetensorsFile.write([("a", Tensor([1], [1]))], to: path)
      let failure = #expect(throws: Failure.self) { try SafetensorsFile(path).family() }
      #expect(
        failure?.remedy
          == "if it is a model, run: convert-weights \(path) -o \(folder)/model-converted.safetensors")
    }
  }
}

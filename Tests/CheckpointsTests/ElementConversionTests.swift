import Checkpoints
import Files
import NN
import TestSupport
import Testing

@Suite("Rounding of stored weights")
struct ElementConversionTests {
  @Test func bfloat16RoundsToNearestEven() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_0000, 0x3F80), (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81),
      (0x3F81_8000, 0x3F82), (0xBF81_8000, 0xBF82), (0x0000_8000, 0x0000), (0x0000_8001, 0x0001),
      (0x7F7F_7FFF, 0x7F7F), (0x7F7F_8000, 0x7F80), (0x7F80_0000, 0x7F80), (0x8000_0000, 0x8000),
    ]
    for (bits, wanted) in cases { #expect(Float(bitPattern: bits).bfloat16 == wanted, "\(bits)") }
    #expect(Float(bfloat: Float(bitPattern: 0x7F80_0001).bfloat16).isNaN)
    #expect(Float(bfloat: Float(bitPattern: 0xFFFF_FFFF).bfloat16).isNaN)
  }

  /// A model whose one norm holds `values`, converted to `element`.
  private func converted(_ value: Float, to element: WeightElement) throws -> Float {
    try TestData.withFolder { folder in
      let plain = "\(folder)/plain.safetensors"
      try Conversion.convert([TestData.path("checkpoints/dino_v1.pth")], to: plain, heads: 2)
      let file = try SafetensorsFile(plain)
      let changed = try file.names.map { name -> (name: String, tensor: Tensor) in
        (name, name == "norm.bias" ? Tensor([8], [Float](repeating: value, count: 8)) : try file.tensor(name))
      }
      try SafetensorsFile.write(changed, to: "\(folder)/changed.safetensors")
      try Conversion.convert(
        ["\(folder)/changed.safetensors"], to: "\(folder)/out.safetensors", as: element, heads: 2)
      return try SafetensorsFile("\(folder)/out.safetensors").tensor("norm.bias").values[3]
    }
  }

  @Test func valuesBeyondTheTypeAreRefusedByName() throws {
    #expect(try converted(65_504, to: .f16) == 65_504)
    #expect(try converted(65_519, to: .f16) == 65_504)
    let half = #expect(throws: Failure.self) { try converted(65_520, to: .f16) }
    #expect(half?.reason == "tensor 'norm.bias' holds 65520.0, which f16 cannot")
    #expect(half?.remedy == "use --dtype bf16 or f32")
    #expect(try converted(65_520, to: .bf16) == 65_536)
    let large = #expect(throws: Failure.self) { try converted(.greatestFiniteMagnitude, to: .bf16) }
    #expect(large?.remedy == "use --dtype f32")
    #expect(try converted(.greatestFiniteMagnitude, to: .f32) == .greatestFiniteMagnitude)
    #expect(try converted(1 + 0x1p-11, to: .f16) == 1)
    #expect(try converted(1 + 3 * 0x1p-11, to: .f16) == 1 + 0x1p-9)
    #expect(try converted(0x1p-24, to: .f16) == 0x1p-24)
  }

  @Test(
    "values that are not finite are refused by name",
    arguments: [Float.nan, .infinity, -.infinity, .signalingNaN])
  func notFinite(value: Float) {
    for element in WeightElement.allCases {
      let failure = #expect(throws: Failure.self) { try converted(value, to: element) }
      #expect(
        failure?.reason
          == "tensor 'norm.bias' holds \(value.isNaN ? "NaN" : "infinity"): a value that is not finite")
    }
  }
}

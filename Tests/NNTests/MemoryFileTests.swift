import Files
import NN
import Testing

@Suite("Weights made in memory, and the library's speed")
struct MemoryFileTests {
  @Test func readsLikeAFile() throws {
    let file = try SafetensorsFile(
      inMemory: "made", [.init("a", .f32, [2, 3]), .init("h", .f16, [2]), .init("none", .f32, [0])],
      metadata: ["cryosam.config": "{}"]
    ) { tensor, bytes in
      let values: [UInt8] = tensor.name == "a" ? [0, 0, 0x80, 0x3F] : [0, 0x3E]
      for index in bytes.indices { bytes[index] = values[index % values.count] }
    }
    #expect(file.path == "made" && file.names.joined(separator: " ") == "a h none")
    #expect(file.metadata["cryosam.config"] == "{}")
    #expect(try file.tensor("a").shape == [2, 3])
    #expect(try file.tensor("a").values.allSatisfy { $0 == 1 })
    #expect(try file.tensor("h").values == [1.5, 1.5])
    #expect(try file.tensor("none").count == 0)
    #expect(try #require(file.entry("a")).bytes.lowerBound % 64 == 0)
  }

  @Test func refusesTheSameNameTwice() {
    let failure = #expect(throws: Failure.self) {
      try SafetensorsFile(inMemory: "made", [.init("a", .f32, [1]), .init("a", .f32, [1])]) { _, _ in }
    }
    #expect(failure?.reason == "tensor 'a' is declared twice")
  }

  @Test("the library's speed is measured without leaving traces in products") func librarySpeed() {
    let layer = Linear(weight: Tensor([300, 400], random(120_000, seed: 1)), bias: nil)
    let x = Tensor([500, 400], random(200_000, seed: 2))
    let before = layer(x).values
    let rate = LibrarySpeed.sgemm(side: 256, repeats: 2, threads: 1)
    #expect(rate > 0.01 && rate < 1e6)
    #expect(layer(x).values == before)
  }
}

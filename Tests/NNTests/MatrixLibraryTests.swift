import Files
import NN
import Testing

@Suite("The library of matrix products")
struct MatrixLibraryTests {
  @Test("is the one with threads of its own", arguments: [(Int32(0), "sequential"), (2, "OpenMP"), (1, nil)])
  func build(parallel: Int32, refused: String?) throws {
    guard let refused else { return try MatrixLibrary.check(parallel: parallel) }
    let failure = #expect(throws: Failure.self) { try MatrixLibrary.check(parallel: parallel) }
    #expect(
      failure?.reason.contains(refused) == true && failure?.remedy?.contains("libopenblas0-pthread") == true)
  }
}

import Parallel
import Synchronization
import Testing

@Suite("Parallel.map")
struct MappingTests {
  struct Wrong: Error, Equatable { let block: Int }

  @Test("values in order, of types that are not plain bytes too", arguments: [0, 1, 2, 1000])
  func values(count: Int) {
    let texts = Parallel.map(count) { "\($0)" }
    let inOrder = texts == (0..<count).map { "\($0)" }
    #expect(inOrder)
    #expect(Parallel.map(-1) { $0 } == [])
  }

  @Test("values of nested calls")
  func nested() {
    let table = Parallel.map(30) { row in Parallel.map(20) { column in row * 20 + column } }
    #expect(Array(table.joined()) == Array(0..<600))
  }

  @Test("one value for each range")
  func ranges() {
    #expect(Parallel.mapRanges(23, size: 10) { $0 } == [0..<10, 10..<20, 20..<23])
    #expect(Parallel.mapRanges(0, size: 10) { $0 } == [])
  }

  @Test("the failure of the lowest block is thrown, after all have run")
  func failures() throws {
    let ran = Mutex(0)
    let thrown = #expect(throws: Wrong.self) {
      try Parallel.mapThrowing(20) { block in
        ran.withLock { $0 += 1 }
        if block % 7 == 3 { throw Wrong(block: block) }
        return "\(block)"
      }
    }
    #expect(thrown == Wrong(block: 3))
    #expect(ran.withLock { $0 } == 20)
    #expect(try Parallel.mapThrowing(4) { "\($0)" } == ["0", "1", "2", "3"])
  }
}

import Parallel
import Synchronization
import Testing

@Suite("Parallel")
struct ParallelTests {
  @Test("every block once, nested calls included")
  func everyBlockOnce() {
    let counts = Mutex([Int](repeating: 0, count: 60))
    Parallel.forEach(6) { outer in
      Parallel.forEach(10) { inner in counts.withLock { $0[outer * 10 + inner] += 1 } }
    }
    #expect(counts.withLock { $0 == [Int](repeating: 1, count: 60) })
  }

  @Test("the failure of the lowest block is thrown, after all have run")
  func failures() {
    struct Wrong: Error, Equatable { let block: Int }
    let ran = Mutex(0)
    let thrown = #expect(throws: Wrong.self) {
      try Parallel.forEachThrowing(20) { block in
        ran.withLock { $0 += 1 }
        if block % 7 == 3 { throw Wrong(block: block) }
      }
    }
    #expect(thrown == Wrong(block: 3))
    #expect(ran.withLock { $0 } == 20)
  }

  @Test("ranges cover everything; empty work is no work")
  func ranges() {
    let seen = Mutex(0)
    Parallel.forEachRange(101, size: 10) { range in seen.withLock { $0 += range.count } }
    Parallel.forEachRange(0, size: 10) { _ in seen.withLock { $0 += 1000 } }
    #expect(seen.withLock { $0 } == 101)
  }
}

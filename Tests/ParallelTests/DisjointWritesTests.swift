import Parallel
import Testing

@Suite("DisjointWrites")
struct DisjointWritesTests {
  @Test("blocks write to their own elements of one array")
  func array() {
    var texts = [String](repeating: "old", count: 100)
    texts.withDisjointWrites { texts in
      Parallel.forEachRange(90, size: 7) { range in
        for index in range { texts[index] = "\(index)" }
        texts[range.lowerBound] += "!"
      }
    }
    let expected = (0..<100).map { $0 < 90 ? "\($0)" + ($0 % 7 == 0 ? "!" : "") : "old" }
    #expect(texts == expected)
  }

  @Test("a range is a buffer of those elements")
  func ranges() {
    var numbers = [Int](repeating: 0, count: 10)
    numbers.withDisjointWrites { numbers in
      #expect(numbers.count == 10)
      numbers[3..<6].update(repeating: 7)
      #expect(numbers[3..<6].count == 3)
      #expect(numbers[10..<10].count == 0)
    }
    #expect(numbers == [0, 0, 0, 7, 7, 7, 0, 0, 0, 0])
  }

  @Test("a new array holds what was written", arguments: [0, 1, 33])
  func written(count: Int) {
    let squares = [Int](written: count) { squares in
      Parallel.forEachRange(count, size: 4) { range in
        for index in range { squares[index] = index * index }
      }
    }
    #expect(squares == (0..<count).map { $0 * $0 })
  }
}

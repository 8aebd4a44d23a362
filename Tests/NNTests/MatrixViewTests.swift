import NN
import Testing

/// Views against plain indices, and products of views against plain loops in double precision.
@Suite("Matrix views")
struct MatrixViewTests {
  /// 7 rows of 9 floats, of which 8 belong to the matrix; element (r, c) is 10 r + c.
  private static let numbers = (0..<63).map { Float($0 / 9 * 10 + $0 % 9) }

  private func elements(_ view: MatrixView) -> [[Float]] {
    (0..<view.rows).map { row in
      (0..<view.columns).map { column in
        view.base[view.isTransposed ? column * view.stride + row : row * view.stride + column]
      }
    }
  }

  @Test("ranges, parts and transposes show the elements that they name")
  func ranges() {
    Self.numbers.withUnsafeBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      let matrix = MatrixView(base, rows: 7, columns: 8, stride: 9)
      let part = matrix[rows: 2..<5][columns: 1..<4]
      #expect(elements(part) == [[21, 22, 23], [31, 32, 33], [41, 42, 43]])
      #expect(elements(part.transposed) == [[21, 31, 41], [22, 32, 42], [23, 33, 43]])
      #expect(elements(matrix.transposed[rows: 1..<3][columns: 4..<6]) == [[41, 51], [42, 52]])
      #expect(elements(matrix[columns: 0..<4].columnPart(1, of: 2)[rows: 6..<7]) == [[62, 63]])
      #expect(elements(matrix[rows: 0..<6].rowPart(2, of: 3)[columns: 7..<8]) == [[47], [57]])
      #expect(elements(matrix[rows: 7..<7]) == [])
      #expect(matrix.row(3)[2] == 32)
    }
  }

  @Test("a target's ranges are written, and nothing else")
  func targets() {
    var written = [Float](repeating: 0, count: 63)
    written.withUnsafeMutableBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      let matrix = MutableMatrixView(base, rows: 7, columns: 8, stride: 9)
      for view in [
        matrix[rows: 2..<4][columns: 3..<5], matrix[rows: 1..<7].rowPart(2, of: 3).columnPart(0, of: 4),
      ] {
        for row in 0..<view.rows {
          for column in 0..<view.columns { view.row(row)[column] += 1 }
        }
      }
    }
    let places = written.indices.filter { written[$0] == 1 }.map { [$0 / 9, $0 % 9] }
    #expect(places == [[2, 3], [2, 4], [3, 3], [3, 4], [5, 0], [5, 1], [6, 0], [6, 1]])
    #expect(!written.contains { $0 > 1 })
  }

  @Test(
    "products of strided views", arguments: [(false, false), (false, true), (true, false), (true, true)],
    [false, true])
  func products(transposed: (a: Bool, b: Bool), adding: Bool) {
    let (m, n, k) = (5, 6, 4)
    let (aNumbers, bNumbers, start) = (random(200, seed: 21), random(200, seed: 22), random(200, seed: 23))
    var result = start
    aNumbers.withUnsafeBufferPointer { a in
      bNumbers.withUnsafeBufferPointer { b in
        result.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          let (left, right) = (stored(a, m, k, transposed.a), stored(b, k, n, transposed.b))
          let target = MutableMatrixView(c + 3, rows: m, columns: n, stride: 11)
          MatrixProduct.multiply(left, right, into: target, scale: 0.5, adding: adding)
        }
      }
    }
    for index in result.indices {
      let (row, column) = ((index - 3) / 11, (index - 3) % 11)
      guard index >= 3, row < m, column < n else {
        #expect(result[index] == start[index], "written outside, at \(index)")
        continue
      }
      let sum = (0..<k).reduce(adding ? Double(start[index]) : 0) { sum, inner in
        let a = aNumbers[1 + (transposed.a ? inner * 9 + row : row * 9 + inner)]
        let b = bNumbers[1 + (transposed.b ? column * 9 + inner : inner * 9 + column)]
        return sum + 0.5 * Double(a) * Double(b)
      }
      expectClose(result[index], sum, 1e-6, "row \(row), column \(column)")
    }
  }

  @Test("tensors as matrices of their last axis")
  func tensors() {
    let tensor = Tensor.matrix([2, 3, 4]) { out in
      for row in 0..<out.rows {
        for column in 0..<out.columns { out.row(row)[column] = Float(row * 10 + column) }
      }
    }
    #expect(tensor.shape == [2, 3, 4])
    let whole = withMatrices(tensor) { elements($0) }
    #expect(whole == (0..<6).map { row in (0..<4).map { Float(row * 10 + $0) } })
    let second = withMatrices(tensor[1], tensor) { elements($0) + elements($1[rows: 0..<1]) }
    #expect(second == Array(whole[3...]) + [whole[0]])
    #expect(
      withMatrix(tensor, columns: 8) { elements($0[rows: 2..<3]) } == [[40, 41, 42, 43, 50, 51, 52, 53]])
  }

  /// `[rows, columns]` from the second float on, its rows (transposed: its columns) 9 floats apart.
  private func stored(_ base: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ transposed: Bool)
    -> MatrixView
  {
    transposed
      ? MatrixView(base + 1, rows: columns, columns: rows, stride: 9).transposed
      : MatrixView(base + 1, rows: rows, columns: columns, stride: 9)
  }
}

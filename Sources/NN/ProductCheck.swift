import Files

/// Small products against plain sums: every form that layers ask for, once before the first of them.
///
/// A few milliseconds. A library that was built or chosen for another processor has been seen to give wrong products, and
/// nothing that follows would tell.
package enum ProductCheck {
  /// A product as `MatrixProduct.multiply` makes it.
  package typealias Product = (
    _ a: MatrixView, _ b: MatrixView, _ c: MutableMatrixView, _ scale: Float, _ adding: Bool
  ) -> Void

  /// Rows, columns, and terms of each sum: tall and narrow, few rows, beside the multiples that kernels like, square,
  /// and one that OpenBLAS does not count as small.
  private static let shapes = [(161, 24, 48), (2, 200, 64), (37, 65, 33), (64, 64, 64), (112, 120, 80)]
  /// Floats between the end of a row and the next.
  private static let gap = 5
  private static let scale: Float = 0.5

  /// The first form whose product is wrong; nil: all are right.
  package static func fault(of product: Product) -> String? {
    for (rows, columns, terms) in shapes {
      for (transposesA, transposesB) in [(false, false), (false, true), (true, false), (true, true)] {
        let a = Matrix(rows, terms, isTransposed: transposesA, seed: 1)
        let b = Matrix(terms, columns, isTransposed: transposesB, seed: 2)
        guard isRight(product, a, b) else {
          let forms = [transposesA, transposesB].map { $0 ? "transposed" : "plain" }.joined(separator: " by ")
          return "\(rows) x \(terms) by \(terms) x \(columns), \(forms)"
        }
      }
    }
    return nil
  }

  /// Whether the first `rows` rows of a product of twice as many rows are the same bytes as when they are all that is
  /// asked for. The second matrix, `[terms, columns]`, is stored transposed, as the layers' weights are.
  package static func keepsLeadingRows(_ rows: Int, columns: Int, terms: Int, of product: Product) -> Bool {
    let a = Matrix(2 * rows, terms, isTransposed: false, seed: 1)
    let b = Matrix(terms, columns, isTransposed: true, seed: 2)
    func leadingRows(of count: Int) -> [Float] {
      var numbers = [Float](repeating: 0, count: count * columns)
      a.withView { a in
        b.withView { b in
          numbers.withUnsafeMutableBufferPointer { numbers in
            guard let base = numbers.baseAddress else { return }
            product(a[rows: 0..<count], b, MutableMatrixView(base, rows: count, columns: columns), 1, true)
          }
        }
      }
      return Array(numbers.prefix(rows * columns))
    }
    return leadingRows(of: rows) == leadingRows(of: 2 * rows)
  }

  /// Compares the product, and the product added to something, with sums in double precision.
  private static func isRight(_ product: Product, _ a: Matrix, _ b: Matrix) -> Bool {
    let stride = b.columns + gap
    let start = Matrix(a.rows, b.columns, isTransposed: false, seed: 3).numbers
    var (plain, added) = (start, start)
    a.withView { a in
      b.withView { b in
        func write(_ numbers: inout [Float], adding: Bool) {
          numbers.withUnsafeMutableBufferPointer { numbers in
            guard let base = numbers.baseAddress else { return }
            let c = MutableMatrixView(base, rows: a.rows, columns: b.columns, stride: stride)
            product(a, b, c, scale, adding)
          }
        }
        write(&plain, adding: false)
        write(&added, adding: true)
      }
    }
    for row in 0..<a.rows {
      for column in 0..<stride {
        let place = row * stride + column
        guard column < b.columns else {
          guard plain[place] == start[place], added[place] == start[place] else { return false }
          continue
        }
        var (sum, magnitude) = (0.0, Double(abs(start[place])))
        for term in 0..<a.columns {
          let value = Double(a[row, term]) * Double(b[term, column]) * Double(scale)
          sum += value
          magnitude += abs(value)
        }
        // Twice the most that rounding can do, in whatever order it is summed.
        let limit = Double(Float.ulpOfOne) * Double(a.columns + 4) * magnitude
        guard abs(Double(plain[place]) - sum) <= limit,
          abs(Double(added[place]) - sum - Double(start[place])) <= limit
        else { return false }
      }
    }
    return true
  }

  /// Numbers between -1 and 1 with a gap behind each row, or each column if they are stored transposed.
  private struct Matrix {
    let rows: Int
    let columns: Int
    let isTransposed: Bool
    let stride: Int
    let numbers: [Float]

    init(_ rows: Int, _ columns: Int, isTransposed: Bool, seed: UInt64) {
      (self.rows, self.columns, self.isTransposed) = (rows, columns, isTransposed)
      stride = (isTransposed ? rows : columns) + gap
      var random = SplitMix64(seed: seed)
      numbers = (0..<stride * (isTransposed ? columns : rows)).map { _ in
        Float(Int(random.next() >> 40) - (1 << 23)) / Float(1 << 23)
      }
    }

    subscript(row: Int, column: Int) -> Float {
      numbers[isTransposed ? column * stride + row : row * stride + column]
    }

    func withView(_ body: (MatrixView) -> Void) {
      numbers.withUnsafeBufferPointer { numbers in
        guard let base = numbers.baseAddress else { return }
        body(MatrixView(base, rows: rows, columns: columns, stride: stride, isTransposed: isTransposed))
      }
    }
  }
}

import Parallel
import Platform

/// A matrix in double precision, for computing plainly what the program computes fast. Nothing here shares code with
/// the program's arithmetic.
struct PlainMatrix: Sendable {
  let rows: Int
  let columns: Int
  /// Row-major.
  var values: [Double]

  init(rows: Int, columns: Int, _ values: [Double]) {
    precondition(values.count == rows * columns)
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  init(rows: Int, columns: Int, element: (Int, Int) -> Double) {
    self.init(rows: rows, columns: columns, (0..<rows * columns).map { element($0 / columns, $0 % columns) })
  }

  init(stacking rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0, rows.flatMap { $0 })
  }

  subscript(row: Int) -> [Double] { Array(values[row * columns..<(row + 1) * columns]) }
  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// These rows, in this order.
  func rows(_ wanted: [Int]) -> PlainMatrix {
    PlainMatrix(stacking: wanted.map { self[$0] }, columns: columns)
  }
  func rows(_ wanted: Range<Int>) -> PlainMatrix { rows(Array(wanted)) }

  private init(stacking rows: [[Double]], columns: Int) {
    self.init(rows: rows.count, columns: columns, rows.flatMap { $0 })
  }

  func map(_ transform: (Double) -> Double) -> PlainMatrix {
    PlainMatrix(rows: rows, columns: columns, values.map(transform))
  }

  static func + (a: PlainMatrix, b: PlainMatrix) -> PlainMatrix {
    precondition(a.rows == b.rows && a.columns == b.columns)
    return PlainMatrix(rows: a.rows, columns: a.columns, zip(a.values, b.values).map { $0 + $1 })
  }

  /// One matrix above another.
  func above(_ other: PlainMatrix) -> PlainMatrix {
    PlainMatrix(rows: rows + other.rows, columns: columns, values + other.values)
  }
}

/// Inner product of `count` numbers.
func plainDot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  var (even, odd) = (0.0, 0.0)
  var index = 0
  while index + 1 < count {
    even += a[index] * b[index]
    odd += a[index + 1] * b[index + 1]
    index += 2
  }
  return index < count ? even + odd + a[index] * b[index] : even + odd
}

/// `x Wᵀ + b`.
struct PlainLinear: Sendable {
  /// `[outputs, inputs]`
  var weight: PlainMatrix
  /// `[outputs]`; empty if there is none.
  var bias: [Double]

  func callAsFunction(_ x: PlainMatrix) -> PlainMatrix {
    precondition(x.columns == weight.columns)
    var result = PlainMatrix(
      rows: x.rows, columns: weight.rows, [Double](repeating: 0, count: x.rows * weight.rows))
    let columns = weight.rows
    result.values.withDisjointWrites { out in
      x.values.withUnsafeBufferPointer { inputs in
        weight.values.withUnsafeBufferPointer { weights in
          guard let x0 = inputs.baseAddress, let w0 = weights.baseAddress else { return }
          // Some outputs at a time, whose weights stay in the cache.
          Parallel.forEachRange(columns, size: 32) { some in
            for row in 0..<x.rows {
              for column in some {
                let product = plainDot(x0 + row * x.columns, w0 + column * x.columns, x.columns)
                out[row * columns + column] = product + (bias.isEmpty ? 0 : bias[column])
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The layer that gives these outputs only.
  func outputs(_ range: Range<Int>) -> PlainLinear {
    PlainLinear(weight: weight.rows(range), bias: Array(bias[range]))
  }
}

/// Layer normalisation of each row.
struct PlainNorm: Sendable {
  let weight: [Double]
  let bias: [Double]
  let epsilon: Double

  func callAsFunction(_ x: PlainMatrix) -> PlainMatrix {
    PlainMatrix(stacking: (0..<x.rows).map { callAsFunction(x[$0]) })
  }

  func callAsFunction(_ row: [Double]) -> [Double] {
    let count = Double(row.count)
    let mean = row.reduce(0, +) / count
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return row.indices.map { (row[$0] - mean) / (variance + epsilon).squareRoot() * weight[$0] + bias[$0] }
  }
}

func plainGELU(_ x: Double) -> Double { 0.5 * x * (1 + erf(x / 2.0.squareRoot())) }

/// Multi-head attention. `bias(head, query, key)` is added to the scaled scores.
func plainAttention(
  _ q: PlainMatrix, _ k: PlainMatrix, _ v: PlainMatrix, heads: Int,
  bias: (Int, Int, Int) -> Double = { _, _, _ in 0 }
) -> PlainMatrix {
  let width = q.columns / heads
  var result = PlainMatrix(
    rows: q.rows, columns: q.columns, [Double](repeating: 0, count: q.rows * q.columns))
  for head in 0..<heads {
    let columns = head * width..<(head + 1) * width
    for query in 0..<q.rows {
      let scores = (0..<k.rows).map { key in
        columns.reduce(0) { $0 + q[query, $1] * k[key, $1] } / Double(width).squareRoot()
          + bias(head, query, key)
      }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      for column in columns {
        result[query, column] = (0..<v.rows).reduce(0) { $0 + weights[$1] * v[$1, column] } / sum
      }
    }
  }
  return result
}

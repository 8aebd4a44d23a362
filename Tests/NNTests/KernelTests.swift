import NN
import Platform
import TestSupport
import Testing

/// Every kernel of every instruction set of this machine, against a plain computation in double precision.
@Suite("Kernels against plain double-precision code")
struct KernelTests {
  static let widths = [1, 3, 8, 15, 16, 17, 33, 80, 216]

  @Test("layer norm", arguments: KernelSet.available)
  func layerNorm(kernels: KernelSet) {
    for width in Self.widths {
      let (x, gamma, beta) = (random(3 * width, seed: 1), random(width, seed: 2), random(width, seed: 3))
      var y = [Float](repeating: .nan, count: 3 * width)
      kernels.layerNorm(x, gamma, beta, 1e-6, &y, 3, width)
      for row in 0..<3 {
        let part = x[row * width..<(row + 1) * width].map(Double.init)
        let mean = part.reduce(0, +) / Double(width)
        let variance = part.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
        for column in 0..<width {
          let normal = (part[column] - mean) / (variance + 1e-6).squareRoot()
          let expected = normal * Double(gamma[column]) + Double(beta[column])
          expectClose(y[row * width + column], expected, 3e-5, "width \(width)")
        }
      }
    }
  }

  @Test("activations with bias, and nothing written past a row", arguments: KernelSet.available)
  func activations(kernels: KernelSet) {
    for width in Self.widths {
      let stride = width + 5
      let start = random(2 * stride, seed: 4).map { 4 * $0 }
      let bias = random(width, seed: 5)
      check(start, stride: stride, width: width) {
        kernels.geluRows(&$0, stride, 2, width)
      } expected: {
        value, _, _ in
        gelu(value)
      }
      check(start, stride: stride, width: width) {
        kernels.reluRows(&$0, stride, 2, width)
      } expected: {
        value, _, _ in
        max(0, value)
      }
      check(start, stride: stride, width: width) {
        kernels.addRow(start, stride, bias, &$0, stride, 2, width)
      } expected: { value, column, _ in
        value + Double(bias[column])
      }
      check(start, stride: stride, width: width) {
        kernels.scaleRows(&$0, stride, [2, 2], 2, width)
      } expected: {
        value, _ in
        2 * value
      }
      let (scale, residual) = (random(width, seed: 6), random(2 * stride, seed: 7))
      check(start, stride: stride, width: width) {
        kernels.scaledResidual(&$0, stride, scale, residual, stride, 2, width)
      } expected: { value, column, index in
        Double(residual[index]) + Double(scale[column]) * value
      }
    }
  }

  @Test("products of few rows", arguments: KernelSet.available)
  func fewRows(kernels: KernelSet) {
    for width in Self.widths {
      for rows in [1, 3, 4, 7, 8] {
        let (outputs, stride) = (3, 5)
        let (x, weight) = (random(rows * width, seed: 14), random(outputs * width, seed: 15))
        let start = random(rows * stride, seed: 16)
        var y = start
        kernels.multiplyFewRows(x, rows, width, weight, outputs, &y, stride)
        for index in y.indices {
          let (row, output) = (index / stride, index % stride)
          guard output < outputs else {
            #expect(y[index] == start[index], "written past the row")
            continue
          }
          let sum = (0..<width).reduce(Double(start[index])) {
            $0 + Double(x[row * width + $1]) * Double(weight[output * width + $1])
          }
          expectClose(y[index], sum, 1e-5, "\(rows) rows of \(width)")
        }
      }
    }
  }

  @Test("SwiGLU", arguments: KernelSet.available)
  func swiGLU(kernels: KernelSet) {
    for width in Self.widths {
      let x = random(2 * 2 * width, seed: 8).map { 4 * $0 }
      var y = [Float](repeating: .nan, count: 2 * width)
      kernels.swiGLU(x, &y, 2, width)
      for index in y.indices {
        let a = Double(x[index / width * 2 * width + index % width])
        let b = Double(x[index / width * 2 * width + width + index % width])
        expectClose(y[index], a / (1 + exp(-a)) * b, 1e-5, "width \(width)")
      }
    }
  }

  @Test("biases of relative positions", arguments: KernelSet.available)
  func relativePositions(kernels: KernelSet) {
    for (rows, columns) in [(1, 1), (3, 5), (4, 16), (7, 20)] {
      let (keys, slack) = (rows * columns, 16)
      let queries = min(5, keys)
      let firstQuery = keys > queries ? 1 : 0
      let (rowWidth, columnWidth) = (2 * rows - 1, 2 * columns - 1)
      let rowProducts = random(queries * rowWidth, seed: 10)
      let columnProducts = random(queries * columnWidth, seed: 11)
      var biases = [Float](repeating: .nan, count: queries * keys + slack)
      kernels.relativePositionBiases(
        &biases, queries, rowProducts, columnProducts, rows, columns, columns, firstQuery)
      for query in 0..<queries {
        let (qy, qx) = ((firstQuery + query) / columns, (firstQuery + query) % columns)
        for key in 0..<keys {
          let expected =
            rowProducts[query * rowWidth + rows - 1 - qy + key / columns]
            + columnProducts[query * columnWidth + columns - 1 - qx + key % columns]
          #expect(biases[query * keys + key] == expected, "\(rows) x \(columns)")
        }
      }
    }
  }

  @Test("softmax", arguments: KernelSet.available)
  func softmax(kernels: KernelSet) {
    for keys in [1, 15, 64, 140] {
      let queries = 3
      let scores = random(queries * keys, seed: 9).map { 6 * $0 }
      var weights = scores
      var inverseSums = [Float](repeating: .nan, count: queries)
      kernels.softmaxWeights(&weights, queries, keys, &inverseSums)
      for query in 0..<queries {
        let logits = scores[query * keys..<(query + 1) * keys].map(Double.init)
        let top = logits.max() ?? 0
        let sum = logits.map { exp($0 - top) }.reduce(0, +)
        for key in 0..<keys {
          let weight = weights[query * keys + key] * inverseSums[query]
          expectClose(weight, exp(logits[key] - top) / sum, 1e-6, "\(keys) keys")
        }
      }
    }
  }

  @Test("inner product and sum", arguments: KernelSet.available)
  func products(kernels: KernelSet) {
    for width in Self.widths {
      let (a, b) = (random(width, seed: 12), random(width, seed: 13))
      let expected = zip(a, b).map { Double($0) * Double($1) }.reduce(0, +)
      expectClose(kernels.dotProduct(a, b, width), expected, 1e-5, "width \(width)")
      var y = [Float](repeating: .nan, count: width)
      kernels.add(a, b, &y, width)
      #expect(y == zip(a, b).map { $0 + $1 }, "width \(width)")
    }
  }

  /// Runs `kernel` on two rows; expects `expected(value, column, index)` inside them and no change between them.
  private func check(
    _ start: [Float], stride: Int, width: Int, kernel: (inout [Float]) -> Void,
    expected: (Double, Int, Int) -> Double
  ) {
    var y = start
    kernel(&y)
    for index in y.indices {
      let column = index % stride
      if column < width {
        expectClose(y[index], expected(Double(start[index]), column, index), 1e-5, "width \(width)")
      } else {
        #expect(y[index] == start[index], "written past the row, width \(width)")
      }
    }
  }

  private func check(
    _ start: [Float], stride: Int, width: Int, kernel: (inout [Float]) -> Void,
    expected: (Double, Int) -> Double
  ) {
    check(start, stride: stride, width: width, kernel: kernel) { value, column, _ in expected(value, column) }
  }

  private func gelu(_ x: Double) -> Double { 0.5 * x * (1 + erf(x / 2.0.squareRoot())) }
}

/// Expects `actual` within `tolerance` of `expected`, absolutely or relatively.
func expectClose(
  _ actual: Float, _ expected: Double, _ tolerance: Double, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let error = abs(Double(actual) - expected)
  if !(error <= tolerance * max(1, abs(expected))) {
    Issue.record("\(what): \(actual), expected \(expected)", sourceLocation: sourceLocation)
  }
}

/// `count` numbers in -1 ... 1, the same for the same seed.
func random(_ count: Int, seed: UInt64) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
  }
}

import NN
import Parallel
import TestSupport
import Testing

@Suite("Layers", .serialized)
struct LayerTests {
  @Test(
    "linear layers of sizes around the blocks' edges",
    arguments: [(1, 5, 3), (17, 40, 1025), (1374, 33, 70), (900, 64, 1500)])
  func linear(rows: Int, inputs: Int, outputs: Int) {
    let x = Tensor([rows, inputs], random(rows * inputs, seed: 1))
    let weight = random(outputs * inputs, seed: 2)
    let bias = random(outputs, seed: 3)
    let residual = Tensor([rows, outputs], random(rows * outputs, seed: 4))
    let layer = Linear(weight: Tensor([outputs, inputs], weight), bias: Tensor([outputs], bias))
    let plain = layer(x).values
    let added = layer(x, then: .residual(residual, scale: nil)).values
    let values = x.values
    for index in stride(from: 0, to: rows * outputs, by: max(1, rows * outputs / 997)) {
      let (row, output) = (index / outputs, index % outputs)
      var sum = Double(bias[output])
      for input in 0..<inputs {
        sum += Double(values[row * inputs + input]) * Double(weight[output * inputs + input])
      }
      expectClose(plain[index], sum, 1e-5, "row \(row), output \(output)")
      expectClose(added[index], sum + Double(residual.values(at: index)), 1e-5, "with residual")
    }
  }

  @Test(
    "rows that are wanted are the same bytes, in every precision",
    arguments: [1, 95, 688, 689, 1033, 1374], Precision.allCases)
  func wanted(rows: Int, precision: Precision) {
    // Small for the matrix library, and large enough that not even whole blocks of rows are computed.
    for (inputs, outputs) in [(40, 70), (300, 900)] {
      let x = Tensor([1374, inputs], random(1374 * inputs, seed: 1))
      let layer = Linear(
        weight: Tensor([outputs, inputs], random(outputs * inputs, seed: 2)),
        bias: Tensor([outputs], random(outputs, seed: 3)), precision: precision)
      #expect(layer(x, then: .gelu, wanted: rows)[0..<rows].values == layer(x, then: .gelu)[0..<rows].values)
    }
  }

  @Test("attention over blocks of queries equals the plain formula", arguments: [1, 7, 50])
  func attentionBlocks(keys: Int) {
    let (queries, heads, width) = (attentionQueryBlock + 517, 3, 12)
    let q = Tensor([queries, width], random(queries * width, seed: 5))
    let k = Tensor([keys, width], random(keys * width, seed: 6))
    let v = Tensor([keys, width], random(keys * width, seed: 7))
    let out = attention(q, k, v, heads: heads).values
    let (qs, ks, vs) = (q.values, k.values, v.values)
    let headWidth = width / heads
    for query in [0, 1, attentionQueryBlock - 1, attentionQueryBlock, queries - 1] {
      for head in 0..<heads {
        let scores = (0..<keys).map { key in
          (0..<headWidth).reduce(0.0) { sum, d in
            sum + Double(qs[query * width + head * headWidth + d])
              * Double(ks[key * width + head * headWidth + d])
          } / Double(headWidth).squareRoot()
        }
        let weights = scores.map { exponential($0) }
        let total = weights.reduce(0, +)
        for d in 0..<headWidth {
          let expected =
            (0..<keys).reduce(0.0) { $0 + weights[$1] * Double(vs[$1 * width + head * headWidth + d]) }
            / total
          expectClose(
            out[query * width + head * headWidth + d], expected, 1e-5, "query \(query), head \(head)")
        }
      }
    }
  }

  @Test("the same bytes for every number of threads", arguments: [2, 3, 7])
  func threads(count: Int) {
    let before = Parallel.threads
    defer { Parallel.threads = before }
    let x = Tensor([1000, 96], random(96_000, seed: 8))
    let layer = Linear(
      weight: Tensor([2000, 96], random(192_000, seed: 9)), bias: Tensor([2000], random(2000, seed: 10)))
    func compute() -> [Float] {
      attention(x, x, x, heads: 4).values + layer(x, then: .gelu).values
    }
    Parallel.threads = 1
    let alone = compute()
    Parallel.threads = count
    let same = alone == compute()
    #expect(same)
  }

  private func exponential(_ x: Double) -> Double {
    // exp by its series on a halved argument, squared back: no library needed here.
    let half = x / 64
    var (term, sum) = (1.0, 1.0)
    for n in 1..<20 {
      term *= half / Double(n)
      sum += term
    }
    return (0..<6).reduce(sum) { value, _ in value * value }
  }
}

extension Tensor {
  func values(at index: Int) -> Float { withElements { $0[index] } }
}

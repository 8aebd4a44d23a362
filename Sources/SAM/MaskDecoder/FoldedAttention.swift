import NN
import Parallel

// T tokens, N cells of the image, D channels, I inner width, H heads of width d = I / H.

// A head's score is the inner product of two projected vectors, (Wk y)ₕ · qₕ = y · (Wkₕᵀ qₕ): the projection of the N
// cells is moved to the T tokens, and likewise Σ w (Wv y)ₕ = Wvₕ Σ w y. The tokens then are H T vectors of D channels,
// which costs less than projecting all cells to I channels as long as H T < I: a point prompt has T = 7, the official
// models H = 8, I = 128.

extension DecoderAttention {
  /// The tokens' attention to the image before the output projection: `queries [T, I]` → `[T, I]`.
  ///
  /// The keys' bias adds the same to all scores of a token, so softmax does not see it.
  func foldedAttention(_ queries: Tensor, to image: ImageSide) -> Tensor {
    let (tokens, inner) = (queries.shape[0], queries.shape[1])
    let (count, width) = (image.cells.shape[0], image.cells.shape[1])
    let (headWidth, rows) = (inner / heads, heads * tokens)
    let pooled = Tensor([rows, width]) { pooled in
      guard let pooled = pooled.baseAddress else { return }
      let kernels = KernelSet.current
      let folded = foldedInputs(queries, key.weight, heads: heads)
      withScratch(rows * (count + 1)) { scores in
        let inverseSums = scores + rows * count
        withBase(folded, image.placed, image.cells) { folded, placed, cells in
          Parallel.forEachRange(count, size: 1024) { range in
            MatrixProduct.multiply(
              folded, width, placed + range.lowerBound * width, width, transposed: true,
              into: scores + range.lowerBound, count, m: rows, n: range.count, k: width,
              scale: 1 / Float(headWidth).squareRoot())
          }
          Parallel.forEachRange(rows, size: tokens) { range in
            kernels.softmaxWeights(
              scores + range.lowerBound * count, range.count, count, inverseSums + range.lowerBound)
          }
          Parallel.forEachRange(width, size: 128) { range in
            MatrixProduct.multiply(
              scores, count, cells + range.lowerBound, width, transposed: false,
              into: pooled + range.lowerBound, width, m: rows, n: range.count, k: count)
            kernels.scaleRows(pooled + range.lowerBound, width, inverseSums, rows, range.count)
          }
        }
      }
    }
    return Tensor([tokens, inner]) { out in
      guard let out = out.baseAddress else { return }
      withBase(pooled, value.weight, value.bias) { pooled, weight, bias in
        for token in 0..<tokens { (out + token * inner).update(from: bias, count: inner) }
        for head in 0..<heads {
          MatrixProduct.multiply(
            pooled + head * tokens * width, width, weight + head * headWidth * width, width,
            transposed: true, into: out + head * headWidth, inner, m: tokens, n: headWidth, k: width,
            adding: true)
        }
      }
    }
  }
}

/// The tokens as the image attends to them: keys with the image's query projection folded in, values with the output
/// projection.
struct FoldedTokens {
  private let attention: DecoderAttention
  private let keys: Tensor  // [T, I]
  private let foldedKeys: Tensor  // [H T, D]
  private let foldedValues: Tensor  // [H T, D]
  /// The scaled products of keys and the query projection's bias, `[H T]`.
  private let offsets: [Float]
  private let scale: Float

  /// - Parameter keys: `[T, I]`, as `values`.
  init(_ attention: DecoderAttention, keys: Tensor, values: Tensor) {
    let (heads, tokens, inner) = (attention.heads, keys.shape[0], keys.shape[1])
    let headWidth = inner / heads
    let scale = 1 / Float(headWidth).squareRoot()
    (self.attention, self.keys, self.scale) = (attention, keys, scale)
    foldedKeys = foldedInputs(keys, attention.query.weight, heads: heads)
    foldedValues = foldedOutputs(values, attention.output.weight, heads: heads)
    offsets = withBase(keys, attention.query.bias) { keys, bias in
      (0..<heads * tokens).map { row in
        let start = row / tokens * headWidth
        return scale
          * KernelSet.current.dotProduct(keys + row % tokens * inner + start, bias + start, headWidth)
      }
    }
  }

  /// What the cells `range` become before their norm: themselves plus what they attend to, `[range.count, D]`.
  func attended(by image: ImageSide, _ range: Range<Int>) -> Tensor {
    let (heads, tokens, inner) = (attention.heads, keys.shape[0], keys.shape[1])
    let (rows, width, count) = (heads * tokens, image.cells.shape[1], range.count)
    let kernels = KernelSet.current
    return Tensor([count, width]) { out in
      guard let out = out.baseAddress else { return }
      withScratch(rows * count) { weights in
        if let projections = image.projections {
          withBase(keys, projections.queries) { keys, queries in
            for start in stride(from: 0, to: inner, by: inner / heads) {
              MatrixProduct.multiply(
                keys + start, inner, queries + range.lowerBound * inner + start, inner, transposed: true,
                into: weights + start / (inner / heads) * tokens * count, count, m: tokens, n: count,
                k: inner / heads, scale: scale)
            }
          }
        } else {
          for row in 0..<rows { (weights + row * count).update(repeating: offsets[row], count: count) }
          withBase(foldedKeys, image.placed) { keys, placed in
            MatrixProduct.multiply(
              keys, width, placed + range.lowerBound * width, width, transposed: true, into: weights, count,
              m: rows, n: count, k: width, scale: scale, adding: true)
          }
        }
        for head in 0..<heads {
          kernels.softmaxColumns(weights + head * tokens * count, count, tokens, count, 1)
        }
        withBase(image.cells, foldedValues, attention.output.bias) { cells, values, bias in
          kernels.addRow(cells + range.lowerBound * width, width, bias, out, width, count, width)
          MatrixProduct.multiply(
            weights, count, values, width, transposed: false, into: out, width, m: count, n: width, k: rows,
            transposedA: true, adding: true)
        }
      }
    }
  }
}

/// Each head's part of `x` times the rows of a projection's weight for that head, Wₕᵀ xₕ.
///
/// Shapes: `x [T, I]`, `weight [I, D]` → `[H T, D]`, head by head.
private func foldedInputs(_ x: Tensor, _ weight: Tensor, heads: Int) -> Tensor {
  let (tokens, inner, width) = (x.shape[0], x.shape[1], weight.shape[1])
  let headWidth = inner / heads
  return Tensor([heads * tokens, width]) { out in
    guard let out = out.baseAddress else { return }
    withBase(x, weight) { x, weight in
      for head in 0..<heads {
        MatrixProduct.multiply(
          x + head * headWidth, inner, weight + head * headWidth * width, width, transposed: false,
          into: out + head * tokens * width, width, m: tokens, n: width, k: headWidth)
      }
    }
  }
}

/// Each head's part of `x` times the columns of the output projection's weight for that head, Wₕ xₕ.
///
/// Shapes: `x [T, I]`, `weight [D, I]` → `[H T, D]`, head by head.
private func foldedOutputs(_ x: Tensor, _ weight: Tensor, heads: Int) -> Tensor {
  let (tokens, inner, width) = (x.shape[0], x.shape[1], weight.shape[0])
  let headWidth = inner / heads
  return Tensor([heads * tokens, width]) { out in
    guard let out = out.baseAddress else { return }
    withBase(x, weight) { x, weight in
      for head in 0..<heads {
        MatrixProduct.multiply(
          x + head * headWidth, inner, weight + head * headWidth, inner, transposed: true,
          into: out + head * tokens * width, width, m: tokens, n: width, k: headWidth)
      }
    }
  }
}

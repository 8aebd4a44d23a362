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
    let pooled = Tensor.matrix([rows, width]) { pooled in
      let kernels = KernelSet.current
      let folded = foldedInputs(queries, key.weight, heads: heads)
      withScratch(rows * (count + 1)) { scratch in
        let scores = MutableMatrixView(scratch, rows: rows, columns: count)
        let inverseSums = scratch + rows * count
        withMatrices(folded, image.withPositions, image.cells) { folded, withPositions, cells in
          Parallel.forEachRange(count, size: 1024) { range in
            MatrixProduct.multiply(
              folded, withPositions[rows: range].transposed, into: scores[columns: range],
              scale: 1 / Float(headWidth).squareRoot())
          }
          Parallel.forEachRange(rows, size: tokens) { range in
            kernels.softmaxWeights(
              scores[rows: range].base, range.count, count, inverseSums + range.lowerBound)
          }
          Parallel.forEachRange(width, size: 128) { range in
            let part = pooled[columns: range]
            MatrixProduct.multiply(MatrixView(scores), cells[columns: range], into: part)
            kernels.scaleRows(part.base, part.stride, inverseSums, part.rows, part.columns)
          }
        }
      }
    }
    return .matrix([tokens, inner]) { out in
      withBase(value.bias) { bias in
        for token in 0..<tokens { out.row(token).update(from: bias, count: inner) }
      }
      withMatrices(pooled, value.weight) { pooled, weight in
        for head in 0..<heads {
          MatrixProduct.multiply(
            pooled.rowPart(head, of: heads), weight.rowPart(head, of: heads).transposed,
            into: out.columnPart(head, of: heads), adding: true)
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
    let (heads, tokens) = (attention.heads, keys.shape[0])
    let kernels = KernelSet.current
    return .matrix([range.count, image.cells.shape[1]]) { out in
      withScratch(heads * tokens * range.count) { scratch in
        let weights = MutableMatrixView(scratch, rows: heads * tokens, columns: range.count)
        writeScores(of: image, range, into: weights)
        for head in 0..<heads {
          let part = weights.rowPart(head, of: heads)
          kernels.softmaxColumns(part.base, part.stride, part.rows, part.columns, 1)
        }
        withMatrices(image.cells, foldedValues) { cells, values in
          let cells = cells[rows: range]
          withBase(attention.output.bias) { bias in
            kernels.addRow(cells.base, cells.stride, bias, out.base, out.stride, out.rows, out.columns)
          }
          MatrixProduct.multiply(MatrixView(weights).transposed, values, into: out, adding: true)
        }
      }
    }
  }

  /// The scaled scores of the cells `range` with every token of each head, `scores [H T, range.count]`.
  private func writeScores(of image: ImageSide, _ range: Range<Int>, into scores: MutableMatrixView) {
    let heads = attention.heads
    if let projections = image.projections {
      withMatrices(keys, projections.queries) { keys, queries in
        for head in 0..<heads {
          MatrixProduct.multiply(
            keys.columnPart(head, of: heads), queries[rows: range].columnPart(head, of: heads).transposed,
            into: scores.rowPart(head, of: heads), scale: scale)
        }
      }
    } else {
      for row in 0..<scores.rows { scores.row(row).update(repeating: offsets[row], count: range.count) }
      withMatrices(foldedKeys, image.withPositions) { keys, withPositions in
        MatrixProduct.multiply(
          keys, withPositions[rows: range].transposed, into: scores, scale: scale, adding: true)
      }
    }
  }
}

/// Each head's part of `x` times the rows of a projection's weight for that head, Wₕᵀ xₕ.
///
/// Shapes: `x [T, I]`, `weight [I, D]` → `[H T, D]`, head by head.
private func foldedInputs(_ x: Tensor, _ weight: Tensor, heads: Int) -> Tensor {
  .matrix([heads * x.shape[0], weight.shape[1]]) { out in
    withMatrices(x, weight) { x, weight in
      for head in 0..<heads {
        MatrixProduct.multiply(
          x.columnPart(head, of: heads), weight.rowPart(head, of: heads), into: out.rowPart(head, of: heads))
      }
    }
  }
}

/// Each head's part of `x` times the columns of the output projection's weight for that head, Wₕ xₕ.
///
/// Shapes: `x [T, I]`, `weight [D, I]` → `[H T, D]`, head by head.
private func foldedOutputs(_ x: Tensor, _ weight: Tensor, heads: Int) -> Tensor {
  .matrix([heads * x.shape[0], weight.shape[0]]) { out in
    withMatrices(x, weight) { x, weight in
      for head in 0..<heads {
        MatrixProduct.multiply(
          x.columnPart(head, of: heads), weight.columnPart(head, of: heads).transposed,
          into: out.rowPart(head, of: heads))
      }
    }
  }
}

import Parallel

/// Multi-head attention whose large products are of whole numbers: queries and keys of up to 13 bits by token, softmax
/// weights of up to 15 by query, values of 11 by channel. Sums are exact in 32 bits, so the bytes do not depend on blocks.
///
/// Shapes: `q [N, H d]`, `k`, `v` `[M, H d]` → `[N, H d]`.
package struct Int16Attention {
  private let heads: Int
  private let relativePositions: RelativePositions?
  private let kernels: Int16Kernels

  /// - Parameter relativePositions: of the tokens on a grid as large as their window.
  package init(
    heads: Int, relativePositions: RelativePositions? = nil, _ kernels: Int16Kernels = KernelSet.current.int16
  ) {
    (self.heads, self.relativePositions, self.kernels) = (heads, relativePositions, kernels)
  }

  package func callAsFunction(_ q: MatrixView, _ k: MatrixView, _ v: MatrixView) -> Tensor {
    let sizes = Sizes(width: q.columns / heads, keys: k.rows, kernels.layout)
    let blocks = (q.rows + attentionQueryBlock - 1) / attentionQueryBlock
    return withScratch(heads * sizes.packedHead) { packed in
      Parallel.forEach(heads) { head in
        pack(
          k.columnPart(head, of: heads), v.columnPart(head, of: heads), packed + head * sizes.packedHead,
          sizes)
      }
      return .matrix([q.rows, q.columns]) { out in
        Parallel.forEach(heads * blocks) { index in
          let (head, first) = (index / blocks, index % blocks * attentionQueryBlock)
          let rows = first..<min(q.rows, first + attentionQueryBlock)
          attend(
            q[rows: rows].columnPart(head, of: heads), first, packed + head * sizes.packedHead, sizes,
            into: out[rows: rows].columnPart(head, of: heads))
        }
      }
    }
  }

  /// The places of what is packed, in words of four bytes.
  private struct Sizes {
    let width: Int
    let keys: Int
    let tile: Int
    /// Words of a packed row of a head, and of softmax weights.
    let headGroups: Int
    let keyGroups: Int
    /// Of whole panels.
    let paddedKeys: Int
    let paddedWidth: Int

    init(width: Int, keys: Int, _ layout: NarrowLayout) {
      (self.width, self.keys, tile) = (width, keys, layout.tileRows)
      (headGroups, keyGroups) = ((width + 1) / 2, (keys + 1) / 2)
      let panel = layout.panelWidth
      paddedKeys = (keys + panel - 1) / panel * panel
      paddedWidth = (width + panel - 1) / panel * panel
    }

    /// Keys, values, and the scales of both.
    var packedHead: Int { paddedKeys * headGroups + paddedWidth * keyGroups + paddedKeys + paddedWidth }

    func padded(_ rows: Int) -> Int { (rows + tile - 1) / tile * tile }

    /// The greatest code of queries and keys: the sum of `width` products fits 32 bits.
    var headLimit: Float { Float(min(4095, Int((Double(Int32.max) / Double(width)).squareRoot()) - 1)) }
    /// Of values.
    static let valueLimit: Float = 1023
    /// What the codes of softmax weights may sum to: with values, the sum fits 32 bits.
    var weightTotal: Float { Float(Int(Int32.max) / 1024 - keys) }
  }

  private func pack(_ k: MatrixView, _ v: MatrixView, _ packed: UnsafeMutablePointer<Float>, _ sizes: Sizes) {
    let values = packed + sizes.paddedKeys * sizes.headGroups
    let scales = values + sizes.paddedWidth * sizes.keyGroups
    kernels.packRows(
      k.base, k.stride, k.rows, sizes.width, sizes.headLimit, kernels.layout.panelWidth, packed, scales)
    kernels.packColumns(
      v.base, v.stride, v.rows, sizes.width, Sizes.valueLimit, values, scales + sizes.paddedKeys)
  }

  private func attend(
    _ q: MatrixView, _ firstQuery: Int, _ packed: UnsafeMutablePointer<Float>, _ sizes: Sizes,
    into out: MutableMatrixView
  ) {
    let values = packed + sizes.paddedKeys * sizes.headGroups
    let scales = values + sizes.paddedWidth * sizes.keyGroups
    let tile = AttentionTile(
      queries: q.rows, keys: sizes.keys, headWidth: sizes.width, relativePositions: relativePositions,
      firstQuery: firstQuery, queryColumns: relativePositions?.windowColumns ?? 1)
    let padded = sizes.padded(q.rows)
    withScratch(tile.scratchCount + padded * (sizes.keyGroups + 1)) { scratch in
      let scores = MutableMatrixView(scratch, rows: q.rows, columns: sizes.keys)
      let inverseSums = tile.start(of: q, scores, scratch: scratch)
      // Room for the codes of queries, and then of softmax weights, which are more.
      let rowScales = scratch + tile.scratchCount
      let codes = rowScales + padded
      withScratch(padded * sizes.headGroups) { queries in
        kernels.packRows(
          q.base, q.stride, q.rows, sizes.width, sizes.headLimit, sizes.tile, queries, rowScales)
        let scale = 1 / Float(sizes.width).squareRoot()
        for row in 0..<padded { rowScales[row] *= scale }
        multiply(queries, rowScales, sizes.headGroups, packed, scales, into: scores)
      }
      KernelSet.current.softmaxWeights(scores.base, q.rows, sizes.keys, inverseSums)
      kernels.packSoftmaxWeights(
        scores.base, q.rows, sizes.keys, inverseSums, sizes.weightTotal, codes, rowScales)
      for row in 0..<out.rows { out.row(row).update(repeating: 0, count: out.columns) }
      multiply(codes, rowScales, sizes.keyGroups, values, scales + sizes.paddedKeys, into: out)
    }
  }

  private func multiply(
    _ codes: UnsafeMutablePointer<Float>, _ rowScales: UnsafeMutablePointer<Float>, _ groups: Int,
    _ panels: UnsafeMutablePointer<Float>, _ scales: UnsafeMutablePointer<Float>, into y: MutableMatrixView
  ) {
    // There are no sums of weights; nothing reads what stands for them.
    let noSums = UnsafeRawPointer(scales).assumingMemoryBound(to: Int32.self)
    kernels.multiply(
      codes, rowScales, y.rows, groups, panels, scales, noSums, y.columns, y.base, y.stride)
  }
}

import Parallel

/// SwiGLU's gate: `silu(a) · b` for rows `[a | b]`. Shapes: `[N, 2 H]` → `[N, H]`.
public func gatedSiLU(_ x: Tensor) -> Tensor {
  let (rows, width) = (x.shape[0], x.shape[1] / 2)
  return .filled([rows, width]) { y in
    withBase(x) { x in
      Parallel.forEachRange(rows, size: max(1, 32_768 / width)) { block in
        KernelSet.current.swiGLU(
          x + block.lowerBound * 2 * width, y + block.lowerBound * width, block.count, width)
      }
    }
  }
}

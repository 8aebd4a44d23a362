import Parallel

/// Exact GELU of each element.
public func gelu(_ x: Tensor) -> Tensor {
  let count = x.count
  return Tensor(x.shape) { y in
    guard let y = y.baseAddress else { return }
    withBase(x) { x in
      Parallel.forEachRange(count, size: 1 << 15) { block in
        KernelSet.current.gelu(x + block.lowerBound, y + block.lowerBound, block.count)
      }
    }
  }
}

import Parallel

/// Exact GELU of each element.
public func gelu(_ x: Tensor) -> Tensor {
  let count = x.count
  return .filled(x.shape) { y in
    withBase(x) { x in
      Parallel.forEachRange(count, size: 1 << 15) { block in
        KernelSet.current.gelu(x + block.lowerBound, y + block.lowerBound, block.count)
      }
    }
  }
}

import Parallel

extension Tensor {
  /// Sum of two tensors of the same size; the shape is the first one's.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    let count = a.count
    precondition(count == b.count, "cannot add \(b.shape) to \(a.shape)")
    return .filled(a.shape) { y in
      withBase(a, b) { a, b in
        Parallel.forEachRange(count, size: 1 << 16) { block in
          let start = block.lowerBound
          KernelSet.current.add(a + start, b + start, y + start, block.count)
        }
      }
    }
  }

  /// The transpose of a matrix `[R, C]`, as `[C, R]`.
  public func transposed() -> Tensor {
    precondition(rank == 2)
    let (rows, columns) = (shape[0], shape[1])
    return Tensor([columns, rows]) { y in
      withElements { x in
        Parallel.forEachRange(columns, size: 32) { block in
          for row in 0..<rows {
            for column in block { y[column * rows + row] = x[row * columns + column] }
          }
        }
      }
    }
  }

  /// A vector `[D]` as each of `rows` rows, `[rows, D]`.
  public func repeated(_ rows: Int) -> Tensor {
    let width = count
    return Tensor([rows, width]) { out in
      withElements { x in
        for index in 0..<rows * width { out[index] = x[index % width] }
      }
    }
  }

  /// The rows of a matrix, last first.
  func reversedRows() -> Tensor {
    Tensor.concatenated((0..<shape[0]).reversed().map { self[$0..<$0 + 1] })
  }

  /// The parts one after another along the first axis.
  public static func concatenated(_ parts: [Tensor]) -> Tensor {
    let inner = Array(parts[0].shape.dropFirst())
    precondition(parts.allSatisfy { Array($0.shape.dropFirst()) == inner })
    return Tensor([parts.reduce(0) { $0 + $1.shape[0] }] + inner) { y in
      var start = 0
      for part in parts {
        part.withElements { x in
          _ = UnsafeMutableBufferPointer(rebasing: y[start..<start + x.count]).update(fromContentsOf: x)
          start += x.count
        }
      }
    }
  }
}

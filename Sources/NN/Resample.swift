import Parallel

/// Resamples rows and columns of a channels-last image.
///
/// Shapes: `x [rows.inputs, columns.inputs, C]` → `[rows.outputs, columns.outputs, C]`; columns first, as PyTorch.
public func resample(_ x: Tensor, rows: AxisSampling, columns: AxisSampling) -> Tensor {
  let channels = x.count / (rows.inputs * columns.inputs)
  precondition(x.count == rows.inputs * columns.inputs * channels)
  let wide =
    columns.isIdentity
    ? x.reshaped([rows.inputs, columns.outputs, channels])
    : resampledColumns(x, columns, rows: rows.inputs, channels: channels)
  return rows.isIdentity ? wide : resampledRows(wide, rows)
}

/// `[R, columns.inputs, C]` → `[R, columns.outputs, C]`
private func resampledColumns(_ x: Tensor, _ columns: AxisSampling, rows: Int, channels: Int) -> Tensor {
  let taps = columns.taps
  return .filled([rows, columns.outputs, channels]) { out in
    columns.withTaps { indices, weights in
      withBase(x) { x in
        Parallel.forEachRange(rows, size: max(1, 65_536 / (columns.outputs * channels))) { block in
          for row in block {
            let source = x + row * columns.inputs * channels
            let target = out + row * columns.outputs * channels
            for column in 0..<columns.outputs {
              for channel in 0..<channels {
                var sum: Float = 0
                for place in column * taps..<(column + 1) * taps {
                  sum += weights[place] * source[Int(indices[place]) * channels + channel]
                }
                target[column * channels + channel] = sum
              }
            }
          }
        }
      }
    }
  }
}

/// `[rows.inputs, W, C]` → `[rows.outputs, W, C]`
private func resampledRows(_ x: Tensor, _ rows: AxisSampling) -> Tensor {
  let stride = x.count / rows.inputs
  return .filled([rows.outputs, x.shape[1], x.shape[2]]) { out in
    rows.withTaps { indices, weights in
      withBase(x) { x in
        Parallel.forEachRange(rows.outputs, size: max(1, 65_536 / stride)) { block in
          for row in block {
            let target = out + row * stride
            for tap in 0..<rows.taps {
              let weight = weights[row * rows.taps + tap]
              let source = x + Int(indices[row * rows.taps + tap]) * stride
              if tap == 0 {
                for index in 0..<stride { target[index] = weight * source[index] }
              } else if weight != 0 {
                for index in 0..<stride { target[index] += weight * source[index] }
              }
            }
          }
        }
      }
    }
  }
}

extension AxisSampling {
  /// Calls `body` with indices and weights, `[outputs, taps]`.
  fileprivate func withTaps(_ body: (UnsafePointer<Int32>, UnsafePointer<Float>) -> Void) {
    indices.withUnsafeBufferPointer { indices in
      weights.withUnsafeBufferPointer { weights in
        guard let indices = indices.baseAddress, let weights = weights.baseAddress else { return }
        body(indices, weights)
      }
    }
  }
}

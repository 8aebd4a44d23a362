import Images

/// PIL's antialiased bilinear resize of 8-bit images, bit for bit.
///
/// Each axis is a weighted sum with coefficients of 22 fractional bits, rounded and clipped to 8 bits after the
/// columns and again after the rows (Pillow, Resample.c, `ImagingResample`, BILINEAR). An axis of unchanged size is
/// left alone.
public func resizeBilinear(_ image: RGBImage, height: Int, width: Int) -> RGBImage {
  var pixels = image.pixels
  if width != image.width {
    let axis = FixedPointAxis(inputs: image.width, outputs: width)
    pixels = [UInt8](unsafeUninitializedCapacity: image.height * width * 3) { out, count in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<image.height {
          for x in 0..<width {
            for channel in 0..<3 {
              out[(y * width + x) * 3 + channel] = axis.blend(x) { tap in
                source[(y * image.width + tap) * 3 + channel]
              }
            }
          }
        }
      }
      count = image.height * width * 3
    }
  }
  if height != image.height {
    let axis = FixedPointAxis(inputs: image.height, outputs: height)
    pixels = [UInt8](unsafeUninitializedCapacity: height * width * 3) { out, count in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<height {
          for index in 0..<width * 3 {
            out[y * width * 3 + index] = axis.blend(y) { tap in source[tap * width * 3 + index] }
          }
        }
      }
      count = height * width * 3
    }
  }
  return RGBImage(height: height, width: width, pixels: pixels)
}

/// The triangle filter's taps for one axis, in fixed point.
private struct FixedPointAxis {
  private static let fractionBits = 22
  private var starts: [Int] = []
  private var offsets: [Int] = [0]
  private var coefficients: [Int32] = []

  init(inputs: Int, outputs: Int) {
    let scale = Double(inputs) / Double(outputs)
    let stretch = max(scale, 1)
    let support = stretch
    for output in 0..<outputs {
      let center = (Double(output) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = min(inputs, Int(center + support + 0.5))
      let raw = (first..<end).map { max(0, 1 - abs((Double($0) - center + 0.5) / stretch)) }
      let total = raw.reduce(0, +)
      starts.append(first)
      for value in raw {
        let fixed = (total != 0 ? value / total : value) * Double(1 << Self.fractionBits)
        coefficients.append(Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5))
      }
      offsets.append(coefficients.count)
    }
  }

  @inline(__always)
  func blend(_ output: Int, _ pixel: (Int) -> UInt8) -> UInt8 {
    var sum: Int32 = 1 << Int32(Self.fractionBits - 1)
    let start = starts[output]
    let first = offsets[output]
    for tap in 0..<(offsets[output + 1] - first) {
      sum &+= Int32(pixel(start + tap)) &* coefficients[first + tap]
    }
    return UInt8(clamping: sum >> Int32(Self.fractionBits))
  }
}

/// How each output position along one axis is blended from input positions: the separable half of PyTorch's
/// `interpolate`.
///
/// Output `i` is the sum over taps t of `weights[i, t] · input[indices[i, t]]`. All arithmetic is float32, as in the
/// originals.
public struct AxisSampling: Sendable {
  public let inputs: Int
  public let outputs: Int
  public let taps: Int
  /// `[outputs, taps]`, each inside `0..<inputs`.
  public private(set) var indices: [Int32]
  /// `[outputs, taps]`
  public private(set) var weights: [Float]

  private init(inputs: Int, outputs: Int, taps: Int) {
    precondition(inputs > 0 && outputs > 0)
    (self.inputs, self.outputs, self.taps) = (inputs, outputs, taps)
    indices = [Int32](repeating: 0, count: outputs * taps)
    weights = [Float](repeating: 0, count: outputs * taps)
  }

  private mutating func set(_ output: Int, _ tap: Int, index: Int, weight: Float) {
    indices[output * taps + tap] = Int32(min(max(index, 0), inputs - 1))
    weights[output * taps + tap] = weight
  }

  /// The first `count` outputs alone: a crop of the result.
  public func first(_ count: Int) -> AxisSampling {
    var sampling = AxisSampling(inputs: inputs, outputs: count, taps: taps)
    sampling.indices = Array(indices.prefix(count * taps))
    sampling.weights = Array(weights.prefix(count * taps))
    return sampling
  }

  /// Both samplings as one: `first`, then this one.
  ///
  /// An output of theirs is blended from as many inputs as the product of their taps at most.
  public func after(_ first: AxisSampling) -> AxisSampling {
    precondition(inputs == first.outputs)
    var sampling = AxisSampling(inputs: first.inputs, outputs: outputs, taps: taps * first.taps)
    for output in 0..<outputs {
      var blended: [(index: Int32, weight: Float)] = []
      for middle in output * taps..<(output + 1) * taps {
        let start = Int(indices[middle]) * first.taps
        for inner in start..<start + first.taps {
          let weight = weights[middle] * first.weights[inner]
          if let place = blended.firstIndex(where: { $0.index == first.indices[inner] }) {
            blended[place].weight += weight
          } else {
            blended.append((first.indices[inner], weight))
          }
        }
      }
      for (tap, part) in blended.enumerated() {
        sampling.set(output, tap, index: Int(part.index), weight: part.weight)
      }
    }
    return sampling
  }

  /// Whether every output is its own input: nothing is to be done.
  var isIdentity: Bool {
    inputs == outputs
      && (0..<outputs).allSatisfy { output in
        (0..<taps).allSatisfy { tap in
          let place = output * taps + tap
          return weights[place] == 0 || weights[place] == 1 && indices[place] == output
        }
      }
  }

  /// Linear, `align_corners=False`: sample positions are pixel centres, held at the border.
  public static func linear(inputs: Int, outputs: Int) -> AxisSampling {
    linear(inputs: inputs, outputs: outputs) { scale, output in
      max(0, scale * (Float(output) + 0.5) - 0.5)
    } scale: {
      Float(inputs) / Float(outputs)
    }
  }

  /// Linear, `align_corners=True`: first and last positions of input and output coincide.
  public static func linearCornersAligned(inputs: Int, outputs: Int) -> AxisSampling {
    linear(inputs: inputs, outputs: outputs) { scale, output in
      scale * Float(output)
    } scale: {
      outputs > 1 ? Float(inputs - 1) / Float(outputs - 1) : 0
    }
  }

  private static func linear(
    inputs: Int, outputs: Int, position: (Float, Int) -> Float, scale: () -> Float
  ) -> AxisSampling {
    var sampling = AxisSampling(inputs: inputs, outputs: outputs, taps: 2)
    let scale = scale()
    for output in 0..<outputs {
      let place = position(scale, output)
      let first = min(Int(place), inputs - 1)
      let fraction = min(max(place - Float(first), 0), 1)
      sampling.set(output, 0, index: first, weight: 1 - fraction)
      sampling.set(output, 1, index: first + 1, weight: fraction)
    }
    return sampling
  }

  /// Cubic convolution with a = -0.75, `align_corners=False`, no antialiasing.
  ///
  /// `scaleFactor` is the factor given to `interpolate`; it, and not the ratio of sizes, enters the positions.
  public static func cubic(inputs: Int, outputs: Int, scaleFactor: Double) -> AxisSampling {
    var sampling = AxisSampling(inputs: inputs, outputs: outputs, taps: 4)
    let scale = Float(1 / scaleFactor)
    for output in 0..<outputs {
      let place = scale * (Float(output) + 0.5) - 0.5
      let floor = place.rounded(.down)
      let t = place - floor
      let distances = [t + 1, t, 1 - t, 2 - t]
      for tap in 0..<4 {
        sampling.set(
          output, tap, index: Int(floor) - 1 + tap, weight: cubicConvolution(distances[tap], a: -0.75))
      }
    }
    return sampling
  }

  /// Cubic with a = -0.5 and antialiasing (`antialias=True`), by output size.
  public static func cubicAntialiased(inputs: Int, outputs: Int) -> AxisSampling {
    let scale = Float(inputs) / Float(outputs)
    let support = 2 * max(scale, 1)
    let inverse = 1 / max(scale, 1)
    var sampling = AxisSampling(inputs: inputs, outputs: outputs, taps: Int(support.rounded(.up)) * 2 + 1)
    for output in 0..<outputs {
      let center = scale * (Float(output) + 0.5)
      let first = max(Int(center - support + 0.5), 0)
      let count = min(Int(center + support + 0.5), inputs) - first
      let raw = (0..<count).map {
        cubicConvolution(abs((Float($0 + first) - center + 0.5) * inverse), a: -0.5)
      }
      let total = raw.reduce(0, +)
      for tap in 0..<sampling.taps {
        sampling.set(output, tap, index: first + tap, weight: tap < count ? raw[tap] / total : 0)
      }
    }
    return sampling
  }

  /// Keys' cubic convolution kernel at distance `x >= 0`.
  private static func cubicConvolution(_ x: Float, a: Float) -> Float {
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }
}

import Files
import NN
import Parallel

/// Random numbers in bulk, the same for the same seed and every number of threads: 600 million take about a second.
enum RandomNumbers {
  private static let block = 1 << 16

  /// Fills `out` with numbers between `middle - spread` and `middle + spread`.
  static func fill(
    _ out: UnsafeMutableBufferPointer<Float>, seed: UInt64, middle: Float = 0, spread: Float = 1
  ) {
    let out = DisjointWrites(out)
    Parallel.forEachRange(out.count, size: block) { range in
      var lanes = lanes(seed: seed &* 0x2545_F491_4F6C_DD1D &+ UInt64(range.lowerBound))
      for start in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
        // Xorshift in each lane; 23 bits become a number in 1 ..< 2.
        lanes ^= lanes &<< 13
        lanes ^= lanes &>> 17
        lanes ^= lanes &<< 5
        let ones = SIMD16<Float>(bits: lanes &>> 9 | 0x3F80_0000)
        let values = middle - 3 * spread + 2 * spread * ones
        let count = min(16, range.upperBound - start)
        for lane in 0..<count { out[start + lane] = values[lane] }
      }
    }
  }

  static func tensor(_ shape: [Int], seed: UInt64, spread: Float = 1) -> Tensor {
    Tensor(shape) { fill($0, seed: seed, spread: spread) }
  }

  /// Sixteen states, none of them 0, by SplitMix64.
  private static func lanes(seed: UInt64) -> SIMD16<UInt32> {
    var (lanes, generator) = (SIMD16<UInt32>(), SplitMix64(seed: seed))
    for lane in 0..<16 { lanes[lane] = UInt32(truncatingIfNeeded: generator.next()) | 1 }
    return lanes
  }
}

extension SIMD16<Float> {
  /// The numbers with these bits.
  @inline(__always)
  fileprivate init(bits: SIMD16<UInt32>) { self = unsafeBitCast(bits, to: SIMD16<Float>.self) }
}

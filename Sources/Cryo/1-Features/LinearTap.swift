/// The two neighbours of a fractional position and the weight of the second: value = (1 - weight) · first +
/// weight · second. `second` is `first` at the last sample.
struct LinearTap: Sendable, Equatable {
  let first: Int
  let second: Int
  let weight: Float

  /// Position `position` among `count` samples, clamped to them.
  init(_ position: Double, count: Int) {
    let clamped = min(max(position, 0), Double(count - 1))
    first = min(Int(clamped), count - 1)
    second = min(first + 1, count - 1)
    weight = Float(clamped - Double(first))
  }
}

/// Where `count` samples with aligned corners lie among `size` others: sample k at k (size - 1) / (count - 1), and
/// a single sample in the middle.
///
/// (PyTorch puts a single sample at 0 or at NaN, depending on the function; the middle is what it stands for.)
func alignedPositions(_ count: Int, among size: Int) -> [Double] {
  guard count > 1 else { return [Double(size - 1) / 2] }
  return (0..<count).map { Double($0) * Double(size - 1) / Double(count - 1) }
}

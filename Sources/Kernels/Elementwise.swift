/// `y = a + b`, element by element.
///
/// Contract
/// - All three hold `count` floats; `y` may be `a` or `b`, but may not overlap them otherwise.
public func add(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  var index = 0
  while index < count {
    let rest = count - index
    storePart(loadPart(a + index, rest) + loadPart(b + index, rest), y + index, rest)
    index += laneCount
  }
}

/// The inner product of two vectors of `count` floats, in one fixed order.
public func dotProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
  var even = Lanes.zero
  var odd = Lanes.zero
  var index = 0
  while index + 2 * laneCount <= count {
    even = multiplyAdd(Lanes.load(a + index), Lanes.load(b + index), even)
    odd = multiplyAdd(Lanes.load(a + index + laneCount), Lanes.load(b + index + laneCount), odd)
    index += 2 * laneCount
  }
  while index < count {
    let rest = count - index
    even = multiplyAdd(loadPart(a + index, rest), loadPart(b + index, rest), even)
    index += laneCount
  }
  return horizontalSum(even + odd)
}

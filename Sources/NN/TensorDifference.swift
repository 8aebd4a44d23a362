/// How far an array is from a reference.
public struct TensorDifference: Sendable, Equatable {
  /// The largest absolute difference. NaN in one array only counts as infinite; NaN in both, or the same
  /// infinity, as none.
  public private(set) var maximum = 0.0
  /// The first element with the largest difference.
  public private(set) var position = 0
  /// |other - reference| / |reference|, Euclidean norms; 0 if both are 0.
  public private(set) var relativeL2 = 0.0
  /// The cosine of the angle between both, over elements that are finite in both; 1 if both are 0.
  public private(set) var cosine = 1.0
  /// Elements that differ by more than `atol + rtol * |reference|`.
  public private(set) var outside = 0

  public init(_ reference: [Float], _ other: [Float], rtol: Double = 0, atol: Double = 0) {
    precondition(reference.count == other.count)
    var (squares, referenceSquares, otherSquares, product) = (0.0, 0.0, 0.0, 0.0)
    for index in reference.indices {
      let (a, b) = (Double(reference[index]), Double(other[index]))
      let same = a == b || (a.isNaN && b.isNaN)
      let difference = same ? 0 : (a - b).isNaN ? .infinity : abs(a - b)
      if difference > maximum {
        maximum = difference
        position = index
      }
      if !same && !(difference <= atol + rtol * abs(a)) { outside += 1 }
      if a.isFinite && b.isFinite {
        squares += difference * difference
        referenceSquares += a * a
        otherSquares += b * b
        product += a * b
      } else if !same {
        squares = .infinity
      }
    }
    if squares > 0 {
      relativeL2 = referenceSquares > 0 ? (squares / referenceSquares).squareRoot() : .infinity
    }
    if referenceSquares > 0 || otherSquares > 0 {
      let lengths = (referenceSquares * otherSquares).squareRoot()
      cosine = lengths > 0 ? product / lengths : 0
    }
  }
}

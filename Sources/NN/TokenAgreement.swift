/// How near tokens `[..., C]` come to a reference of the same shape.
public struct TokenAgreement: Sendable, Equatable {
  /// The length of the difference over that of the reference, of all tokens together.
  public let error: Double
  /// The mean cosine of a token with its reference.
  public let cosine: Double

  public init(_ tokens: Tensor, reference: Tensor) {
    precondition(tokens.shape == reference.shape)
    let width = tokens.shape.last ?? 1
    let (mine, theirs) = (tokens.values, reference.values)
    var (difference, length, cosines) = (0.0, 0.0, 0.0)
    for start in stride(from: 0, to: mine.count, by: width) {
      var (product, own, their) = (0.0, 0.0, 0.0)
      for place in start..<start + width {
        let (a, b) = (Double(mine[place]), Double(theirs[place]))
        (product, own, their) = (product + a * b, own + a * a, their + b * b)
        difference += (a - b) * (a - b)
      }
      length += their
      cosines += product / (own * their).squareRoot()
    }
    error = (difference / length).squareRoot()
    cosine = cosines / Double(mine.count / width)
  }
}

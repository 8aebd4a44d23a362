import Files
import SAM

/// The robust stretch that turns slices into the 8-bit images SAM is made for: `low` and below become 0, `high`
/// and above 255, linear between, rounded to nearest; `inverted` turns the result around.
public struct ContrastStretch: Sendable, Equatable {
  public let low: Double
  public let high: Double
  public let inverted: Bool

  public init(low: Double, high: Double, inverted: Bool = false) {
    (self.low, self.high, self.inverted) = (low, high, inverted)
  }

  /// The stretch between two percentiles (0 to 100) of the whole tomogram.
  ///
  /// - Throws: `Failure` if the two percentiles are one value: there is nothing to see.
  public init(_ tomogram: Tomogram, percentiles: (low: Double, high: Double), inverted: Bool) throws {
    let values = tomogram.percentiles([percentiles.low, percentiles.high])
    guard values[0] < values[1] else {
      throw Failure(
        .badData, path: tomogram.path,
        "has no contrast: percentiles \(percentiles.low) and \(percentiles.high) are both \(values[0])",
        remedy: "give wider percentiles with --contrast, or another tomogram")
    }
    self.init(low: values[0], high: values[1], inverted: inverted)
  }

  /// `plane` as a grey image.
  public func callAsFunction(_ plane: Plane) -> RGBImage {
    RGBImage(height: plane.rows, width: plane.columns, gray: gray(plane))
  }

  /// `plane` as grey values `[rows, columns]`.
  public func gray(_ plane: Plane) -> [UInt8] {
    let (base, scale) = (Float(low), Float(255 / (high - low)))
    return plane.values.map { value in
      let gray = UInt8(min(255, max(0, (value - base) * scale)).rounded())
      return inverted ? 255 - gray : gray
    }
  }
}

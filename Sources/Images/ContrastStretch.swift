import Files
import Volumes

/// The stretch that turns slices into the 8-bit images SAM is made for: `low` becomes 0, `high` 255, linear between;
/// `inverted` turns the result around.
public struct ContrastStretch: Sendable, Equatable {
  /// How 255 (v - low) / (high - low) becomes 8 bits.
  public enum Cast: String, Sendable {
    /// Clipped to 0 and 255, rounded to nearest.
    case rounded
    /// As C compilers and NumPy do it on x86-64: cut off towards 0 and then modulo 256, not clipped; what exceeds 32
    /// bits is 0.
    case wrapped
  }

  public let low: Double
  public let high: Double
  public let inverted: Bool
  public let cast: Cast

  public init(low: Double, high: Double, inverted: Bool = false, cast: Cast = .rounded) {
    (self.low, self.high, self.inverted, self.cast) = (low, high, inverted, cast)
  }

  /// The released code's images: 255 V as `uint8`, for voxels V between 0 and 1.
  public static func unscaled(inverted: Bool = false) -> ContrastStretch {
    ContrastStretch(low: 0, high: 1, inverted: inverted, cast: .wrapped)
  }

  /// Whether voxels of `range` come out modulo 256.
  public func wraps(_ range: ClosedRange<Float>) -> Bool {
    func scaled(_ value: Float) -> Double { (Double(value) - low) * 255 / (high - low) }
    return cast == .wrapped && (scaled(range.lowerBound) <= -1 || scaled(range.upperBound) >= 256)
  }

  /// The stretch between two percentiles (0 to 100) of the whole tomogram.
  ///
  /// - Throws: `Failure` if the two percentiles are one value: there is nothing to see.
  public init(_ tomogram: Tomogram, _ percentiles: Percentiles, inverted: Bool) throws {
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
      let gray = eightBits((value - base) * scale)
      return inverted ? 255 - gray : gray
    }
  }

  private func eightBits(_ value: Float) -> UInt8 {
    switch cast {
    case .rounded: UInt8(min(255, max(0, value)).rounded())
    case .wrapped: Int32(exactly: value.rounded(.towardZero)).map { UInt8(truncatingIfNeeded: $0) } ?? 0
    }
  }
}

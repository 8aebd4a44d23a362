import NN
import Volumes

/// Turns a slice into a feature encoder's input (paper, 2.1; eq. 1): normalised by the tomogram's own mean and
/// standard deviation, resized to S x S, repeated to three channels.
///
/// The resize is bilinear with corners aligned (`torch.nn.functional.interpolate(..., align_corners=True)`),
/// whatever the aspect ratio and without antialiasing.
public struct EncoderInput: Sendable {
  public let mean: Double
  /// The population standard deviation; a constant tomogram, which has 0, becomes all 0.
  public let deviation: Double
  /// S
  public let side: Int

  public init(mean: Double, deviation: Double, side: Int) {
    (self.mean, self.deviation, self.side) = (mean, deviation, side)
  }

  public init(_ statistics: VoxelStatistics, side: Int) {
    self.init(mean: statistics.mean, deviation: statistics.standardDeviation, side: side)
  }

  /// `plane [rows, columns]` → `[3, S, S]`
  public func callAsFunction(_ plane: Plane) -> Tensor {
    let (mean, deviation) = (Float(mean), Float(deviation))
    let normal = Tensor([plane.rows, plane.columns]) { normal in
      for (index, value) in plane.values.enumerated() {
        normal[index] = deviation > 0 ? (value - mean) / deviation : 0
      }
    }
    let resized = resample(
      normal, rows: .linearCornersAligned(inputs: plane.rows, outputs: side),
      columns: .linearCornersAligned(inputs: plane.columns, outputs: side)
    ).reshaped([1, side, side])
    return .concatenated([resized, resized, resized])
  }
}

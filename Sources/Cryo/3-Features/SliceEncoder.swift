import DINOv2
import NN

/// The features of one slice: a grid of `height x width` patch vectors, `vectors [height * width, C]`.
public struct FeatureGrid: Sendable {
  public let height: Int
  public let width: Int
  public let vectors: Tensor

  /// C
  public var channels: Int { vectors.shape[1] }

  public init(height: Int, width: Int, vectors: Tensor) {
    precondition(vectors.rank == 2 && vectors.shape[0] == height * width)
    (self.height, self.width, self.vectors) = (height, width, vectors)
  }

  /// The grid in a stored record.
  init(_ record: SliceRecord) {
    self.init(height: record.sizes[0], width: record.sizes[1], vectors: record.tensor)
  }

  /// The record that stores this grid.
  var record: SliceRecord { SliceRecord(vectors, sizes: [height, width]) }

  /// Whether `record` holds a grid.
  static func isSound(_ record: SliceRecord) -> Bool {
    record.sizes.count == 2 && record.tensor.rank == 2 && record.tensor.shape[1] > 0
      && record.sizes.allSatisfy { $0 > 0 && $0 < 1 << 16 }
      && record.sizes[0] * record.sizes[1] == record.tensor.shape[0]
  }
}

/// What turns a slice into features: 𝓔 of the paper (2.1). The result depends on the slice alone.
public protocol SliceEncoder: Sendable {
  /// Plane `[rows, columns]` → its grid of patch vectors.
  func features(of plane: Plane) -> FeatureGrid
}

/// DINOv2 (or DINO v1) on slices normalised by the tomogram's own statistics and resized to S x S.
public struct DINOSliceEncoder: SliceEncoder {
  private let encoder: DINOEncoder
  private let input: EncoderInput

  public init(_ encoder: DINOEncoder, _ input: EncoderInput) {
    self.encoder = encoder
    self.input = input
  }

  public func features(of plane: Plane) -> FeatureGrid {
    let features = encoder(input(plane))
    return FeatureGrid(
      height: features.rows, width: features.columns, vectors: features.patchTokens)
  }
}

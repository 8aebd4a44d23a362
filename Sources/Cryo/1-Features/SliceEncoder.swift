import DINOv2
import NN
import SAM
import Volumes

/// The features of one slice: a grid of `height x width` patch vectors, `vectors [height * width, C]`.
public struct FeatureGrid: Sendable {
  public let vectors: Tensor
  let placement: GridPlacement

  public var height: Int { placement.height }
  public var width: Int { placement.width }
  /// C
  public var channels: Int { vectors.shape[1] }

  /// A grid whose corners lie on the slice's.
  public init(height: Int, width: Int, vectors: Tensor) {
    self.init(GridPlacement(height: height, width: width), vectors)
  }

  init(_ placement: GridPlacement, _ vectors: Tensor) {
    precondition(vectors.rank == 2 && vectors.shape[0] == placement.height * placement.width)
    (self.placement, self.vectors) = (placement, vectors)
  }

  /// SAM's embedding `[g, g, D]` of a slice as features: the patches that the slice fills, where SAM saw them.
  init(_ image: EmbeddedImage, inputSide: Int) {
    let placement = GridPlacement(image, inputSide: inputSide)
    let (grid, channels) = (image.embedding.shape[1], image.embedding.shape[2])
    let line = placement.width * channels
    let vectors = image.embedding.withElements { all in
      Tensor([placement.height * placement.width, channels]) { vectors in
        for row in 0..<placement.height {
          for index in 0..<line { vectors[row * line + index] = all[row * grid * channels + index] }
        }
      }
    }
    self.init(placement, vectors)
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

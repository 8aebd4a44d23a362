import NN

// N cells of the image embedding, D channels, I inner width of the decoder's attention, M channels of a mask prompt.

/// The image as a layer of the two-way transformer sees it.
struct ImageSide: Sendable {
  /// `[N, D]`
  let cells: Tensor
  /// The cells plus their positional encoding, `[N, D]`.
  let withPositions: Tensor
  /// The first layer's projections, each `[N, I]`, which prompts share; nil in later layers.
  let projections: Projections?

  struct Projections: Sendable {
    let keys: Tensor
    let values: Tensor
    let queries: Tensor
  }

  init(cells: Tensor, withPositions: Tensor, projections: Projections? = nil) {
    (self.cells, self.withPositions, self.projections) = (cells, withPositions, projections)
  }
}

/// What a mask prompt adds to cells and first projections, as matrices of its M mask features.
///
/// The last layer of the mask's convolutions is linear, and so are the projections: their product is applied to
/// 16 features in place of D channels.
struct MaskFolding: Sendable {
  private let cells: Linear  // [D, M]
  private let keys: Linear  // [I, M]
  private let values: Linear
  private let queries: Linear

  /// - Parameter embedding: the last layer of the mask's convolutions, `[D, M]`; its bias is not part of this.
  init(_ embedding: Linear, _ layer: TwoWayLayer) {
    let columns = embedding.weight.transposed()  // [M, D]
    func product(_ projection: Linear) -> Linear {
      Linear(weight: Linear(weight: columns, bias: nil)(projection.weight), bias: nil)
    }
    cells = Linear(weight: embedding.weight, bias: nil)
    keys = product(layer.tokensToImage.key)
    values = product(layer.tokensToImage.value)
    queries = product(layer.imageToTokens.query)
  }

  /// `image`, which holds the bias of the embedding, with the mask of `features [N, M]` added.
  func add(_ features: Tensor, to image: ImageSide) -> ImageSide {
    func sum(_ linear: Linear, _ shared: Tensor) -> Tensor {
      linear(features, then: .residual(shared, scale: nil))
    }
    return ImageSide(
      cells: sum(cells, image.cells), withPositions: sum(cells, image.withPositions),
      projections: image.projections.map { shared in
        ImageSide.Projections(
          keys: sum(keys, shared.keys), values: sum(values, shared.values),
          queries: sum(queries, shared.queries))
      })
  }
}

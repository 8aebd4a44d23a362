import Images
import SAM

/// What segments one slice for a prompt: SAM of the paper's equations 2 and 3.
///
/// A prediction depends on its image and its prompt alone, not on the other prompts of the batch.
public protocol SliceSegmenter: Sendable {
  /// Side S of the padded input, in pixels.
  var inputSide: Int { get }
  /// Whether one image does not keep many threads busy, and takes little memory.
  var isSmall: Bool { get }
  func embed(_ image: RGBImage) -> EmbeddedImage
  /// One prediction for each prompt, in order; with `multimask` three candidate masks each.
  func predict(_ image: EmbeddedImage, _ prompts: [Prompt], multimask: Bool) -> [Prediction]
}

extension SliceSegmenter {
  public var isSmall: Bool { false }
}

extension SegmentAnything: SliceSegmenter {
  /// The published models are 768 wide and more.
  public var isSmall: Bool { configuration.width < 512 }
  public var inputSide: Int { configuration.imageSize }
}

import Images
import Parallel
import SAM
import Volumes

/// The slices of a tomogram as SAM's image embeddings: each is encoded when it is first visited, once, and stored.
public struct EmbeddedSlices: Sendable {
  public let tomogram: Tomogram
  public let stretch: ContrastStretch
  public let segmenter: any SliceSegmenter
  private let store: SliceStore

  public init(
    _ tomogram: Tomogram, stretch: ContrastStretch, segmenter: any SliceSegmenter, store: SliceStore
  ) {
    (self.tomogram, self.stretch, self.segmenter, self.store) = (tomogram, stretch, segmenter, store)
  }

  /// The embedding of one slice.
  ///
  /// - Throws: `Failure` if it cannot be stored.
  public func slice(_ axis: Axis, _ index: Int) throws -> (image: EmbeddedImage, encoded: Bool) {
    func embed() -> SliceRecord { segmenter.embed(stretch(tomogram.plane(axis, index))).record }
    let (record, made) = try store.load(axis, index, orMake: embed)
    let image = EmbeddedImage(record)
    // A file of another plane's sizes is none of ours, though its checksum be right.
    guard (image.originalHeight, image.originalWidth) == tomogram.shape.plane(axis) else {
      return (EmbeddedImage(store.stored(embed())), true)
    }
    return (image, made)
  }

  /// Encodes those of `slices` that are not stored, one on each thread.
  ///
  /// - Returns: how many were encoded.
  /// - Throws: `Failure` if one cannot be stored.
  func prepare(_ axis: Axis, _ slices: [Int]) throws -> Int {
    let made = try Parallel.mapThrowing(slices.count) { try slice(axis, slices[$0]).encoded }
    return made.count { $0 }
  }

  /// Where they are stored.
  var folder: String { store.folder }

  /// Whether a slice's embedding is stored; its file is not looked into.
  public func isStored(_ axis: Axis, _ index: Int) -> Bool { store.hasFile(axis, index) }

  /// The slice across `axis` whose centre is nearest to `point`.
  public func nearestSlice(to point: VoxelPoint, _ axis: Axis) -> Int {
    min(tomogram.shape[axis] - 1, max(0, Int(point[axis].rounded())))
  }

  /// SAM's answers to a point on the slice through it, asked `times` times at once.
  func decode(_ point: VoxelPoint, _ axis: Axis, _ image: EmbeddedImage, times: Int) -> [Prediction] {
    let prompts = [Prompt](repeating: point.prompt(on: axis), count: times)
    return segmenter.predict(image, prompts, multimask: true)
  }
}

extension EmbeddedImage {
  /// The record that stores this embedding.
  var record: SliceRecord {
    SliceRecord(embedding, sizes: [originalHeight, originalWidth, inputHeight, inputWidth])
  }

  init(_ record: SliceRecord) {
    self.init(
      embedding: record.tensor, originalHeight: record.sizes[0], originalWidth: record.sizes[1],
      inputHeight: record.sizes[2], inputWidth: record.sizes[3])
  }

  /// Whether `record` holds an embedding by a model of `sizes`.
  static func isSound(_ record: SliceRecord, of sizes: SAMConfiguration) -> Bool {
    record.sizes.count == 4 && record.sizes.allSatisfy { $0 > 0 }
      && record.sizes[2...].allSatisfy { $0 <= sizes.imageSize }
      && record.tensor.shape == [sizes.grid, sizes.grid, sizes.decoderWidth]
  }
}

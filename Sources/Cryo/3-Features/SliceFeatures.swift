import NN
import Parallel
import Synchronization

/// The features of all slices of the three views (paper, eq. 1): Z `[D, h, w, C]`, Y `[H, d, w, C]`,
/// X `[W, d, h, C]`, one file for each slice. The feature volume F `[D, H, W, 3C]` is never made: what is needed
/// of it is interpolated from these.
public struct SliceFeatures: Sendable {
  public let tomogram: Tomogram
  private let source: Source

  private enum Source {
    case encoder(any SliceEncoder, SliceStore)
    case embeddings(EmbeddedSlices)
  }

  public var shape: VolumeShape { tomogram.shape }
  /// Where they are stored.
  public var folder: String {
    switch source {
    case .encoder(_, let store): store.folder
    case .embeddings(let slices): slices.folder
    }
  }
  /// Whether they are SAM's embeddings.
  var areEmbeddings: Bool { if case .embeddings = source { true } else { false } }

  public init(_ tomogram: Tomogram, encoder: any SliceEncoder, store: SliceStore) {
    self.tomogram = tomogram
    source = .encoder(encoder, store)
  }

  /// SAM's embeddings as features. They are computed and stored once for both uses.
  public init(_ slices: EmbeddedSlices) {
    tomogram = slices.tomogram
    source = .embeddings(slices)
  }

  /// The features of one slice, encoded now if they are not stored.
  public func grid(_ axis: Axis, _ index: Int) throws -> FeatureGrid {
    try stored(axis, index).grid
  }

  /// Whether a slice's features are stored; their file is not looked into.
  public func isStored(_ axis: Axis, _ index: Int) -> Bool {
    switch source {
    case .encoder(_, let store): store.hasFile(axis, index)
    case .embeddings(let slices): slices.isStored(axis, index)
    }
  }

  /// Every slice of the three views in order, for shard `shard` of `count` every `count`th.
  public func slices(shard: Int = 0, of count: Int = 1) -> [(axis: Axis, index: Int)] {
    let all = [Axis.z, .y, .x].flatMap { axis in (0..<shape[axis]).map { (axis: axis, index: $0) } }
    return stride(from: shard, to: all.count, by: count).map { all[$0] }
  }

  /// Encodes the slices that are not stored yet (stage 1), one on each thread: DINO's layers are too small for many
  /// threads, and a slice's bytes do not depend on who computes it. SAM's are large, and so is its memory: its slices
  /// come one after the other.
  ///
  /// - Parameter slices: the slices to do.
  /// - Parameter progress: told of each slice, whether it was encoded or found.
  /// - Returns: how many were encoded.
  /// - Throws: `Failure` if a slice cannot be stored; then only slices begun with it are still done.
  @discardableResult
  public func extract(
    _ slices: [(axis: Axis, index: Int)], progress: any StageProgress
  ) throws -> Int {
    let encoded = Atomic(0)
    func extract(_ slice: (axis: Axis, index: Int)) throws {
      if try stored(slice.axis, slice.index).made {
        encoded.add(1, ordering: .relaxed)
        progress.advance(by: 1)
      } else {
        progress.skip(1)
      }
    }
    if areEmbeddings {
      for slice in slices { try extract(slice) }
      return encoded.load(ordering: .relaxed)
    }
    let batch = 4 * Parallel.threads
    for first in stride(from: 0, to: slices.count, by: batch) {
      try Parallel.forEachThrowing(min(batch, slices.count - first)) { position in
        try extract(slices[first + position])
      }
    }
    return encoded.load(ordering: .relaxed)
  }

  private func stored(_ axis: Axis, _ index: Int) throws -> (grid: FeatureGrid, made: Bool) {
    switch source {
    case .encoder(let encoder, let store):
      let (record, made) = try store.load(axis, index) {
        encoder.features(of: tomogram.plane(axis, index)).record
      }
      return (FeatureGrid(record), made)
    case .embeddings(let slices):
      let (image, made) = try slices.slice(axis, index)
      return (FeatureGrid(image, inputSide: slices.segmenter.inputSide), made)
    }
  }
}

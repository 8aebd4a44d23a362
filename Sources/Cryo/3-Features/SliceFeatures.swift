import NN

/// The features of all slices of the three views (paper, eq. 1): Z `[D, h, w, C]`, Y `[H, d, w, C]`,
/// X `[W, d, h, C]`, one file for each slice. The feature volume F `[D, H, W, 3C]` is never made: what is needed
/// of it is interpolated from these.
public struct SliceFeatures: Sendable {
  public let tomogram: Tomogram
  private let encoder: any SliceEncoder
  private let store: SliceStore

  public var shape: VolumeShape { tomogram.shape }
  /// Where they are stored.
  public var folder: String { store.folder }

  public init(_ tomogram: Tomogram, encoder: any SliceEncoder, store: SliceStore) {
    self.tomogram = tomogram
    self.encoder = encoder
    self.store = store
  }

  /// The features of one slice, encoded now if they are not stored.
  public func grid(_ axis: Axis, _ index: Int) throws -> FeatureGrid {
    try stored(axis, index).grid
  }

  /// Whether a slice's features are stored; their file is not looked into.
  public func isStored(_ axis: Axis, _ index: Int) -> Bool { store.hasFile(axis, index) }

  /// Every slice of the three views in order, for shard `shard` of `count` every `count`th.
  public func slices(shard: Int = 0, of count: Int = 1) -> [(axis: Axis, index: Int)] {
    let all = [Axis.z, .y, .x].flatMap { axis in (0..<shape[axis]).map { (axis: axis, index: $0) } }
    return stride(from: shard, to: all.count, by: count).map { all[$0] }
  }

  /// Encodes the slices that are not stored yet (stage 1).
  ///
  /// - Parameter slices: the slices to do.
  /// - Parameter progress: told of each slice, whether it was encoded or found.
  /// - Returns: how many were encoded.
  @discardableResult
  public func extract(
    _ slices: [(axis: Axis, index: Int)], progress: any StageProgress
  ) throws -> Int {
    var encoded = 0
    for slice in slices {
      if try stored(slice.axis, slice.index).made {
        encoded += 1
        progress.advance(by: 1)
      } else {
        progress.skip(1)
      }
    }
    return encoded
  }

  private func stored(_ axis: Axis, _ index: Int) throws -> (grid: FeatureGrid, made: Bool) {
    let (record, made) = try store.load(axis, index) {
      encoder.features(of: tomogram.plane(axis, index)).record
    }
    return (FeatureGrid(record), made)
  }
}

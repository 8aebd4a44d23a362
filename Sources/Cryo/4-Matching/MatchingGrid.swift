import Volumes

/// The sample points of one level of matching: a grid over the volume, corners aligned.
///
/// Grid sample k along an axis of N voxels and n samples stands for voxel k (N - 1) / (n - 1); a single sample
/// stands for the middle.
public struct MatchingGrid: Sendable, Equatable {
  public let volume: VolumeShape
  public let shape: VolumeShape

  /// The grid of `volume` downsampled `ratio` times: N / r samples along each axis, at least one (paper, eq. 5).
  public init(_ volume: VolumeShape, ratio: Int) {
    self.volume = volume
    shape = VolumeShape(
      max(1, volume.depth / ratio), max(1, volume.height / ratio), max(1, volume.width / ratio))
  }

  /// The slice position of each sample along `axis`, in voxels.
  package func positions(_ axis: Axis) -> [Double] {
    alignedPositions(shape[axis], among: volume[axis])
  }

  /// The voxel nearest to sample `index` (linear).
  package func voxel(_ index: Int) -> (z: Int, y: Int, x: Int) {
    let (z, rest) = index.quotientAndRemainder(dividingBy: shape.height * shape.width)
    let (y, x) = rest.quotientAndRemainder(dividingBy: shape.width)
    func nearest(_ axis: Axis, _ sample: Int) -> Int {
      let (from, to) = (shape[axis], volume[axis])
      let position =
        from > 1 ? Double(sample) * Double(to - 1) / Double(from - 1) : Double(to - 1) / 2
      return Int(position.rounded())
    }
    return (nearest(.z, z), nearest(.y, y), nearest(.x, x))
  }

  /// `mask` of the coarser grid `coarse` at this grid's samples, nearest-upsampled: source = ⌊k n / N⌋.
  package func upsampling(_ mask: [Bool], of coarse: MatchingGrid) -> [Bool] {
    func sources(_ axis: Axis) -> [Int] {
      (0..<shape[axis]).map { $0 * coarse.shape[axis] / shape[axis] }
    }
    let (rows, columns) = (sources(.y), sources(.x))
    var result: [Bool] = []
    result.reserveCapacity(shape.count)
    for z in sources(.z) {
      for y in rows {
        let line = coarse.shape.index(z, y, 0)
        for x in columns { result.append(mask[line + x]) }
      }
    }
    return result
  }
}

import Volumes

/// A box of a volume's voxels: where small masks lie in it.
struct VoxelBox {
  /// The voxel of the volume that is the box's first.
  let corner: (z: Int, y: Int, x: Int)
  let shape: VolumeShape

  /// The voxel of the box nearest to `point` of the volume.
  func nearest(_ point: VoxelPoint) -> Int {
    func clamp(_ value: Double, _ first: Int, _ count: Int) -> Int {
      min(count - 1, max(0, Int(value.rounded()) - first))
    }
    return shape.index(
      clamp(point.z, corner.z, shape.depth), clamp(point.y, corner.y, shape.height),
      clamp(point.x, corner.x, shape.width))
  }

  /// `mask` of the box as voxels of `volume`.
  func voxels(of mask: BoxMask, in volume: VolumeShape) -> VoxelMask {
    var runs: [Range<Int>] = []
    for line in 0..<shape.depth * shape.height {
      let (plane, row) = line.quotientAndRemainder(dividingBy: shape.height)
      let target = volume.index(corner.z + plane, corner.y + row, corner.x)
      var column = 0
      while column < shape.width {
        guard mask.voxels[line * shape.width + column] else {
          column += 1
          continue
        }
        let first = column
        while column < shape.width, mask.voxels[line * shape.width + column] { column += 1 }
        runs.append(target + first..<target + column)
      }
    }
    return VoxelMask(runs: runs)
  }
}

extension VoxelMask {
  /// Of the mask without its thin parts (`BoxMask.smoothed`) and small pieces of planes, the piece at `point`, or else the
  /// largest; of the mask itself if less than two thirds of it are thick.
  package func smoothPiece(at point: VoxelPoint, thickness: Int, in volume: VolumeShape) -> VoxelMask {
    guard !isEmpty else { return self }
    var (lower, upper) = ((z: Int.max, y: Int.max, x: Int.max), (z: 0, y: 0, x: 0))
    forEachVoxel(in: volume) { z, y, x in
      lower = (min(lower.z, z), min(lower.y, y), min(lower.x, x))
      upper = (max(upper.z, z + 1), max(upper.y, y + 1), max(upper.x, x + 1))
    }
    let box = VoxelBox(
      corner: lower, shape: VolumeShape(upper.z - lower.z, upper.y - lower.y, upper.x - lower.x))
    var voxels = [Bool](repeating: false, count: box.shape.count)
    forEachVoxel(in: volume) { z, y, x in
      voxels[box.shape.index(z - lower.z, y - lower.y, x - lower.x)] = true
    }
    let mask = BoxMask(box.shape, voxels)
    let smooth = mask.smoothed(reach: thickness, in: box, of: volume).withoutSmallPiecesOfPlanes
    return box.voxels(
      of: (3 * smooth.count >= 2 * mask.count ? smooth : mask).piece(at: box.nearest(point)), in: volume)
  }
}

import Files

extension ParticleMask {
  /// The voxel whose feature stands for the particle in the released code: the rounded centre of mass, halves to even.
  /// It need not lie in the mask. nil if SAM took no mask at all, which the released code leaves out.
  ///
  /// The query is the mean over particles, each of one voxel: the one of `QueryFeature(pooling:over:)` with these.
  ///
  /// - Throws: `Failure` if the only masks SAM took are empty: there the released code breaks off with an IndexError.
  func centralVoxel(in shape: VolumeShape) throws -> VoxelMask? {
    guard !voxels.isEmpty else {
      guard predictedIoU > 0 else { return nil }
      throw Failure(
        .badData, "SAM's mask for a prompted point is empty; the released code breaks off here",
        remedy: "leave that point out, or use --profile paper")
    }
    var sum = (z: 0, y: 0, x: 0)
    voxels.forEachVoxel(in: shape) { z, y, x in sum = (sum.z + z, sum.y + y, sum.x + x) }
    func mean(_ sum: Int) -> Int { Int((Double(sum) / Double(voxels.count)).rounded(.toNearestOrEven)) }
    let voxel = shape.index(mean(sum.z), mean(sum.y), mean(sum.x))
    return VoxelMask(runs: [voxel..<voxel + 1])
  }
}

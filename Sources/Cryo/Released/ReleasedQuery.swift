import Volumes

/// The released code's query: the mean over particles, each of one voxel.
enum ReleasedQuery {
  /// The voxel whose feature stands for each particle: the rounded centre of mass, halves to even. It need not lie in
  /// the mask. Particles of which SAM took no mask at all are left out.
  ///
  /// - Throws: `NoParticle` if the only masks SAM took of one are empty: there the released code breaks off with an
  ///   IndexError.
  static func centralVoxels(_ particles: [ParticleMask], in shape: VolumeShape) throws -> [VoxelMask] {
    try particles.compactMap { particle in
      guard particle.voxels.isEmpty else { return centralVoxel(particle.voxels, in: shape) }
      guard particle.predictedIoU > 0 else { return nil }
      throw NoParticle(breakingOff: particles)
    }
  }

  private static func centralVoxel(_ mask: VoxelMask, in shape: VolumeShape) -> VoxelMask {
    var sum = (z: 0, y: 0, x: 0)
    mask.forEachVoxel(in: shape) { z, y, x in sum = (sum.z + z, sum.y + y, sum.x + x) }
    func mean(_ sum: Int) -> Int { Int((Double(sum) / Double(mask.count)).rounded(.toNearestOrEven)) }
    let voxel = shape.index(mean(sum.z), mean(sum.y), mean(sum.x))
    return VoxelMask(runs: [voxel..<voxel + 1])
  }
}

import Volumes

/// What of the masks that a point gave is the particle.
public enum MaskForm: String, Sendable, CaseIterable {
  /// All of them (paper, 2.2).
  case union
  /// One piece: that about the point, without specks and arms.
  case particle
}

extension ParticleMask {
  /// The particle in `slices`, the masks that `point` gave.
  init(
    _ slices: [SliceMask], at point: VoxelPoint, predictedIoU: Double, as form: MaskForm,
    in shape: VolumeShape
  ) {
    guard let votes = AxisVotes(slices) else {
      self.init(voxels: .empty, predictedIoU: predictedIoU)
      return
    }
    let union = votes.union
    var mask = union
    if form == .particle {
      // Arms of up to four voxels go, or up to two if else more than half of it would: of a thin particle all would.
      let seed = votes.place.nearest(point)
      mask =
        [2, 1, 0].lazy.map { union.core(at: seed, depth: $0) }.first { 2 * $0.count >= union.count }
        ?? union.piece(at: seed)
    }
    self.init(
      voxels: votes.place.voxels(of: mask, in: shape), predictedIoU: predictedIoU,
      agreement: votes.agreement(in: mask))
  }
}

import Volumes

/// What of the masks that a point gave is the particle.
public enum MaskForm: String, Sendable, CaseIterable {
  /// All of them (paper, 2.2).
  case union
  /// One piece: that about the point, without specks and without what hangs on it by less than three voxels.
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
    var mask = votes.union
    if form == .particle {
      let opened = mask.opened
      // A thin particle would be gone.
      mask = (2 * opened.count >= mask.count ? opened : mask).piece(at: votes.nearest(point))
    }
    self.init(
      voxels: votes.voxels(of: mask, in: shape), predictedIoU: predictedIoU,
      agreement: votes.agreement(in: mask))
  }
}

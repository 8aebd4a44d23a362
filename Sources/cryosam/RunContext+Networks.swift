import Cryo
import Runs
import Volumes

extension RunContext {
  typealias Networks = (
    dino: (features: SliceFeatures, input: RunRecord.Input)?,
    sam: (slices: EmbeddedSlices, input: RunRecord.Input)
  )

  /// The slices' features, unless they are SAM's, and the slices for SAM, in the precision asked for if that comes near
  /// to float32 on them.
  ///
  /// - Throws: `Failure` if weights cannot be used, or the precision does not come near.
  mutating func networks(
    dino: String?, sam: String, at points: [VoxelPoint], _ options: PrecisionOptions
  ) throws -> (networks: Networks, check: PrecisionCheck?) {
    if let remark = options.precision.remark { observer.note(remark) }
    let features = try dino.map { (weights: $0, opened: try self.features($0)) }
    let slices = try slices(sam)
    let check = try options.settle(
      &self,
      precisionCheck(
        features.map { (of: $0.opened.features, weights: $0.weights) }, (of: slices.slices, weights: sam),
        at: points))
    guard check?.holds ?? true else {
      return ((try dino.map { try self.features($0) }, try self.slices(sam)), check)
    }
    return ((features?.opened, slices), check)
  }
}

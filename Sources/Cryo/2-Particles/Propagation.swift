import NN
import SAM
import Volumes

/// How a particle is followed from slice to slice.
public protocol PropagationRules: Sendable {
  /// Where a point prompts, in voxels.
  func start(_ point: VoxelPoint) -> VoxelPoint
  /// Which of SAM's candidates is taken, if any.
  ///
  /// - Parameter previous: the mask on the slice before; nil on the first slice.
  func choose(_ prediction: Prediction, previous: BitMask?) -> Candidate?
  /// What the slice `image` is asked after `candidate` was taken on its neighbour.
  func prompt(after candidate: Candidate, on image: EmbeddedImage, inputSide: Int) -> Prompt
}

/// When a mask is accepted, and what it tells the next slice (paper, eq. 3).
public struct MaskRules: PropagationRules, Equatable {
  /// τ_IoU: the least overlap of the masks on neighbouring slices.
  public var leastIoU: Double
  /// The largest area on one slice, in voxels.
  public var largestArea: Int

  public init(leastIoU: Double, largestArea: Int) {
    (self.leastIoU, self.largestArea) = (leastIoU, largestArea)
  }

  /// The point itself.
  public func start(_ point: VoxelPoint) -> VoxelPoint { point }

  /// The best of the candidates in `prediction`: those with 0 < area <= `largestArea` and, if `previous` is given, an
  /// IoU of at least `leastIoU` with it, are left; of these the one with the highest predicted IoU is taken, the
  /// first of equal ones. nil if none is left.
  ///
  /// (The paper does not say which of SAM's candidates it takes. Filtering first lets a propagation go on with the
  /// second-best candidate when the best jumps to the particle's surroundings, as the released code does.)
  public func choose(_ prediction: Prediction, previous: BitMask?) -> Candidate? {
    prediction.best { mask, _ in
      let area = mask.area
      guard area > 0, area <= largestArea else { return false }
      guard let overlap = previous.map(mask.overlap) else { return true }
      return Double(overlap.intersection) >= leastIoU * Double(overlap.union)
    }
  }

  /// The point Q where the logits are greatest, and the logits M.
  public func prompt(after candidate: Candidate, on image: EmbeddedImage, inputSide: Int) -> Prompt {
    Prompt(points: [candidate.peak(image, inputSide: inputSide)], mask: candidate.logits)
  }
}

extension Prediction {
  /// The candidate with the highest predicted IoU among those that `isAllowed`, the first of equal ones.
  func best(where isAllowed: (BitMask, _ predictedIoU: Float) -> Bool) -> Candidate? {
    var best: (index: Int, score: Float)?
    for (index, (mask, score)) in zip(masks, predictedIoU).enumerated()
    where isAllowed(mask, score) && score > best?.score ?? -.infinity {
      best = (index, score)
    }
    return best.map { best in
      Candidate(
        index: best.index, mask: masks[best.index], logits: logits(best.index), predictedIoU: best.score)
    }
  }

  /// A copy of the logits of one candidate, `[4g, 4g]`: a view would keep those of all candidates in memory.
  private func logits(_ index: Int) -> Tensor {
    let logits = lowResolutionLogits[index]
    return Tensor(logits.shape, logits.values)
  }
}

/// An accepted mask with what the next slice is prompted with.
public struct Candidate: Sendable {
  /// Its number among SAM's candidates.
  public let index: Int
  public let mask: BitMask
  /// `[4g, 4g]`
  public let logits: Tensor
  public let predictedIoU: Float

  /// Q: the first greatest logit among the cells whose centre lies in the image, not in the padding, as a point in
  /// pixels of the slice.
  ///
  /// Cell i of 4g spans S / 4g input pixels; its centre at (i + 1/2) S / 4g is divided by the resize's scale, and the
  /// half pixel by which centres differ from corners is taken off.
  func peak(_ image: EmbeddedImage, inputSide: Int) -> Prompt.Point {
    let side = logits.shape[1]
    let cell = Double(inputSide) / Double(side)
    func valid(_ pixels: Int) -> Int {
      (0..<side).prefix { (Double($0) + 0.5) * cell < Double(pixels) }.count
    }
    let (rows, columns) = (max(1, valid(image.inputHeight)), max(1, valid(image.inputWidth)))
    let (row, column) = logits.withElements { logits in
      var best = 0
      for row in 0..<rows {
        for index in row * side..<row * side + columns where logits[index] > logits[best] { best = index }
      }
      return best.quotientAndRemainder(dividingBy: side)
    }
    func pixel(_ index: Int, _ original: Int, _ input: Int) -> Double {
      (Double(index) + 0.5) * cell * Double(original) / Double(input) - 0.5
    }
    return Prompt.Point(
      x: pixel(column, image.originalWidth, image.inputWidth),
      y: pixel(row, image.originalHeight, image.inputHeight))
  }
}

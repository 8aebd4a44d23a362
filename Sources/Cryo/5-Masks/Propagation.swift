import NN
import SAM

/// When a mask is accepted.
public struct MaskRules: Sendable, Equatable {
  /// τ_IoU: the least overlap of the masks on neighbouring slices.
  public var leastIoU: Double
  /// The largest area on one slice, in voxels.
  public var largestArea: Int

  public init(leastIoU: Double = 0.5, largestArea: Int = 32 * 32) {
    (self.leastIoU, self.largestArea) = (leastIoU, largestArea)
  }

  /// The best of the candidates in `prediction`: those with 0 < area <= `largestArea` and, if `previous` is given, an
  /// IoU of at least `leastIoU` with it, are left; of these the one with the highest predicted IoU is taken, the
  /// first of equal ones. nil if none is left.
  ///
  /// (The paper does not say which of SAM's candidates it takes. Filtering first lets a propagation go on with the
  /// second-best candidate when the best jumps to the particle's surroundings, as the released code does.)
  package func choose(_ prediction: Prediction, previous: BitMask?) -> Candidate? {
    var best: (index: Int, score: Float)?
    for (index, mask) in prediction.masks.enumerated() {
      let area = mask.area
      guard area > 0, area <= largestArea else { continue }
      if let previous {
        let overlap = mask.overlap(previous)
        guard Double(overlap.intersection) >= leastIoU * Double(overlap.union) else { continue }
      }
      let score = prediction.predictedIoU[index]
      if score > best?.score ?? -.infinity { best = (index, score) }
    }
    return best.map { best in
      Candidate(
        mask: prediction.masks[best.index], logits: prediction.logits(best.index),
        predictedIoU: best.score)
    }
  }
}

extension Prediction {
  /// A copy of the logits of one candidate, `[4g, 4g]`: a view would keep those of all candidates in memory.
  fileprivate func logits(_ index: Int) -> Tensor {
    let logits = lowResolutionLogits[index]
    return Tensor(logits.shape, logits.values)
  }
}

/// An accepted mask with what the next slice is prompted with.
package struct Candidate: Sendable {
  package let mask: BitMask
  /// `[4g, 4g]`
  package let logits: Tensor
  package let predictedIoU: Float

  /// The prompt for the neighbouring slice: the point Q where the logits are greatest, and the logits M.
  package func prompt(_ image: EmbeddedImage, inputSide: Int) -> Prompt {
    Prompt(points: [peak(image, inputSide: inputSide)], mask: logits)
  }

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

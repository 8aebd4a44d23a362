import Parallel
import Runs
import SAM
import Volumes

/// What one point prompt gave: its masks on all slices together, and SAM's own opinion of them.
public struct ParticleMask: Sendable, Equatable {
  public let voxels: VoxelMask
  /// Mean of the accepted masks' predicted IoU; 0 if there is none.
  public let predictedIoU: Double
  /// The share of the voxels that masks along at least two axes have.
  public let agreement: Double

  public init(voxels: VoxelMask, predictedIoU: Double, agreement: Double = 0) {
    (self.voxels, self.predictedIoU, self.agreement) = (voxels, predictedIoU, agreement)
  }
}

/// Prompt-based 3-D segmentation by Cross-Plane Self-Prompting (paper, 2.2; eq. 2-3).
///
/// A point prompts the three slices through it; each slice's result prompts its neighbour, along ±z, ±y and ±x,
/// until the masks no longer agree.
public struct CrossPlaneSelfPrompting: Sendable {
  public var rules: any PropagationRules
  /// The axes to propagate along.
  public var axes: [Axis]
  public var masks: MaskForm
  /// Prompts decoded in one call, which bounds the memory of their low-resolution masks.
  static let batch = 32

  public init(rules: any PropagationRules, axes: [Axis], masks: MaskForm = .union) {
    (self.rules, self.axes, self.masks) = (rules, axes, masks)
  }

  /// Slices that a run's sweeps pass, with something to do or not.
  public func steps(_ volume: VolumeShape) -> Int { 2 * axes.reduce(0) { $0 + volume[$1] } }

  /// Counts of one run.
  public struct Counts: Sendable, Equatable {
    /// Slices visited, encoded by this run or before.
    public var slices = 0
    /// Of these, encoded now.
    public var encoded = 0
    /// Prompts decoded.
    public var decoded = 0

    mutating func add(_ other: Counts) {
      slices += other.slices
      encoded += other.encoded
      decoded += other.decoded
    }
  }

  /// The particle at each of `points`, in their order. Each depends on its own point alone.
  ///
  /// For each axis the slices are swept once upwards and once downwards with all propagations that are alive on
  /// them, so a slice is encoded once, whatever the number of points, and all prompts on it are decoded together.
  ///
  /// - Parameter progress: told of each slice that a sweep passed, of which there are `steps`.
  /// - Parameter answered: told of each answer of SAM's.
  /// - Throws: `Failure` if a slice's embedding cannot be stored.
  public func callAsFunction(
    _ points: [VoxelPoint], in slices: EmbeddedSlices, progress: any StageProgress = SilentObserver(),
    answered: (SegmentationStep) -> Void = { _ in }
  ) throws -> (particles: [ParticleMask], counts: Counts) {
    let points = points.map(rules.start)
    var masks = [[SliceMask]](repeating: [], count: points.count)
    var scores = [(sum: Double, count: Int)](repeating: (0, 0), count: points.count)
    var counts = Counts()
    for axis in axes {
      var sweep = AxisSweep(points: points, axis: axis, rules: rules, slices: slices, progress: progress)
      try sweep.run(answered)
      for accepted in sweep.accepted {
        masks[accepted.point].append(accepted.mask)
        scores[accepted.point].sum += Double(accepted.predictedIoU)
        scores[accepted.point].count += 1
      }
      counts.add(sweep.counts)
    }
    let shape = slices.tomogram.shape
    let (taken, form) = (masks, self.masks)
    let means = scores.map { $0.sum / Double(max(1, $0.count)) }
    let particles = Parallel.map(points.count) {
      ParticleMask(taken[$0], at: points[$0], predictedIoU: means[$0], as: form, in: shape)
    }
    return (particles, counts)
  }
}

/// The propagations of all points along one axis.
private struct AxisSweep {
  let points: [VoxelPoint]
  let axis: Axis
  let rules: any PropagationRules
  let slices: EmbeddedSlices
  let progress: any StageProgress
  private(set) var accepted: [(point: Int, mask: SliceMask, predictedIoU: Float)] = []
  private(set) var counts = CrossPlaneSelfPrompting.Counts()

  /// A propagation: the point it comes from, and its latest mask.
  private typealias Live = (point: Int, candidate: Candidate)

  init(
    points: [VoxelPoint], axis: Axis, rules: any PropagationRules, slices: EmbeddedSlices,
    progress: any StageProgress
  ) {
    (self.points, self.axis, self.rules) = (points, axis, rules)
    (self.slices, self.progress) = (slices, progress)
  }

  /// Upwards with the points' own slices on the way, then downwards from those.
  mutating func run(_ answered: (SegmentationStep) -> Void) throws {
    let last = slices.tomogram.shape[axis] - 1
    var starts: [Int: [Int]] = [:]
    for (index, point) in points.enumerated() {
      starts[slices.nearestSlice(to: point, axis), default: []].append(index)
    }
    var started: [Int: [Live]] = [:]
    var visited = Set<Int>()
    var live: [Live] = []
    for slice in 0...last {
      guard !live.isEmpty || starts[slice] != nil else {
        progress.skip(1)
        continue
      }
      try prepare(slice, startingFrom: starts, goingOn: live.count)
      let image = try visit(slice, &visited)
      live = advance(live, on: image, slice, answered)
      let new = begin(starts[slice] ?? [], on: image, slice, answered)
      started[slice] = new
      live += new
      progress.advance(by: 1)
    }
    live = []
    for slice in (0...last).reversed() {
      if live.isEmpty {
        progress.skip(1)
      } else {
        live = advance(live, on: try visit(slice, &visited), slice, answered)
        progress.advance(by: 1)
      }
      live += started.removeValue(forKey: slice) ?? []
    }
  }

  /// Encodes a slice together with the next ones that will be visited, where a network is so small that one slice does
  /// not keep all threads busy.
  ///
  /// - Parameter going: how many propagations come to the slice; one of several will go on to the next.
  private mutating func prepare(
    _ slice: Int, startingFrom starts: [Int: [Int]], goingOn going: Int
  ) throws {
    guard slices.segmenter.isSmall, Parallel.threads > 1, !slices.isStored(axis, slice) else { return }
    var together = [slice]
    for next in slice + 1..<slices.tomogram.shape[axis]
    where together.count < Parallel.threads
      && (starts[next] != nil || (next == slice + 1 && going > 3)) && !slices.isStored(axis, next)
    {
      together.append(next)
    }
    counts.encoded += try slices.prepare(axis, together)
  }

  private mutating func visit(_ slice: Int, _ visited: inout Set<Int>) throws -> EmbeddedImage {
    let (image, encoded) = try slices.slice(axis, slice)
    if visited.insert(slice).inserted { counts.slices += 1 }
    if encoded { counts.encoded += 1 }
    return image
  }

  /// The first masks of the points `indices`, from their point prompts (eq. 2).
  private mutating func begin(
    _ indices: [Int], on image: EmbeddedImage, _ slice: Int, _ answered: (SegmentationStep) -> Void
  ) -> [Live] {
    let (points, axis) = (points, axis)
    return decode(indices, on: image, slice, answered) { position in
      (points[indices[position]].prompt(on: axis), nil)
    }
  }

  /// The masks of `live` on the next slice, from their self-prompts (eq. 3); those that end are left out.
  private mutating func advance(
    _ live: [Live], on image: EmbeddedImage, _ slice: Int, _ answered: (SegmentationStep) -> Void
  ) -> [Live] {
    let (rules, side) = (rules, slices.segmenter.inputSide)
    return decode(live.map(\.point), on: image, slice, answered) { position in
      let candidate = live[position].candidate
      return (rules.prompt(after: candidate, on: image, inputSide: side), candidate.mask)
    }
  }

  /// Decodes one prompt for each of the points `indices`, batch by batch, and notes the accepted masks.
  ///
  /// - Parameter prompt: the prompt at a position of `indices`, and the mask before it, if any.
  private mutating func decode(
    _ indices: [Int], on image: EmbeddedImage, _ slice: Int, _ answered: (SegmentationStep) -> Void,
    prompt: (Int) -> (Prompt, previous: BitMask?)
  ) -> [Live] {
    var next: [Live] = []
    for first in stride(from: 0, to: indices.count, by: CrossPlaneSelfPrompting.batch) {
      let batch = first..<min(indices.count, first + CrossPlaneSelfPrompting.batch)
      let prompts = batch.map(prompt)
      let predictions = slices.segmenter.predict(image, prompts.map(\.0), multimask: true)
      for (position, prediction) in zip(batch, predictions) {
        let (prompt, previous) = prompts[position - first]
        let chosen = rules.choose(prediction, previous: previous)
        answered(
          SegmentationStep(
            point: indices[position], axis: axis, slice: slice, prompt: prompt, previous: previous,
            prediction: prediction, chosen: chosen?.index))
        guard let candidate = chosen else { continue }
        let mask = SliceMask(candidate.mask, axis: axis, slice: slice)
        accepted.append((indices[position], mask, candidate.predictedIoU))
        next.append((indices[position], candidate))
      }
    }
    counts.decoded += indices.count
    return next
  }
}

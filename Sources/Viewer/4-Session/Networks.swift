import Cryo
import Runs
import Synchronization
import Volumes

/// What a session computes with: the networks, their slices, and whether the work at hand is still wanted.
public struct Networks: Sendable {
  let context: RunContext
  let slices: EmbeddedSlices
  let features: SliceFeatures
  let inputs: [(role: String, input: RunRecord.Input)]
  let origin: QueryOrigin
  /// What a run's record begins with.
  let record: RunRecord
  let stop: Stop
  private let memoryLimit: Int

  /// Opens the weights.
  ///
  /// - Parameter dino: nil: SAM's own features are matched.
  /// - Throws: `Failure` if weights cannot be used.
  public init(
    _ context: RunContext, dino: String?, sam: String, record: RunRecord, memoryLimit: Int
  ) throws {
    let stop = Stop()
    var context = context
    context.beforeSlice = { try stop.check() }
    (self.context, self.record, self.stop, self.memoryLimit) = (context, record, stop, memoryLimit)
    let (slices, samInput) = try context.slices(sam)
    self.slices = slices
    if let dino {
      let (features, input) = try context.features(dino)
      (self.features, inputs) = (
        features, [("tomogram", context.tomogramInput), ("dino", input), ("sam", samInput)]
      )
      origin = context.origin(input)
    } else {
      (features, inputs) = (SliceFeatures(slices), [("tomogram", context.tomogramInput), ("sam", samInput)])
      origin = context.origin(samInput)
    }
  }

  func run(_ observer: any RunObserver) -> StagedRun {
    StagedRun(context.parameters, observer: observer, memory: memoryLimit)
  }

  /// Encodes the slice nearest to `point` that a network has not seen.
  ///
  /// - Returns: false if there is none.
  func encodeNearest(to point: VoxelPoint) throws -> Bool {
    let axes = context.parameters.axes
    let missing = features.slices().filter {
      (axes.contains($0.axis) && !slices.isStored($0.axis, $0.index))
        || !features.isStored($0.axis, $0.index)
    }
    func distance(_ slice: (axis: Axis, index: Int)) -> Double {
      abs(Double(slice.index) - point[slice.axis])
    }
    guard let nearest = missing.min(by: { distance($0) < distance($1) }) else { return false }
    if axes.contains(nearest.axis) { _ = try slices.slice(nearest.axis, nearest.index) }
    _ = try features.grid(nearest.axis, nearest.index)
    return true
  }

  /// How many slices SAM and the feature encoder have seen, of how many.
  func encoded() -> (sam: Int, features: Int, all: Int) {
    let all = features.slices()
    return (
      all.count { slices.isStored($0.axis, $0.index) }, all.count { features.isStored($0.axis, $0.index) },
      all.count
    )
  }
}

/// Whether the work at hand is to end.
final class Stop: Sendable {
  struct Stopped: Error {}
  private let isWanted = Atomic<Bool>(false)

  func ask() { isWanted.store(true, ordering: .relaxed) }
  func clear() { isWanted.store(false, ordering: .relaxed) }

  /// - Throws: `Stopped` if it is.
  func check() throws { if isWanted.load(ordering: .relaxed) { throw Stopped() } }
}

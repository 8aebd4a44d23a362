import Parallel
import Runs
import Volumes

/// Every voxel of a volume compared with some queries, a slab of planes at a time.
///
/// The patch products of all y- and x-slices are held (24 bytes a patch), and as many planes as fit into the memory; the
/// result does not depend on how many those are.
struct ExactMatching {
  let features: SliceFeatures
  /// What is looked for, the least similarity and the suppression window's radius in voxels.
  let searches: [(query: QueryFeature, threshold: Float, window: Int)]
  /// Bytes for planes.
  let memory: Int

  /// Takes the similarities of the next plane `[H, W]`: where there are several queries, the greatest.
  typealias PlaneSink = (ArraySlice<Float>) throws -> Void

  /// Peaks of similarity by one query.
  struct Peaks {
    /// Linear voxels, in ascending order.
    var places: [(voxel: Int, similarity: Float)] = []
    /// Voxels that passed the threshold.
    var passed = 0
  }

  /// - Throws: `Failure` if features cannot be read, or what `sink` throws.
  func callAsFunction(progress: any StageProgress, _ sink: PlaneSink) throws -> [Peaks] {
    let shape = features.shape
    let grid = MatchingGrid(shape, ratio: 1)
    let area = shape.height * shape.width
    let views = try searches.map { search in
      try ViewProducts(features, search.query, grid, progress: progress)
    }
    // Of each query dots, squares and similarities with those of the slab before; a copy for suppression; the greatest.
    let bytes = 4 * area * (4 * searches.count + 1)
    let depth = max(16, min(shape.depth, memory / bytes))
    var carried = searches.map { _ in [Float]() }
    var peaks = searches.map { _ in Peaks() }
    for start in stride(from: 0, to: shape.depth, by: depth) {
      let planes = start..<min(shape.depth, start + depth)
      var greatest: [Float] = []
      for (number, search) in searches.enumerated() {
        let new = try views[number].similarities(planes, progress: progress)
        if searches.count > 1 {
          greatest = greatest.isEmpty ? new : zip(greatest, new).map { max($0, $1) }
        }
        let block = carried[number] + new
        let first = planes.upperBound - block.count / area
        // A plane is done when all planes in the window about it are there.
        let ready = planes.upperBound == shape.depth ? shape.depth : planes.upperBound - search.window
        let done = start == 0 ? 0 : start - search.window
        let part = VolumeShape(block.count / area, shape.height, shape.width)
        for index in NonMaximumSuppression.peaks(block, part, radius: search.window)
        where (done..<max(done, ready)).contains(first + index / area) && block[index] >= search.threshold {
          peaks[number].places.append((first * area + index, block[index]))
        }
        peaks[number].passed += new.count { $0 >= search.threshold }
        carried[number] = Array(block.suffix(2 * search.window * area))
        if searches.count == 1 { greatest = new }
      }
      for plane in planes.indices {
        let offset = (plane - start) * area
        try sink(greatest[offset..<offset + area])
      }
    }
    return peaks
  }
}

/// The products of all slices across y and x with one query, and those across z when they are needed.
private struct ViewProducts: Sendable {
  private let query: QueryFeature
  private let grid: MatchingGrid
  private let z: SliceProducts
  private let y: [PatchProducts]
  private let x: [PatchProducts]

  init(
    _ features: SliceFeatures, _ query: QueryFeature, _ grid: MatchingGrid, progress: any StageProgress
  ) throws {
    func source(_ axis: Axis, _ view: Int) -> SliceProducts {
      SliceProducts(features: features, query: query.views[view], grid: grid, axis: axis)
    }
    func all(_ axis: Axis, _ view: Int) throws -> [PatchProducts] {
      let source = source(axis, view)
      return try Parallel.mapThrowing(grid.shape[axis]) {
        defer { progress.advance(by: 1) }
        return try source($0)
      }
    }
    (self.query, self.grid, z) = (query, grid, source(.z, 0))
    (y, x) = (try all(.y, 1), try all(.x, 2))
  }

  /// The similarities of `planes`.
  func similarities(_ planes: Range<Int>, progress: any StageProgress) throws -> [Float] {
    var sums = SimilaritySums(grid, planes: planes)
    func all(_ axis: Axis) -> [Bool] { [Bool](repeating: true, count: grid.shape[axis]) }
    let (y, x) = (y, x)
    try sums.add(.z, wanted: all(.z), progress: progress, z.callAsFunction)
    try sums.add(.y, wanted: all(.y), progress: SilentObserver()) { y[$0] }
    try sums.add(.x, wanted: all(.x), progress: SilentObserver()) { x[$0] }
    return sums.similarities(with: query)
  }
}

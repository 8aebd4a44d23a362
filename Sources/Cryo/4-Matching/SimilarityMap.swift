import NN
import Parallel
import Runs
import Volumes

/// Cosine similarity with a query at the samples of a grid, `values [n_z, n_y, n_x]` (paper, eq. 6).
public struct SimilarityMap: Sendable {
  public let grid: MatchingGrid
  /// Empty if they were given away plane by plane (`ExactMatching`).
  public internal(set) var values: [Float]

  init(_ grid: MatchingGrid, values: [Float]) { (self.grid, self.values) = (grid, values) }

  /// Scores the samples of `grid` for which `mask` is true; the others get 0.
  ///
  /// Each view adds its part of F · F_Q and ‖F‖² at every sample. Slices on which no sample is wanted are not read.
  /// Never more than one or two slices a thread are in memory, and two numbers a sample.
  ///
  /// - Throws: `Failure` if a slice's features cannot be read.
  public init(
    _ features: SliceFeatures, _ query: QueryFeature, on grid: MatchingGrid, where mask: [Bool]? = nil,
    progress: any StageProgress
  ) throws {
    self.grid = grid
    var sums = SimilaritySums(grid, planes: 0..<grid.shape.depth)
    for (view, axis) in [Axis.z, .y, .x].enumerated() {
      let source = SliceProducts(features: features, query: query.views[view], grid: grid, axis: axis)
      try sums.add(
        axis, wanted: Self.wantedSlices(grid.shape, axis, mask), progress: progress, source.callAsFunction)
    }
    values = sums.similarities(with: query, where: mask)
  }

  /// Whether any sample on each slice along `axis` is wanted.
  private static func wantedSlices(_ shape: VolumeShape, _ axis: Axis, _ mask: [Bool]?) -> [Bool] {
    guard let mask else { return [Bool](repeating: true, count: shape[axis]) }
    var wanted = [Bool](repeating: false, count: shape[axis])
    for z in 0..<shape.depth {
      for y in 0..<shape.height {
        for x in 0..<shape.width where mask[shape.index(z, y, x)] {
          wanted[axis == .z ? z : axis == .y ? y : x] = true
        }
      }
    }
    return wanted
  }
}

/// The products of the slices of one view at the samples of a grid.
struct SliceProducts: Sendable {
  let features: SliceFeatures
  /// `[C]`
  let query: [Float]
  let grid: MatchingGrid
  let axis: Axis

  /// Those at sample `index` along the axis. Between two slices interpolating slices and interpolating in the slice
  /// commute, so the grids are blended before any product is taken.
  func callAsFunction(_ index: Int) throws -> PatchProducts {
    let tap = LinearTap(grid.positions(axis)[index], count: features.shape[axis])
    let first = try features.grid(axis, tap.first)
    guard tap.weight > 0 else { return PatchProducts(first, query: query) }
    let second = try features.grid(axis, tap.second)
    let vectors = first.vectors.withElements { a in
      second.vectors.withElements { b in
        Tensor(first.vectors.shape) { blend in
          for index in blend.indices { blend[index] = (1 - tap.weight) * a[index] + tap.weight * b[index] }
        }
      }
    }
    return PatchProducts(FeatureGrid(first.placement, vectors), query: query)
  }
}

/// F · F_Q and ‖F‖² at the samples of some planes of a grid, to which each view adds its part.
struct SimilaritySums {
  let grid: MatchingGrid
  /// The z-samples that there are.
  let planes: Range<Int>
  private var dots: [Float]
  private var squares: [Float]

  init(_ grid: MatchingGrid, planes: Range<Int>) {
    (self.grid, self.planes) = (grid, planes)
    let count = planes.count * grid.shape.stride(.z)
    dots = [Float](repeating: 0, count: count)
    squares = [Float](repeating: 0, count: count)
  }

  /// Adds the slices across `axis` for which `wanted` is true. Blocks of slices write to different samples.
  ///
  /// - Parameter products: those of the slice at a sample along the axis.
  mutating func add(
    _ axis: Axis, wanted: [Bool], progress: any StageProgress,
    _ products: @Sendable (Int) throws -> PatchProducts
  ) throws {
    // Along x neighbours share cache lines of the map.
    let blockSize = axis == .x ? 16 : 1
    let indices = axis == .z ? planes : 0..<grid.shape[axis]
    let blocks = (indices.count + blockSize - 1) / blockSize
    let (grid, planes) = (grid, planes)
    try dots.withUnsafeMutableBufferPointer { dots in
      try squares.withUnsafeMutableBufferPointer { squares in
        let target = ViewPart(grid: grid, planes: planes, axis: axis, dots: dots, squares: squares)
        try Parallel.forEachThrowing(blocks) { block in
          let first = indices.lowerBound + block * blockSize
          let range = first..<min(indices.upperBound, first + blockSize)
          let slices = try range.filter { wanted[$0] }.map { ($0, try products($0)) }
          target.add(slices)
          progress.advance(by: range.count)
        }
      }
    }
  }

  /// Cosines with `query`; 0 where `mask` is false, and where F is 0.
  consuming func similarities(with query: QueryFeature, where mask: [Bool]? = nil) -> [Float] {
    let length = query.views.joined().reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let squares = squares
    dots.withDisjointWrites { dots in
      Parallel.forEachRange(squares.count, size: 1 << 16) { range in
        let part = dots[range]
        for (place, index) in range.enumerated() {
          let norm = Float(length) * max(0, squares[index]).squareRoot()
          part[place] = norm > 0 && mask?[index] ?? true ? part[place] / norm : 0
        }
      }
    }
    return dots
  }
}

/// Where one view's part goes.
private struct ViewPart: @unchecked Sendable {
  let grid: MatchingGrid
  let planes: Range<Int>
  let axis: Axis
  let dots: UnsafeMutableBufferPointer<Float>
  let squares: UnsafeMutableBufferPointer<Float>

  /// Adds the samples of some slices, row by row through all of them. The patches lie alike on all slices of an axis.
  func add(_ slices: [(index: Int, products: PatchProducts)]) {
    guard let placement = slices.first?.products.placement else { return }
    let shape = grid.shape
    let rows = placement.rows(shape[axis.row], over: grid.volume[axis.row])
    let columns = placement.columns(shape[axis.column], over: grid.volume[axis.column])
    let step = shape.stride(axis.column)
    let before = planes.lowerBound * shape.stride(.z)
    // The rows of a z-slice are y-samples, those of the others z-samples.
    let positions = axis == .z ? 0..<rows.count : planes
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * placement.width) { line in
      guard let line = line.baseAddress, let dots = dots.baseAddress, let squares = squares.baseAddress else {
        return
      }
      for position in positions {
        for (index, products) in slices {
          let start = index * shape.stride(axis) + position * shape.stride(axis.row) - before
          products.addSamples(
            row: rows[position], columns: columns, step: step, line: line, dots: dots + start,
            squares: squares + start)
        }
      }
    }
  }
}

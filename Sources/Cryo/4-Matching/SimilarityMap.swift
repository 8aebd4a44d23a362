import NN
import Parallel
import Runs
import Volumes

/// Cosine similarity with a query at the samples of a grid, `values [n_z, n_y, n_x]` (paper, eq. 6).
public struct SimilarityMap: Sendable {
  public let grid: MatchingGrid
  public internal(set) var values: [Float]

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
    let count = grid.shape.count
    var dots = [Float](repeating: 0, count: count)
    var squares = [Float](repeating: 0, count: count)
    try dots.withUnsafeMutableBufferPointer { dots in
      try squares.withUnsafeMutableBufferPointer { squares in
        for (view, axis) in [Axis.z, .y, .x].enumerated() {
          let scan = ViewScan(
            features: features, query: query.views[view], grid: grid, axis: axis, dots: dots, squares: squares
          )
          try scan.run(wanted: Self.wantedSlices(grid.shape, axis, mask), progress: progress)
        }
      }
    }
    let length = query.views.joined().reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    dots.withDisjointWrites { dots in
      Parallel.forEachRange(count, size: 1 << 16) { range in
        let part = dots[range]
        for (place, index) in range.enumerated() {
          let norm = Float(length) * max(0, squares[index]).squareRoot()
          part[place] = norm > 0 && mask?[index] ?? true ? part[place] / norm : 0
        }
      }
    }
    values = dots
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

/// One view's part of a similarity map.
private struct ViewScan: @unchecked Sendable {
  let features: SliceFeatures
  /// `[C]`
  let query: [Float]
  let grid: MatchingGrid
  let axis: Axis
  let dots: UnsafeMutableBufferPointer<Float>
  let squares: UnsafeMutableBufferPointer<Float>

  /// Slices done by one block of work: along x neighbours share cache lines of the map.
  private var blockSize: Int { axis == .x ? 16 : 1 }

  /// Adds the slices for which `wanted` is true. Blocks of slices write to different samples.
  func run(wanted: [Bool], progress: any StageProgress) throws {
    let count = grid.shape[axis]
    let positions = grid.positions(axis).map { LinearTap($0, count: features.shape[axis]) }
    try Parallel.forEachThrowing((count + blockSize - 1) / blockSize) { block in
      let range = block * blockSize..<min(count, (block + 1) * blockSize)
      let slices = try range.filter { wanted[$0] }.map { index in
        (index, PatchProducts(try blend(positions[index]), query: query))
      }
      if let first = slices.first?.1 { add(slices, first.placement) }
      progress.advance(by: range.count)
    }
  }

  /// The patch vectors at a position between two slices: interpolating slices and interpolating in the slice
  /// commute, so the grids are blended before any product is taken.
  private func blend(_ tap: LinearTap) throws -> FeatureGrid {
    let first = try features.grid(axis, tap.first)
    guard tap.weight > 0 else { return first }
    let second = try features.grid(axis, tap.second)
    let vectors = first.vectors.withElements { a in
      second.vectors.withElements { b in
        Tensor(first.vectors.shape) { blend in
          for index in blend.indices { blend[index] = (1 - tap.weight) * a[index] + tap.weight * b[index] }
        }
      }
    }
    return FeatureGrid(first.placement, vectors)
  }

  /// Adds the samples of some slices to the map, row by row through all of them. The patches lie alike on all
  /// slices of an axis.
  private func add(_ slices: [(index: Int, products: PatchProducts)], _ placement: GridPlacement) {
    let shape = grid.shape
    let rows = placement.rows(shape[axis.row], over: grid.volume[axis.row])
    let columns = placement.columns(shape[axis.column], over: grid.volume[axis.column])
    let step = shape.stride(axis.column)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * placement.width) { line in
      guard let line = line.baseAddress, let dots = dots.baseAddress, let squares = squares.baseAddress else {
        return
      }
      for (position, row) in rows.enumerated() {
        for (index, products) in slices {
          let start = index * shape.stride(axis) + position * shape.stride(axis.row)
          products.addSamples(
            row: row, columns: columns, step: step, line: line, dots: dots + start, squares: squares + start)
        }
      }
    }
  }
}

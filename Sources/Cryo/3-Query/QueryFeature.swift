import Parallel
import Volumes

/// The query F_Q `[3C]`: the mean feature of the prompted particles, views in the order z, y, x.
public struct QueryFeature: Sendable, Equatable {
  /// `[3][C]`
  public let views: [[Float]]

  /// C
  public var channels: Int { views[0].count }

  public init(views: [[Float]]) {
    precondition(views.count == 3 && Set(views.map(\.count)).count == 1)
    self.views = views
  }

  /// Masked average pooling (paper, eq. 4): Σᵢ Σ_zyx Mⁱ F / Σᵢ ‖Mⁱ‖₀ over the voxels of all `instances`. A voxel in
  /// two instances counts twice, as in the equation.
  ///
  /// A voxel's feature is a bilinear blend of patch vectors and the mean is linear, so the blends' weights are
  /// summed on the patch grids first, in double precision, and every patch vector is touched once.
  ///
  /// - Throws: `Failure` if a slice's features cannot be stored or read.
  public init(pooling features: SliceFeatures, over instances: [VoxelMask]) throws {
    let voxels = instances.reduce(0) { $0 + $1.count }
    precondition(voxels > 0, "no voxel to pool")
    self.init(
      views: try [Axis.z, .y, .x].map { axis in
        let sum = try Self.sum(features, axis, over: instances)
        return sum.map { Float($0 / Double(voxels)) }
      })
  }

  /// Σᵢ Σ_zyx Mⁱ F for one view, `[C]`.
  private static func sum(
    _ features: SliceFeatures, _ axis: Axis, over instances: [VoxelMask]
  ) throws -> [Double] {
    let shape = features.shape
    let counts = pixelCounts(shape, axis, instances)
    let touched = counts.indices.filter { !counts[$0].isEmpty }
    let partial = try Parallel.mapThrowing(touched.count) { position in
      let slice = touched[position]
      let grid = try features.grid(axis, slice)
      return weightedSum(grid, patchWeights(counts[slice], shape.plane(axis), grid))
    }
    var total = partial[0]
    for slice in partial.dropFirst() { for channel in total.indices { total[channel] += slice[channel] } }
    return total
  }

  /// How often each pixel of each slice is in a mask: `[slice][pixel: times]`.
  private static func pixelCounts(
    _ shape: VolumeShape, _ axis: Axis, _ instances: [VoxelMask]
  ) -> [[Int: Int]] {
    var counts = [[Int: Int]](repeating: [:], count: shape[axis])
    for instance in instances {
      instance.forEachVoxel(in: shape) { z, y, x in
        switch axis {
        case .z: counts[z][y * shape.width + x, default: 0] += 1
        case .y: counts[y][z * shape.width + x, default: 0] += 1
        case .x: counts[x][z * shape.height + y, default: 0] += 1
        }
      }
    }
    return counts
  }

  /// The summed bilinear weights of the pixels on a patch grid, `[height * width]`.
  private static func patchWeights(
    _ counts: [Int: Int], _ plane: (rows: Int, columns: Int), _ grid: FeatureGrid
  ) -> [Double] {
    let rows = grid.placement.rows(plane.rows, over: plane.rows)
    let columns = grid.placement.columns(plane.columns, over: plane.columns)
    var weights = [Double](repeating: 0, count: grid.height * grid.width)
    for (pixel, times) in counts.sorted(by: { $0.key < $1.key }) {
      let (row, column) = (rows[pixel / plane.columns], columns[pixel % plane.columns])
      let (down, along) = (Double(row.weight), Double(column.weight))
      let count = Double(times)
      weights[row.first * grid.width + column.first] += count * (1 - down) * (1 - along)
      weights[row.first * grid.width + column.second] += count * (1 - down) * along
      weights[row.second * grid.width + column.first] += count * down * (1 - along)
      weights[row.second * grid.width + column.second] += count * down * along
    }
    return weights
  }

  /// Σ weight · vector over the patches, `[C]`.
  private static func weightedSum(_ grid: FeatureGrid, _ weights: [Double]) -> [Double] {
    let channels = grid.channels
    var sum = [Double](repeating: 0, count: channels)
    grid.vectors.withElements { vectors in
      for (patch, weight) in weights.enumerated() where weight != 0 {
        for channel in 0..<channels {
          sum[channel] += weight * Double(vectors[patch * channels + channel])
        }
      }
    }
    return sum
  }
}

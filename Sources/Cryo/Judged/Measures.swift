import Volumes

/// What is measured of one particle's mask, to compare it with the particles that were prompted.
///
/// Densities are in standard deviations of the tomogram from its mean. Numbers are rounded to six places, as tables
/// have them, so that what is decided from a table is what was decided in the run.
public struct Measures: Sendable, Equatable {
  /// The mean position of its voxels.
  public let centroid: VoxelPoint
  public let voxels: Int
  /// Mean density of its voxels.
  public let density: Double
  /// The mean density of a shell of two voxels about it, less its own: how much it stands out, positive if it is dark.
  public let contrast: Double
  /// SAM's predicted IoU, the mean over its masks.
  public let predictedIoU: Double
  /// The share of its voxels that masks along two axes or three have.
  public let agreement: Double
  /// Whether it reaches the border of the tomogram.
  public let touchesBorder: Bool

  public init(
    centroid: VoxelPoint, voxels: Int, density: Double, contrast: Double, predictedIoU: Double,
    agreement: Double,
    touchesBorder: Bool
  ) {
    func places(_ value: Double, _ factor: Double = 1e6) -> Double { (value * factor).rounded() / factor }
    self.centroid = VoxelPoint(
      x: places(centroid.x, 1e4), y: places(centroid.y, 1e4), z: places(centroid.z, 1e4))
    self.voxels = voxels
    (self.density, self.contrast) = (places(density), places(contrast))
    (self.predictedIoU, self.agreement) = (places(predictedIoU), places(agreement))
    self.touchesBorder = touchesBorder
  }

  /// The measures of `particle`, which has voxels, in `tomogram`.
  public init(_ particle: ParticleMask, in tomogram: Tomogram) {
    let surroundings = Surroundings(of: particle.voxels, in: tomogram.shape)
    let voxels = tomogram.box(z: surroundings.z, y: surroundings.y, x: surroundings.x)
    let scale = DensityScale(tomogram)
    var sums = (inside: 0.0, shell: 0.0, shellCount: 0, x: 0, y: 0, z: 0)
    var touchesBorder = false
    surroundings.visit { index, place, kind in
      switch kind {
      case .inside:
        sums.inside += scale(voxels[index])
        (sums.x, sums.y, sums.z) = (sums.x + place.x, sums.y + place.y, sums.z + place.z)
        let shape = tomogram.shape
        touchesBorder =
          touchesBorder || place.z == 0 || place.y == 0 || place.x == 0 || place.z == shape.depth - 1
          || place.y == shape.height - 1 || place.x == shape.width - 1
      case .shell:
        sums.shell += scale(voxels[index])
        sums.shellCount += 1
      case .elsewhere: break
      }
    }
    let count = Double(max(1, particle.voxels.count))
    let density = sums.inside / count
    let contrast = sums.shellCount > 0 ? sums.shell / Double(sums.shellCount) - density : 0
    self.init(
      centroid: VoxelPoint(x: Double(sums.x) / count, y: Double(sums.y) / count, z: Double(sums.z) / count),
      voxels: particle.voxels.count, density: density, contrast: contrast,
      predictedIoU: particle.predictedIoU,
      agreement: particle.agreement, touchesBorder: touchesBorder)
  }
}

/// A mask with the voxels about it.
private struct Surroundings {
  enum Kind { case inside, shell, elsewhere }

  let z: Range<Int>
  let y: Range<Int>
  let x: Range<Int>
  private var kinds: [Kind]

  /// The shell begins and ends this many voxels from the mask, counted by faces.
  private static let shell = 2...3

  init(of mask: VoxelMask, in shape: VolumeShape) {
    var (lower, upper) = (SIMD3(Int.max, .max, .max), SIMD3(Int.min, .min, .min))
    mask.forEachVoxel(in: shape) { z, y, x in
      let place = SIMD3(x, y, z)
      lower = SIMD3(min(lower.x, place.x), min(lower.y, place.y), min(lower.z, place.z))
      upper = SIMD3(max(upper.x, place.x), max(upper.y, place.y), max(upper.z, place.z))
    }
    let reach = Self.shell.upperBound
    func range(_ first: Int, _ last: Int, _ count: Int) -> Range<Int> {
      max(0, first - reach)..<min(count, last + reach + 1)
    }
    z = range(lower.z, upper.z, shape.depth)
    y = range(lower.y, upper.y, shape.height)
    x = range(lower.x, upper.x, shape.width)
    let box = VolumeShape(z.count, y.count, x.count)
    var distances = [Int](repeating: .max, count: box.count)
    var front: [Int] = []
    let (bottom, top, left) = (z.lowerBound, y.lowerBound, x.lowerBound)
    mask.forEachVoxel(in: shape) { z, y, x in
      let index = box.index(z - bottom, y - top, x - left)
      distances[index] = 0
      front.append(index)
    }
    for distance in 1...reach {
      var next: [Int] = []
      for index in front {
        box.forEachNeighbour(of: index) { neighbour in
          guard distances[neighbour] == .max else { return }
          distances[neighbour] = distance
          next.append(neighbour)
        }
      }
      front = next
    }
    kinds = distances.map { $0 == 0 ? .inside : Self.shell.contains($0) ? .shell : .elsewhere }
  }

  /// Calls `body` with the index of each voxel of the box, its place in the volume, and where it lies.
  func visit(_ body: (Int, (z: Int, y: Int, x: Int), Kind) -> Void) {
    var index = 0
    for z in z {
      for y in y {
        for x in x {
          body(index, (z, y, x), kinds[index])
          index += 1
        }
      }
    }
  }
}

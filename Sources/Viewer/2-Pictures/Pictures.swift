import Images
import Parallel
import Volumes

/// The tomogram as slices of 8 bits for a browser, which sets the contrast itself.
public struct Pictures: Sendable {
  public let tomogram: Tomogram
  /// From nearly the darkest to nearly the brightest voxel.
  private let stretch: ContrastStretch
  /// All voxels in 8 bits, if there is memory for them.
  private let voxels: [UInt8]?
  /// Of each of the 256 values how many voxels have it, on some slices.
  public let counts: [Int]

  private static let percents = [0.05, 99.95]
  /// Slices at most that the counts are of.
  private static let sampled = 32
  /// Slices averaged at most.
  static let thickest = 101
  /// Voxels at most along the sides of a small section.
  static let widest = 257

  /// - Parameter memoryLimit: bytes for all voxels; where that is not enough slices are read when they are asked for.
  public init(_ tomogram: Tomogram, memoryLimit: Int) {
    self.tomogram = tomogram
    let values = tomogram.percentiles(Self.percents)
    let stretch = ContrastStretch(
      low: values[0], high: max(values[1], values[0] + 1e-6 * max(1, abs(values[0]))))
    self.stretch = stretch
    let shape = tomogram.shape
    let plane = shape.height * shape.width
    if shape.count <= memoryLimit {
      voxels = [UInt8](written: shape.count) { voxels in
        Parallel.forEach(shape.depth) { z in
          let gray = stretch.gray(tomogram.plane(.z, z))
          _ = voxels[z * plane..<(z + 1) * plane].initialize(fromContentsOf: gray)
        }
      }
    } else {
      voxels = nil
    }
    var counts = [Int](repeating: 0, count: 256)
    let step = max(1, shape.depth / Self.sampled)
    for z in Swift.stride(from: step / 2, to: shape.depth, by: step) {
      for gray in stretch.gray(tomogram.plane(.z, z)) { counts[Int(gray)] += 1 }
    }
    self.counts = counts
  }

  /// The slice `index` across `axis`, row by row; nil if there is none.
  ///
  /// - Parameter slab: the mean of so many slices about it.
  public func slice(_ axis: Axis, _ index: Int, slab: Int = 1) -> [UInt8]? {
    let count = tomogram.shape[axis]
    guard (0..<count).contains(index), (1...Self.thickest).contains(slab) else { return nil }
    guard slab > 1 else { return plane(axis, index) }
    let first = index - (slab - 1) / 2
    let slices = (first..<first + slab).clamped(to: 0..<count)
    var sums: [UInt32] = []
    for slice in slices {
      let gray = plane(axis, slice)
      if sums.isEmpty { sums = [UInt32](repeating: UInt32(slices.count / 2), count: gray.count) }
      for pixel in gray.indices { sums[pixel] += UInt32(gray[pixel]) }
    }
    let all = UInt32(slices.count)
    return sums.map { UInt8(truncatingIfNeeded: $0 / all) }
  }

  private func plane(_ axis: Axis, _ index: Int) -> [UInt8] {
    guard let voxels else { return stretch.gray(tomogram.plane(axis, index)) }
    let shape = tomogram.shape
    let (rows, columns) = shape.plane(axis)
    let (down, along) = (shape.stride(axis.row), shape.stride(axis.column))
    let start = index * shape.stride(axis)
    return voxels.withUnsafeBufferPointer { voxels in
      [UInt8](unsafeUninitializedCapacity: rows * columns) { pixels, count in
        var pixel = 0
        for row in 0..<rows {
          var voxel = start + row * down
          for _ in 0..<columns {
            pixels[pixel] = voxels[voxel]
            (pixel, voxel) = (pixel + 1, voxel + along)
          }
        }
        count = pixel
      }
    }
  }

  /// The three sections of `side` x `side` voxels about a voxel, across z, y and x, one after the other; nil if the voxel or
  /// the side is none.
  public func sections(x: Int, y: Int, z: Int, side: Int) -> [UInt8]? {
    let shape = tomogram.shape
    guard (0..<shape.width).contains(x), (0..<shape.height).contains(y), (0..<shape.depth).contains(z),
      (1...Self.widest).contains(side)
    else { return nil }
    return [Axis.z, .y, .x].flatMap { axis in
      var box = [z, y, x].map { $0 - side / 2..<$0 - side / 2 + side }
      box[axis.rawValue] = [z, y, x][axis.rawValue]..<[z, y, x][axis.rawValue] + 1
      let values = tomogram.box(z: box[0], y: box[1], x: box[2])
      return stretch.gray(Plane(rows: side, columns: side, values: values))
    }
  }
}

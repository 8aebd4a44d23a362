import Cryo
import Files
import Images
import Markup
import Volumes

/// The slice through a point, near it: grey voxels, the mask tinted, the point, and a bar of known length.
struct ZoomedView {
  let tomogram: Tomogram
  let stretch: ContrastStretch
  let mask: VoxelMask
  let point: VoxelPoint
  let axis: Axis

  /// The slice's number.
  var index: Int { min(tomogram.shape[axis] - 1, max(0, Int(point[axis].rounded()))) }

  /// Voxels along a side of the picture: three times what the mask is wide, or 48.
  private var side: Int {
    var (lower, upper) = (SIMD3(Int.max, .max, .max), SIMD3(Int.min, .min, .min))
    mask.forEachVoxel(in: tomogram.shape) { z, y, x in
      let place = SIMD3(x, y, z)
      lower = SIMD3(min(lower.x, place.x), min(lower.y, place.y), min(lower.z, place.z))
      upper = SIMD3(max(upper.x, place.x), max(upper.y, place.y), max(upper.z, place.z))
    }
    guard !mask.isEmpty else { return 48 }
    let widest = (0..<3).map { upper[$0] - lower[$0] + 1 }.max() ?? 0
    return max(48, 3 * widest)
  }

  func svg() throws -> Fragment {
    let shape = tomogram.shape
    let side = side
    func range(_ axis: Axis) -> Range<Int> {
      let first = Int(point[axis].rounded()) - side / 2
      let start = max(0, min(first, shape[axis] - side))
      return start..<min(shape[axis], start + side)
    }
    let (rows, columns) = (range(axis.row), range(axis.column))
    return try SVG.picture(columns.count, rows.count, label: "\(axis.name)-slice", class: "slice") {
      try image(rows, columns).stretched(width: columns.count, height: rows.count)
      let place = (
        x: point[axis.column] + 0.5 - Double(columns.lowerBound),
        y: point[axis.row] + 0.5 - Double(rows.lowerBound)
      )
      let mark = Double(columns.count) / 60
      SliceFigure.circle("halo", place.x, place.y, radius: 1.2 * mark, line: 0.6 * mark)
      SliceFigure.circle("prompt", place.x, place.y, radius: 1.2 * mark, line: 0.3 * mark)
      ScaleBar(
        geometry: tomogram.geometry, axis: axis.column, width: Double(columns.count),
        height: Double(rows.count)
      ).svg()
    }
  }

  private func image(_ rows: Range<Int>, _ columns: Range<Int>) -> RGBImage {
    let shape = tomogram.shape
    let gray = stretch.gray(tomogram.plane(axis, index))
    var inside = Set<Int>()
    mask.forEachVoxel(in: shape) { z, y, x in
      let place: [Axis: Int] = [.z: z, .y: y, .x: x]
      if place[axis] == index { inside.insert(shape.index(z, y, x)) }
    }
    func isInside(_ row: Int, _ column: Int) -> Bool {
      guard (0..<shape[axis.row]).contains(row), (0..<shape[axis.column]).contains(column) else {
        return false
      }
      return inside.contains(
        index * shape.stride(axis) + row * shape.stride(axis.row) + column * shape.stride(axis.column))
    }
    let width = shape[axis.column]
    var pixels: [UInt8] = []
    pixels.reserveCapacity(rows.count * columns.count * 3)
    let tint = Overview.color(1)
    for row in rows {
      for column in columns {
        let value = Int(gray[row * width + column])
        guard isInside(row, column) else {
          pixels += [UInt8](repeating: UInt8(value), count: 3)
          continue
        }
        let isRim = [(-1, 0), (1, 0), (0, -1), (0, 1)].contains { !isInside(row + $0.0, column + $0.1) }
        pixels += tint.map { UInt8(isRim ? (value + 3 * $0) / 4 : (4 * value + $0) / 5) }
      }
    }
    return RGBImage(height: rows.count, width: columns.count, pixels: pixels)
  }
}

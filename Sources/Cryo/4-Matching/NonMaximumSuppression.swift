import Parallel
import Volumes

/// Non-maximum suppression in a cube.
package enum NonMaximumSuppression {
  /// The samples of `values [D, H, W]` that are the greatest in the cube of (2 radius + 1)³ samples about them, in
  /// ascending order. Of equal ones in a cube the first in memory stays; -∞ is never a peak.
  package static func peaks(_ values: [Float], _ shape: VolumeShape, radius: Int) -> [Int] {
    let greatest = maximumFilter(values, shape, radius: radius)
    return values.indices.filter { index in
      values[index] > -.infinity && values[index] == greatest[index]
        && isFirst(index, values, shape, radius: radius)
    }
  }

  /// Whether no equal value comes before `index` in the cube about it.
  private static func isFirst(_ index: Int, _ values: [Float], _ shape: VolumeShape, radius: Int) -> Bool {
    let (z, rest) = index.quotientAndRemainder(dividingBy: shape.height * shape.width)
    let (y, x) = rest.quotientAndRemainder(dividingBy: shape.width)
    for near in max(0, z - radius)...z {
      for row in max(0, y - radius)...min(shape.height - 1, y + radius) {
        for column in max(0, x - radius)...min(shape.width - 1, x + radius) {
          let other = shape.index(near, row, column)
          if other >= index { break }
          if values[other] == values[index] { return false }
        }
      }
    }
    return true
  }

  /// The greatest value in the cube about each sample, by one pass along each axis.
  package static func maximumFilter(_ values: [Float], _ shape: VolumeShape, radius: Int) -> [Float] {
    var result = values
    result.withDisjointWrites { result in
      let (depth, height, width) = (shape.depth, shape.height, shape.width)
      Parallel.forEach(depth) { z in
        for y in 0..<height {
          slide(result, from: shape.index(z, y, 0), count: width, stride: 1, length: 1, radius: radius)
        }
        slide(result, from: shape.index(z, 0, 0), count: height, stride: width, length: width, radius: radius)
      }
      Parallel.forEach(height) { y in
        slide(
          result, from: shape.index(0, y, 0), count: depth, stride: height * width, length: width,
          radius: radius)
      }
    }
    return result
  }

  /// Replaces each of `count` rows of `length` elements, `stride` apart, by the greatest of the rows within
  /// `radius` of it. The window is built by doubling: 1, 2, 4 ... rows.
  private static func slide(
    _ values: DisjointWrites<Float>, from start: Int, count: Int, stride: Int, length: Int,
    radius: Int
  ) {
    let padded = count + 2 * radius
    withUnsafeTemporaryAllocation(of: Float.self, capacity: padded * length) { rows in
      guard let rows = rows.baseAddress, let values = values[0..<values.count].baseAddress else { return }
      rows.initialize(repeating: -.infinity, count: padded * length)
      for row in 0..<count {
        (rows + (row + radius) * length).update(from: values + start + row * stride, count: length)
      }
      var window = 1
      while window < 2 * radius + 1 {
        let shift = min(window, 2 * radius + 1 - window)
        for index in 0..<(padded - shift) * length {
          let (here, there) = (rows[index], rows[index + shift * length])
          rows[index] = there > here ? there : here
        }
        window += shift
      }
      for row in 0..<count {
        (values + start + row * stride).update(from: rows + row * length, count: length)
      }
    }
  }
}

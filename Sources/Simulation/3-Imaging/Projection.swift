import Platform

/// The detector's pixels: u across the tilt axis, y along it; images are stored `[u, y]`.
///
/// A point (x, y, z) of the tomogram, tilted by an angle t about y, is seen at
/// u = (x - cx) cos t + (z - cz) sin t, where c is the middle of the field of view.
package struct Detector: Sendable {
  /// Pixels along u and y that hold images.
  package let width: Int
  package let height: Int
  /// Powers of two for the transforms.
  let paddedWidth: Int
  let paddedHeight: Int
  /// Pixels beyond the field of view along y.
  package let marginY: Int
  /// The middle along u.
  let middle: Double

  /// Pixels beyond what is needed, so that the filters meet no edge.
  static let border = 14

  package init(_ field: FieldOfView, angles: [Double]) {
    let reach = angles.map { angle in
      let radians = angle * Double.pi / 180
      return abs(cos(radians)) * Double(field.width) / 2 + abs(sin(radians)) * Double(field.depth) / 2
    }
    width = 2 * (Int((reach.max() ?? 0).rounded(.up)) + Self.border) + 1
    height = field.height + 2 * Self.border
    marginY = Self.border
    middle = Double(width - 1) / 2
    paddedWidth = FourierTransform.size(atLeast: width + Self.border)
    paddedHeight = FourierTransform.size(atLeast: height + Self.border)
  }

  /// Voxels beyond the field of view along x that rays through the detector meet in the ice.
  package func marginX(_ field: FieldOfView, angles: [Double]) -> Int {
    let reach = angles.map { angle in
      let radians = angle * Double.pi / 180
      return (middle + 1 + Double(field.depth) / 2 * abs(sin(radians))) / cos(radians)
    }
    return max(0, Int(((reach.max() ?? 0) - Double(field.width) / 2).rounded(.up)) + 1)
  }

  /// The line integrals of `specimen` at `angle` degrees, in voxels times density: `[width, height]`.
  ///
  /// Each voxel is shared between the two pixels next to it (the adjoint of `Backprojection`), so that no mass is
  /// lost.
  package func project(_ specimen: Specimen, angle: Double) -> [Float] {
    let (cosine, sine) = (cos(angle * Double.pi / 180), sin(angle * Double.pi / 180))
    let field = specimen.field
    let centreX = Double(field.width - 1) / 2 + Double(specimen.marginX)
    let centreZ = Double(field.depth - 1) / 2
    var image = [Float](repeating: 0, count: width * height)
    image.withUnsafeMutableBufferPointer { image in
      specimen.density.withUnsafeBufferPointer { density in
        guard let target = image.baseAddress, let source = density.baseAddress else { return }
        for z in 0..<specimen.depth {
          for x in 0..<specimen.width {
            let u = (Double(x) - centreX) * cosine + (Double(z) - centreZ) * sine + middle
            let pixel = Int(u.rounded(.down))
            guard pixel >= 0, pixel + 1 < width else { continue }
            let share = Float(u - Double(pixel))
            let line = source + specimen.index(z, x, specimen.marginY - marginY)
            Self.add(line, 1 - share, to: target + pixel * height, count: height)
            Self.add(line, share, to: target + (pixel + 1) * height, count: height)
          }
        }
      }
    }
    return image
  }

  @inline(__always)
  static func add(
    _ source: UnsafePointer<Float>, _ factor: Float, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    for index in 0..<count { target[index] += factor * source[index] }
  }

  /// `image [width, height]` on a field of powers of two, `[paddedWidth, paddedHeight]`: what is added leads smoothly
  /// from each edge to the opposite one, so that the field repeats without steps.
  func padded(_ image: [Float]) -> [Float] {
    var wide = [Float](repeating: 0, count: paddedWidth * paddedHeight)
    for u in 0..<width {
      for y in 0..<height { wide[u * paddedHeight + y] = image[u * height + y] }
      Self.bridge(&wide, start: u * paddedHeight, step: 1, count: height, whole: paddedHeight)
    }
    for y in 0..<paddedHeight {
      Self.bridge(&wide, start: y, step: paddedHeight, count: width, whole: paddedWidth)
    }
    return wide
  }

  /// Fills elements `count..<whole` of a line with a bend from the end's mean to the start's.
  private static func bridge(_ values: inout [Float], start: Int, step: Int, count: Int, whole: Int) {
    let edge = min(4, count)
    var (first, last): (Float, Float) = (0, 0)
    for index in 0..<edge {
      first += values[start + index * step] / Float(edge)
      last += values[start + (count - 1 - index) * step] / Float(edge)
    }
    for index in count..<whole {
      let way = Double(index - count + 1) / Double(whole - count + 1)
      let weight = Float(0.5 - 0.5 * cos(Double.pi * way))
      values[start + index * step] = last + (first - last) * weight
    }
  }

  /// The part of `wide [paddedWidth, paddedHeight]` that `padded` was given.
  func cropped(_ wide: [Float]) -> [Float] {
    var image = [Float](repeating: 0, count: width * height)
    for u in 0..<width {
      for y in 0..<height { image[u * height + y] = wide[u * paddedHeight + y] }
    }
    return image
  }
}

extension Tomogram {
  /// The voxels of a box, `[z, y, x]`, which may reach out of the volume; there, and where voxels are not the
  /// specimen's, they are the mean.
  public func box(z: Range<Int>, y: Range<Int>, x: Range<Int>) -> [Float] {
    let mean = Float(statistics.mean)
    var values = [Float](repeating: mean, count: z.count * y.count * x.count)
    let columns = x.clamped(to: 0..<shape.width)
    guard !columns.isEmpty else { return values }
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      for plane in z.clamped(to: 0..<shape.depth) {
        for row in y.clamped(to: 0..<shape.height) {
          let start =
            base + ((plane - z.lowerBound) * y.count + row - y.lowerBound) * x.count + columns.lowerBound
            - x.lowerBound
          source.read(
            start, count: columns.count,
            first: plane * source.stride.z + row * source.stride.y + columns.lowerBound * source.stride.x,
            stride: source.stride.x)
          guard isUnclean else { continue }
          for column in 0..<columns.count { start[column] = cleaning.read(start[column], mean: mean) }
        }
      }
    }
    return values
  }
}

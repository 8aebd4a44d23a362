extension RGBImage {
  /// The image with sides of at most `side` pixels, each the mean of a square of its own; itself if it is no larger.
  public func reduced(toSide side: Int) -> RGBImage {
    precondition(side > 0)
    let step = (max(height, width) + side - 1) / side
    guard step > 1 else { return self }
    let (rows, columns) = ((height + step - 1) / step, (width + step - 1) / step)
    var reduced: [UInt8] = []
    reduced.reserveCapacity(rows * columns * 3)
    for row in 0..<rows {
      let ys = row * step..<min(height, (row + 1) * step)
      for column in 0..<columns {
        let xs = column * step..<min(width, (column + 1) * step)
        for channel in 0..<3 {
          let sum = ys.reduce(0) { sum, y in
            xs.reduce(sum) { $0 + Int(pixels[(y * width + $1) * 3 + channel]) }
          }
          reduced.append(UInt8(sum / (ys.count * xs.count)))
        }
      }
    }
    return RGBImage(height: rows, width: columns, pixels: reduced)
  }
}

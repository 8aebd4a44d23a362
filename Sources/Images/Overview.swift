import Volumes

/// A picture of a result: the three central slices, instances tinted, picks near the slice as crosses.
///
/// The z-slice is at the upper left, the y-slice below it (x along both), the x-slice to its right (y along both).
public struct Overview {
  private let tomogram: Tomogram
  private let stretch: ContrastStretch
  private let labels: LabelVolume
  private let picks: [VoxelPoint]
  /// The number of the colour of each label.
  private let tint: (Int) -> Int
  private let scale: Int
  private let size: (height: Int, width: Int)
  private var pixels: [UInt8]

  /// Picks are shown on slices at most this many voxels away.
  private static let reach = 5.0
  private static let gap = 4

  /// The picture: slices in grey as `stretch` makes them, the objects of `labels` in colour, crosses at `picks`.
  ///
  /// - Parameter tint: the number of the colour of each label; by default each has its own.
  public static func image(
    _ tomogram: Tomogram, _ stretch: ContrastStretch, labels: LabelVolume, picks: [VoxelPoint],
    tint: @escaping (Int) -> Int = { $0 }
  ) -> RGBImage {
    var overview = Overview(tomogram, stretch, labels, picks, tint)
    let shape = tomogram.shape
    overview.draw(.z, top: 0, left: 0, transposed: false)
    overview.draw(.y, top: shape.height * overview.scale + gap, left: 0, transposed: false)
    overview.draw(.x, top: 0, left: shape.width * overview.scale + gap, transposed: true)
    return RGBImage(height: overview.size.height, width: overview.size.width, pixels: overview.pixels)
  }

  private init(
    _ tomogram: Tomogram, _ stretch: ContrastStretch, _ labels: LabelVolume, _ picks: [VoxelPoint],
    _ tint: @escaping (Int) -> Int
  ) {
    (self.tomogram, self.stretch, self.labels) = (tomogram, stretch, labels)
    (self.picks, self.tint) = (picks, tint)
    let shape = tomogram.shape
    let (rows, columns) = (shape.height + shape.depth, shape.width + shape.depth)
    scale = max(1, min(4, 900 / max(rows, columns)))
    size = (rows * scale + Self.gap, columns * scale + Self.gap)
    pixels = [UInt8](repeating: 255, count: size.height * size.width * 3)
  }

  /// Draws the central slice across `axis`.
  private mutating func draw(_ axis: Axis, top: Int, left: Int, transposed: Bool) {
    let shape = tomogram.shape
    let index = shape[axis] / 2
    let plane = tomogram.plane(axis, index)
    let gray = stretch.gray(plane)
    let objects = labels.plane(axis, index)
    func place(_ row: Int, _ column: Int) -> (y: Int, x: Int) {
      transposed
        ? (top + column * scale, left + row * scale) : (top + row * scale, left + column * scale)
    }
    for row in 0..<plane.rows {
      for column in 0..<plane.columns {
        let value = Int(gray[row * plane.columns + column])
        let label = Int(objects[row * plane.columns + column])
        let color =
          label == 0
          ? [value, value, value] : Self.color(tint(label)).map { (value * 11 + $0 * 9) / 20 }
        let corner = place(row, column)
        fill(corner.y..<corner.y + scale, corner.x..<corner.x + scale, color)
      }
    }
    for pick in picks where abs(pick[axis] - Double(index)) <= Self.reach {
      let row = Int((pick[axis.row] * Double(scale)).rounded())
      let column = Int((pick[axis.column] * Double(scale)).rounded())
      let (y, x) = transposed ? (top + column, left + row) : (top + row, left + column)
      cross(y + scale / 2, x + scale / 2)
    }
  }

  private mutating func cross(_ y: Int, _ x: Int) {
    let arm = 2 + 3 * scale
    for (thickness, color) in [(scale / 2 + 1, [0, 0, 0]), (scale / 4, [255, 255, 0])] {
      fill(y - thickness..<y + thickness + 1, x - arm..<x + arm + 1, color)
      fill(y - arm..<y + arm + 1, x - thickness..<x + thickness + 1, color)
    }
  }

  private mutating func fill(_ rows: Range<Int>, _ columns: Range<Int>, _ color: [Int]) {
    for y in rows.clamped(to: 0..<size.height) {
      for x in columns.clamped(to: 0..<size.width) {
        for channel in 0..<3 { pixels[(y * size.width + x) * 3 + channel] = UInt8(color[channel]) }
      }
    }
  }

  /// A saturated colour; neighbouring labels differ by the golden angle of hue.
  package static func color(_ label: Int) -> [Int] {
    let hue = (Double(label) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) * 6
    return [5.0, 3.0, 1.0].map { offset in
      let position = (offset + hue).truncatingRemainder(dividingBy: 6)
      return Int(255 * (1 - max(0, min(position, 4 - position, 1))))
    }
  }
}

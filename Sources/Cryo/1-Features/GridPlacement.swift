import SAM

/// Where the patches of a grid of features lie on their slice.
struct GridPlacement: Sendable, Equatable {
  let height: Int
  let width: Int
  /// The slice's height and width in patches, which need not be whole, where patch i's middle is at i + 1/2. Nil: the
  /// grid's corners lie on the slice's, as the method has it for slices stretched to a square.
  let extent: Extent?

  struct Extent: Sendable, Equatable {
    let rows: Double
    let columns: Double
  }

  init(height: Int, width: Int, extent: Extent? = nil) {
    (self.height, self.width, self.extent) = (height, width, extent)
  }

  /// The part of SAM's grid that `image` fills, the padding left out: patches whose middle lies in the image.
  ///
  /// - Parameter inputSide: S, so that a patch has S / g pixels.
  init(_ image: EmbeddedImage, inputSide: Int) {
    let grid = image.embedding.shape[0]
    let patch = Double(inputSide) / Double(grid)
    func filled(_ pixels: Int) -> Int {
      max(1, (0..<grid).prefix { (Double($0) + 0.5) * patch < Double(pixels) }.count)
    }
    self.init(
      height: filled(image.inputHeight), width: filled(image.inputWidth),
      extent: Extent(rows: Double(image.inputHeight) / patch, columns: Double(image.inputWidth) / patch))
  }

  /// Where `count` samples lie among the grid's rows; the first and the last are on the first and last of the slice's
  /// `voxels` rows.
  func rows(_ count: Int, over voxels: Int) -> [LinearTap] {
    Self.taps(count, over: voxels, among: height, extent?.rows)
  }

  /// As `rows`, along the columns.
  func columns(_ count: Int, over voxels: Int) -> [LinearTap] {
    Self.taps(count, over: voxels, among: width, extent?.columns)
  }

  private static func taps(
    _ count: Int, over voxels: Int, among patches: Int, _ extent: Double?
  ) -> [LinearTap] {
    guard let extent else {
      return alignedPositions(count, among: patches).map { LinearTap($0, count: patches) }
    }
    return alignedPositions(count, among: voxels).map { voxel in
      LinearTap((voxel + 0.5) * extent / Double(voxels) - 0.5, count: patches)
    }
  }
}

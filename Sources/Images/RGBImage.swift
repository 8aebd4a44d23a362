/// An 8-bit RGB image, `pixels [height, width, 3]`.
public struct RGBImage: Sendable, Equatable {
  public let height: Int
  public let width: Int
  public let pixels: [UInt8]

  public init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(height > 0 && width > 0 && pixels.count == height * width * 3)
    self.height = height
    self.width = width
    self.pixels = pixels
  }

  /// A grey image `[height, width]`, repeated to three channels.
  public init(height: Int, width: Int, gray: [UInt8]) {
    self.init(height: height, width: width, pixels: gray.flatMap { [$0, $0, $0] })
  }
}

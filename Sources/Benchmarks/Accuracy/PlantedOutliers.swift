/// Four channels of the tokens that are 50 to 100 times as large as the others in a model's middle blocks, as has been found
/// in trained vision transformers: the case that eight bits are hard for.
///
/// The second layer of the block at a third of the depth adds them, that at two thirds takes them away.
struct PlantedOutliers {
  /// Channels, of a width of at least 48, and what is added to them. Tokens of random models are 1 to 3 in size there.
  private static let channels: [(index: Int, value: Float)] = [(5, 110), (17, -140), (30, 170), (41, -210)]

  private let depth: Int
  private let bias: String
  /// The LayerScale that the block multiplies its result with, if there is one.
  private let scale: String?

  init(depth: Int, bias: String, scale: String?) {
    (self.depth, self.bias, self.scale) = (depth, bias, scale)
  }

  /// Changes the tensor `name`, if it is one of those that make them.
  func plant(in values: UnsafeMutableBufferPointer<Float>, of name: String) {
    for (block, sign) in [(depth / 3, Float(1)), (2 * depth / 3, -1)] {
      for (index, value) in Self.channels {
        if name.hasSuffix("blocks.\(block).\(bias)") { values[index] = sign * value }
        if let scale, name.hasSuffix("blocks.\(block).\(scale)") { values[index] = 1 }
      }
    }
  }
}

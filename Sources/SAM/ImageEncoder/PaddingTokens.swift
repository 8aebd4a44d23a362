import NN
import ViT

/// What is the same for all images of a shape: the tokens of windows that hold padding alone, as the blocks before the
/// first with global attention leave them, and that block's queries, keys and values of them.
///
/// Padding is below the image; where it is beside it, the windows' tokens do not follow each other, and nothing is kept.
struct PaddingTokens: Sendable {
  /// The blocks before the first with global attention; none if their windows are of several sizes.
  let blocks: Int
  private let window: Int
  private let grid: Int
  private let patchSize: Int
  private let tokens = CommonRows.Known()
  private let qkv = CommonRows.Known()

  init(_ configuration: SAMConfiguration) {
    let windows = configuration.windows
    let first = windows.prefix { $0 > 0 && $0 == windows[0] }.count
    let isWindowed = first == windows.count || windows[first] == 0
    (blocks, window) = (isWindowed ? first : 0, windows.first ?? 0)
    (grid, patchSize) = (configuration.grid, configuration.patchSize)
  }

  /// What is below the rows of windows that hold any of the first `rows` rows of pixels; nil if that is nothing.
  func below(imageRows rows: Int) -> (tokens: CommonRows, qkv: CommonRows)? {
    guard blocks > 0 else { return nil }
    let side = window * patchSize
    let above = (rows + side - 1) / side * window
    guard above < grid else { return nil }
    return (CommonRows(tokens, from: above * grid), CommonRows(qkv, from: above * grid))
  }
}

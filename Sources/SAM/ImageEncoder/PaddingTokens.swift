import NN
import Synchronization

/// The tokens of windows that hold padding alone, as the blocks before the first with global attention leave them: the
/// same for all images.
///
/// Padding is below the image; where it is beside it, the windows' tokens do not follow each other, and nothing is kept.
final class PaddingTokens: Sendable {
  /// The blocks before the first with global attention; none if their windows are of several sizes.
  let blocks: Int
  private let window: Int
  private let grid: Int
  private let patchSize: Int
  /// By the number of tokens above them, `[tokens, C]` each: at most one for each row of windows.
  private let known = Mutex<[Int: Tensor]>([:])

  init(_ configuration: SAMConfiguration) {
    let windows = configuration.windows
    let first = windows.prefix { $0 > 0 && $0 == windows[0] }.count
    let isWindowed = first == windows.count || windows[first] == 0
    (blocks, window) = (isWindowed ? first : 0, windows.first ?? 0)
    (grid, patchSize) = (configuration.grid, configuration.patchSize)
  }

  /// The number of tokens in rows of windows that hold any of the first `rows` rows of pixels; nil if that is all.
  func tokensAbove(imageRows rows: Int) -> Int? {
    guard blocks > 0 else { return nil }
    let side = window * patchSize
    let above = (rows + side - 1) / side * window
    return above < grid ? above * grid : nil
  }

  /// Whether the tokens below the first `count` are known.
  func areKnown(below count: Int) -> Bool { known.withLock { $0[count] != nil } }

  /// `tokens` `[g g, C]` with those below the first `count`: the ones that are known, else its own, which are then kept.
  func completed(_ tokens: Tensor, above count: Int) -> Tensor {
    let kept = known.withLock { $0[count] }
    if let kept { return .concatenated([tokens[0..<count], kept]) }
    let below = Tensor.concatenated([tokens[count..<tokens.shape[0]]])
    known.withLock { $0[count] = below }
    return tokens
  }
}

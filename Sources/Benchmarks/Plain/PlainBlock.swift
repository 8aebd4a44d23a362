import NN

/// A transformer block of both encoders, computed plainly for some tokens.
///
/// `x + ls1 · attend(norm1(x))`, then `x + ls2 · mlp(norm2(x))`; attention among all tokens (DINOv2), or, on a grid,
/// in windows padded with zeros after the norm and with relative positions (SAM).
struct PlainBlock {
  private let norm1: PlainNorm
  private let qkv: PlainLinear
  private let projection: PlainLinear
  private let norm2: PlainNorm
  private let first: PlainLinear
  private let second: PlainLinear
  private let scale1: [Double]?
  private let scale2: [Double]?
  private let heads: Int
  private let grid: Grid?

  /// Windows of side `window` on a grid of side `side`; tables of relative positions `[2 window - 1, d]`.
  private struct Grid {
    let side: Int
    let window: Int
    let rows: PlainMatrix
    let columns: PlainMatrix
  }

  init(dino weights: PlainWeights, heads: Int, epsilon: Float) throws {
    try self.init(weights, heads: heads, epsilon: epsilon, layers: ("fc1", "fc2"), grid: nil)
  }

  /// - Parameter window: the window's side; 0 for global attention.
  init(sam weights: PlainWeights, heads: Int, epsilon: Float, grid side: Int, window: Int) throws {
    let attention = weights["attn"]
    let grid = Grid(
      side: side, window: window > 0 ? window : side, rows: try attention.matrix("rel_pos_h"),
      columns: try attention.matrix("rel_pos_w"))
    try self.init(weights, heads: heads, epsilon: epsilon, layers: ("lin1", "lin2"), grid: grid)
  }

  private init(
    _ weights: PlainWeights, heads: Int, epsilon: Float, layers: (String, String), grid: Grid?
  ) throws {
    norm1 = try weights["norm1"].norm(epsilon: epsilon)
    norm2 = try weights["norm2"].norm(epsilon: epsilon)
    qkv = try weights["attn"]["qkv"].linear()
    projection = try weights["attn"]["proj"].linear()
    first = try weights["mlp"][layers.0].linear()
    second = try weights["mlp"][layers.1].linear()
    scale1 = weights.has("ls1.gamma") ? try weights.vector("ls1.gamma") : nil
    scale2 = weights.has("ls2.gamma") ? try weights.vector("ls2.gamma") : nil
    (self.heads, self.grid) = (heads, grid)
  }

  /// The block's output for the tokens `wanted` of `tokens [N, C]`, in their order.
  func callAsFunction(_ tokens: PlainMatrix, at wanted: [Int]) -> PlainMatrix {
    var mixed = PlainMatrix(
      rows: wanted.count, columns: tokens.columns,
      [Double](repeating: 0, count: wanted.count * tokens.columns))
    for group in groups(of: wanted, count: tokens.rows) {
      let attended = attend(tokens, group)
      for (row, place) in group.places.enumerated() {
        for column in 0..<tokens.columns { mixed[place, column] = attended[row, column] }
      }
    }
    let x = tokens.rows(wanted) + scaled(projection(mixed), scale1)
    return x + scaled(second(first(norm2(x)).map(plainGELU)), scale2)
  }

  private func scaled(_ x: PlainMatrix, _ scale: [Double]?) -> PlainMatrix {
    guard let scale else { return x }
    return PlainMatrix(rows: x.rows, columns: x.columns) { x[$0, $1] * scale[$1] }
  }

  /// Tokens that see each other, and those of them that are wanted.
  private struct Group {
    /// Numbers of tokens; nil for padding.
    let members: [Int?]
    /// Which of the wanted tokens are in it, and which members those are.
    var places: [Int] = []
    var queries: [Int] = []
  }

  private func groups(of wanted: [Int], count: Int) -> [Group] {
    guard let grid else {
      return [Group(members: (0..<count).map { $0 }, places: Array(wanted.indices), queries: wanted)]
    }
    var groups: [Int: Group] = [:]
    for (place, token) in wanted.enumerated() {
      let (y, x) = (token / grid.side, token % grid.side)
      let (row, column) = (y / grid.window * grid.window, x / grid.window * grid.window)
      let number = row * grid.side + column
      if groups[number] == nil {
        groups[number] = Group(
          members: (0..<grid.window * grid.window).map { member in
            let (y, x) = (row + member / grid.window, column + member % grid.window)
            return y < grid.side && x < grid.side ? y * grid.side + x : nil
          })
      }
      groups[number]?.places.append(place)
      groups[number]?.queries.append((y - row) * grid.window + x - column)
    }
    return groups.sorted { $0.key < $1.key }.map(\.value)
  }

  private func attend(_ tokens: PlainMatrix, _ group: Group) -> PlainMatrix {
    let width = tokens.columns
    let zeros = [Double](repeating: 0, count: width)
    let normed = PlainMatrix(stacking: group.members.map { $0.map { norm1(tokens[$0]) } ?? zeros })
    let q = qkv.outputs(0..<width)(normed.rows(group.queries))
    let k = qkv.outputs(width..<2 * width)(normed)
    let v = qkv.outputs(2 * width..<3 * width)(normed)
    return plainAttention(q, k, v, heads: heads) { head, query, key in
      guard let grid else { return 0 }
      let member = group.queries[query]
      let row = member / grid.window - key / grid.window + grid.window - 1
      let column = member % grid.window - key % grid.window + grid.window - 1
      let headWidth = width / heads
      return (0..<headWidth).reduce(0) { sum, channel in
        sum + q[query, head * headWidth + channel] * (grid.rows[row, channel] + grid.columns[column, channel])
      }
    }
  }
}

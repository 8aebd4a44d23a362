import NN

/// The learned positions of class token and patches, resized to the input's grid.
///
/// Source: `interpolate_pos_encoding` of dinov2 (and dino) vision_transformer.py, both ways: models with registers
/// by output size with antialiasing, the others by a scale factor `(g + 0.1) / M` without.
struct PositionEmbedding: Sendable {
  private let classPosition: Tensor  // [1, C]
  private let table: Tensor  // [M, M, C]
  private let antialias: Bool
  private let offset: Double

  /// Reads `pos_embed [1, 1 + M M, C]`.
  init(_ scope: WeightScope, _ configuration: DINOConfiguration) throws {
    let side = configuration.positionGrid
    let all = try scope.tensor("pos_embed", shape: [1, 1 + side * side, configuration.width])[0]
    classPosition = all[0..<1]
    table = all[1..<1 + side * side].reshaped([side, side, configuration.width])
    antialias = configuration.interpolateAntialias
    offset = configuration.interpolateOffset
  }

  /// The positions for `rows` x `columns` patches: class token first, `[1 + rows · columns, C]`.
  func callAsFunction(rows: Int, columns: Int) -> Tensor {
    let side = table.shape[0]
    let width = table.shape[2]
    // The originals skip the resize only for square inputs of the table's size.
    guard (rows, columns) != (side, side) else {
      return .concatenated([classPosition, table.reshaped([side * side, width])])
    }
    let resized = resample(table, rows: sampling(side, rows), columns: sampling(side, columns))
    return .concatenated([classPosition, resized.reshaped([rows * columns, width])])
  }

  private func sampling(_ inputs: Int, _ outputs: Int) -> AxisSampling {
    guard offset > 0 else {
      return antialias
        ? .cubicAntialiased(inputs: inputs, outputs: outputs)
        : .cubic(inputs: inputs, outputs: outputs, scaleFactor: Double(outputs) / Double(inputs))
    }
    return .cubic(inputs: inputs, outputs: outputs, scaleFactor: (Double(outputs) + offset) / Double(inputs))
  }
}

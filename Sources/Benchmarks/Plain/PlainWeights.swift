import NN

/// Parameters of a model in double precision, by their official names.
struct PlainWeights: Sendable {
  let file: SafetensorsFile
  let prefix: String

  init(_ file: SafetensorsFile, _ prefix: String = "") { (self.file, self.prefix) = (file, prefix) }

  /// The parameters whose names begin with `name` and a dot.
  subscript(name: String) -> PlainWeights { PlainWeights(file, prefix + name + ".") }
  subscript(index: Int) -> PlainWeights { self["\(index)"] }

  func has(_ name: String) -> Bool { file.entry(prefix + name) != nil }

  func vector(_ name: String) throws -> [Double] { try file.tensor(prefix + name).values.map { Double($0) } }

  /// A parameter as a matrix of `columns` columns; nil: as many as the last axis has.
  func matrix(_ name: String, columns: Int? = nil) throws -> PlainMatrix {
    let values = try vector(name)
    let columns = columns ?? file.entry(prefix + name)?.shape.last ?? 1
    return PlainMatrix(rows: values.count / columns, columns: columns, values)
  }

  /// `weight`, of a layer or of a convolution `[O, I, k, k]` as `[O, I k k]`, and `bias` if there is one.
  func linear() throws -> PlainLinear {
    let outputs = file.entry(prefix + "weight")?.shape.first ?? 1
    let values = try vector("weight")
    return PlainLinear(
      weight: PlainMatrix(rows: outputs, columns: values.count / outputs, values),
      bias: has("bias") ? try vector("bias") : [])
  }

  func norm(epsilon: Float) throws -> PlainNorm {
    // The originals' epsilons are decimal numbers: 1e-6, not the float32 nearest to it.
    PlainNorm(weight: try vector("weight"), bias: try vector("bias"), epsilon: Double("\(epsilon)") ?? 0)
  }
}

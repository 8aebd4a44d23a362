import Files
import NN

extension QueryFeature {
  /// Saves the query as tensor `query [3, C]`, views z, y, x.
  public func write(to path: String) throws {
    try SafetensorsFile.write(
      [("query", Tensor([3, channels], Array(views.joined())))], metadata: ["views": "z y x"], to: path)
  }

  /// Reads a query that `write` saved.
  ///
  /// - Throws: `Failure` if the file holds none.
  public init(_ path: String) throws {
    let tensor = try SafetensorsFile(path).tensor("query")
    guard tensor.rank == 2, tensor.shape[0] == 3, tensor.shape[1] > 0 else {
      throw Failure(
        .badData, path: path, "tensor 'query' has shape \(tensor.shape), not [3, C]",
        remedy: "give a query.safetensors of 'cryosam match' or 'cryosam segment'")
    }
    self.init(views: (0..<3).map { tensor[$0].values })
  }
}

import ArgumentParser

extension ArgumentHelp {
  /// Help that tells the default, as options with a `transform:` do not by themselves.
  public init(_ abstract: String, default value: some CustomStringConvertible, valueName: String) {
    self.init("\(abstract) (default: \(value))", valueName: valueName)
  }
}

import Files

/// The shapes of a checkpoint's tensors under their official names: what configurations are inferred from.
struct ShapeTable {
  let shapes: [String: [Int]]
  let path: String

  /// Largest size of an axis: bounds every product that is taken before a configuration has been checked.
  static let sizeLimit = 1 << 20

  func has(_ name: String) -> Bool { shapes[name] != nil }

  /// The shape of `name`, which must have `rank` axes, none of them empty.
  ///
  /// - Throws: `Failure` that names the tensor if it is missing or of another rank.
  func shape(_ name: String, rank: Int) throws -> [Int] {
    guard let shape = shapes[name] else { throw refusal("lacks the tensor '\(name)'") }
    guard shape.count == rank, shape.allSatisfy({ 1...Self.sizeLimit ~= $0 }) else {
      throw refusal("tensor '\(name)' has shape \(shape), expected \(rank) axes of 1 to \(Self.sizeLimit)")
    }
    return shape
  }

  /// Most elements of a list of layers; the largest published model has 48.
  static let layerLimit = 1000

  /// The number of elements in the list `prefix.0`, `prefix.1`, ...: those whose tensor `member` exists.
  ///
  /// - Throws: `Failure` if there are more than any model has.
  func count(_ prefix: String, member: String) throws -> Int {
    guard let count = (0...Self.layerLimit).first(where: { !has("\(prefix).\($0).\(member)") }) else {
      throw refusal("has more than \(Self.layerLimit) elements in the list '\(prefix)'")
    }
    return count
  }

  func refusal(_ reason: String, remedy: String? = nil) -> Failure {
    Failure(.badData, path: path, reason, remedy: remedy ?? "give the complete state dict of one model")
  }
}

/// A parameter that a model has: official name and shape.
public struct Parameter: Sendable, Equatable {
  public let name: String
  public let shape: [Int]

  init(_ name: String, _ shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  /// Weight and bias of a linear layer.
  static func linear(_ name: String, in input: Int, out output: Int) -> [Parameter] {
    [Parameter("\(name).weight", [output, input]), Parameter("\(name).bias", [output])]
  }

  /// Scale and shift of a norm.
  static func norm(_ name: String, _ width: Int) -> [Parameter] {
    [Parameter("\(name).weight", [width]), Parameter("\(name).bias", [width])]
  }

  /// Kernel `[out, in, side, side]` (of a transposed convolution `[in, out, side, side]`) and bias.
  static func convolution(
    _ name: String, in input: Int, out output: Int, side: Int, bias: Bool = true, transposed: Bool = false
  ) -> [Parameter] {
    let kernel = transposed ? [input, output, side, side] : [output, input, side, side]
    return [Parameter("\(name).weight", kernel)] + (bias ? [Parameter("\(name).bias", [output])] : [])
  }
}

/// The side of a square of `count` elements; nil if there is none.
func side(ofSquare count: Int) -> Int? {
  guard count > 0 else { return nil }
  let side = Int(Double(count).squareRoot().rounded())
  return side * side == count ? side : nil
}

import Files
import NN
import Testing

/// Reference tensors of the original PyTorch code (Tests/Data/golden/README.md).
public struct Golden: Sendable {
  public let file: SafetensorsFile

  /// The golden file `name` of Tests/Data/golden, without `.safetensors`.
  public init(_ name: String) throws {
    file = try SafetensorsFile(TestData.path("golden/\(name).safetensors"))
  }

  public func has(_ name: String) -> Bool { file.entry(name) != nil }

  public func shape(_ name: String) throws -> [Int] { try #require(file.entry(name)).shape }

  /// A tensor of any number type as float32 values.
  public func values(_ name: String) throws -> [Float] { try file.floats(name) }

  public func tensor(_ name: String) throws -> Tensor { Tensor(try shape(name), try values(name)) }

  /// Whole numbers.
  public func integers(_ name: String) throws -> [Int] { try file.floats(name).map { Int($0) } }

  /// NumPy `packbits` of a boolean array of `count` elements: most significant bit first.
  public func unpacked(_ name: String, count: Int) throws -> [Bool] {
    let bytes = try file.rawBytes(name)
    try #require(bytes.count == (count + 7) / 8)
    return (0..<count).map { bytes[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 1 }
  }
}

/// How far `actual` is from `expected`.
public struct Difference: Sendable, CustomStringConvertible {
  public let relativeL2: Double
  public let maximum: Double
  public let place: Int

  public init(_ actual: [Float], _ expected: [Float]) {
    var (error, norm, maximum, place) = (0.0, 0.0, 0.0, 0)
    for (index, (a, e)) in zip(actual, expected).enumerated() {
      let difference = abs(Double(a) - Double(e))
      error += difference * difference
      norm += Double(e) * Double(e)
      // A NaN is the largest difference.
      if !(difference <= maximum) { (maximum, place) = (difference, index) }
    }
    relativeL2 = norm > 0 ? (error / norm).squareRoot() : error.squareRoot()
    self.maximum = maximum
    self.place = place
  }

  public var description: String { "relative L2 \(relativeL2), maximum \(maximum) at \(place)" }
}

/// Expects `actual` to agree with a golden to the relative L2 error that the contract allows, and notes the error for
/// the table in `docs/` (`GoldenTable`).
public func expectGolden(
  _ actual: [Float], _ expected: [Float], _ name: String, limit: Double = 2e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(name): \(actual.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  let difference = Difference(actual, expected)
  GoldenTable.note(name, difference)
  if !(difference.relativeL2 <= limit) {
    Issue.record("\(name): \(difference), allowed \(limit)", sourceLocation: sourceLocation)
  }
}

import Files
import NN

/// The comparison of one tensor of two files.
package struct TensorComparison {
  let name: String
  let outcome: Outcome

  enum Outcome {
    /// In one file only: the other one is named.
    case missing(String, shape: [Int])
    case shapes([Int], [Int])
    /// Every so many elements are there, in each file others.
    case strides(Int, Int, shape: [Int])
    case values(TensorSampling, TensorDifference, parting: Int?)
  }

  typealias Source = (file: SafetensorsFile, samplings: [String: TensorSampling])

  /// Compares tensor `name` of `second` with that of `first`; if one of them is sampled, at its places.
  init(_ name: String, _ first: Source, _ second: Source, tolerance: ComparisonTolerance) throws {
    self.name = name
    guard let one = first.samplings[name], let two = second.samplings[name] else {
      let shape = (first.samplings[name] ?? second.samplings[name])?.shape ?? []
      outcome = .missing(first.samplings[name] == nil ? "the first file" : "the second file", shape: shape)
      return
    }
    guard one.shape == two.shape else {
      outcome = .shapes(one.shape, two.shape)
      return
    }
    guard one.stride == two.stride || one.stride == 1 || two.stride == 1 else {
      outcome = .strides(one.stride, two.stride, shape: one.shape)
      return
    }
    var reference = try first.file.floats(name)
    var other = try second.file.floats(name)
    if one.stride < two.stride { reference = two.sample(reference) }
    if two.stride < one.stride { other = one.sample(other) }
    let isWhole = first.file.entry(name)?.element.holdsWholeNumbers ?? false
    let (difference, parting) = Self.compare(reference, other, tolerance, wholeNumbers: isWhole)
    outcome = .values(one.stride > two.stride ? one : two, difference, parting: parting)
  }

  /// The difference, and, if it is not tolerated, the first element from which both part.
  private static func compare(
    _ reference: [Float], _ other: [Float], _ tolerance: ComparisonTolerance, wholeNumbers: Bool
  ) -> (TensorDifference, parting: Int?) {
    func first(beyond relative: Double, _ absolute: Double) -> Int? {
      reference.indices.first { index in
        let (a, b) = (reference[index], other[index])
        guard a != b && !(a.isNaN && b.isNaN) else { return false }
        return !(abs(Double(a) - Double(b)) <= absolute + relative * abs(Double(a)))
      }
    }
    switch tolerance {
    case .elements(let relative, let absolute):
      let difference = TensorDifference(reference, other, rtol: relative, atol: absolute)
      return (difference, difference.outside > 0 ? first(beyond: relative, absolute) ?? 0 : nil)
    case .relativeL2(let limit, let share):
      let difference = TensorDifference(reference, other)
      if wholeNumbers {
        let isFine = Double(difference.outside) <= share * Double(reference.count)
        return (difference, isFine ? nil : first(beyond: 0, 0) ?? 0)
      }
      guard !(difference.relativeL2 <= limit) else { return (difference, nil) }
      let squares = reference.reduce(0.0) { $1.isFinite ? $0 + Double($1) * Double($1) : $0 }
      let size = (squares / Double(max(1, reference.count))).squareRoot()
      return (difference, first(beyond: 0, limit * size) ?? difference.position)
    }
  }

  var passes: Bool { if case .values(_, _, parting: nil) = outcome { true } else { false } }

  /// Not inlined: the optimiser of Swift 6.3.1 fails an assertion of its own (copy propagation) where it is.
  @inline(never) var difference: TensorDifference? {
    if case .values(_, let difference, _) = outcome { difference } else { nil }
  }

  /// The reference's shape; that of the tensor itself if it is sampled.
  var shape: [Int] {
    switch outcome {
    case .missing(_, let shape), .shapes(let shape, _), .strides(_, _, let shape): shape
    case .values(let sampling, _, _): sampling.shape
    }
  }

  /// The name with `*` for each number in it.
  var family: String {
    name.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) == nil ? $0 : "*" }
      .joined(separator: ".")
  }

  /// What was found, in words, without the name.
  var finding: String {
    switch outcome {
    case .missing(let file, _): return "is not in \(file)"
    case .shapes(let first, let second): return "has shape \(first), then \(second)"
    case .strides(let first, let second, let shape):
      return "\(shape)  has every \(first)th element, then every \(second)th: use one --trace-limit for both"
    case .values(let sampling, let difference, let parting):
      let sampled = sampling.stride > 1 ? " every \(sampling.stride)th" : ""
      let parts = parting.map { "  parts at \(Self.text(sampling.place($0)))" } ?? ""
      return "\(sampling.shape)\(sampled)  max abs \(Float(difference.maximum)) at "
        + "\(Self.text(sampling.place(difference.position)))  rel L2 \(Float(difference.relativeL2))  "
        + "cosine \(decimal(difference.cosine, places: 9))\(parts)"
    }
  }

  var text: String { "\(passes ? "pass" : "FAIL")  \(name)  \(finding)" }

  /// A place: a number in vectors, else one number for each axis.
  static func text(_ place: [Int]) -> String { place.count == 1 ? "\(place[0])" : "\(place)" }

  var json: JSON {
    var json = JSON.Object()
    json.append("name", .string(name))
    json.append("pass", .bool(passes))
    func integers(_ values: [Int]) -> JSON { .array(values.map { .integer($0) }) }
    switch outcome {
    case .missing(let file, _): json.append("missing_in", .string(file))
    case .shapes(let first, let second):
      json.append("shape", integers(first))
      json.append("other_shape", integers(second))
    case .strides(let first, let second, let shape):
      json.append("shape", integers(shape))
      json.append("strides", integers([first, second]))
    case .values(let sampling, let difference, let parting):
      json.append("shape", integers(sampling.shape))
      if sampling.stride > 1 { json.append("stride", .integer(sampling.stride)) }
      json.append("max_abs", .number(difference.maximum))
      json.append("max_abs_at", .integer(difference.position * sampling.stride))
      json.append("relative_l2", .number(difference.relativeL2))
      json.append("cosine", .number(difference.cosine))
      if let parting { json.append("parts_at", integers(sampling.place(parting))) }
    }
    return .object(json)
  }
}

extension SafetensorsElement {
  /// Whether the values are whole numbers or booleans.
  var holdsWholeNumbers: Bool { [.bool, .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64].contains(self) }
}

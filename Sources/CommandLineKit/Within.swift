/// Reads an option's value and checks that it lies in `range`: for `@Option(transform:)`, whose errors name the option.
public func within<Value: LosslessStringConvertible & Comparable & Sendable>(
  _ range: ClosedRange<Value>
) -> @Sendable (String) throws -> Value {
  { text in
    guard let value = Value(text), range.contains(value) else { throw NotWithin(range) }
    return value
  }
}

/// What a value must be; its text follows "The value '2' is invalid for '--iou <share>': ".
private struct NotWithin: Error, CustomStringConvertible {
  let description: String

  init<Value: Comparable>(_ range: ClosedRange<Value>) {
    let isOpenAbove = range.upperBound as? Int == Int.max
    description =
      isOpenAbove
      ? "it must be at least \(range.lowerBound)"
      : "it must be between \(range.lowerBound) and \(range.upperBound)"
  }
}

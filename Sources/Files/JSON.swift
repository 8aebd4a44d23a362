import OrderedCollections

/// A JSON value (RFC 8259) that keeps what Foundation's loses: the order of an object's members, and the
/// difference between an integer and a number with a fraction or exponent.
///
/// The reader (`JSON(parsing:)`) is strict: UTF-8 is checked, duplicate keys, lone surrogates, numbers out of
/// range and anything after the value are refused. The writer (`text`) is deterministic.
public enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number written without fraction and exponent that fits `Int`.
  case integer(Int)
  /// Any other number. Integers too large for `Int` are here too, so that asking for them as `Int` fails.
  case number(Double)
  case string(String)
  case array([JSON])
  case object(Object)

  /// Members in their order, with a look-up by key.
  public struct Object: Sendable, Equatable {
    public typealias Member = (key: String, value: JSON)
    private var values: OrderedDictionary<String, JSON> = [:]

    public init() {}

    public var count: Int { values.count }
    public var keys: [String] { Array(values.keys) }
    public var members: [Member] { Array(values) }

    /// The value of `key`. Setting replaces it in its place, or appends; setting `nil` removes it.
    public subscript(key: String) -> JSON? {
      get { values[key] }
      set { values[key] = newValue }
    }

    /// Adds a member at the end. Returns false, and adds nothing, if `key` is there already.
    @discardableResult
    public mutating func append(_ key: String, _ value: JSON) -> Bool {
      guard values[key] == nil else { return false }
      values[key] = value
      return true
    }
  }

  /// An object of `members`, in the order given. Of two members with one key the first counts.
  public static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
    var object = Object()
    for (key, value) in members { object.append(key, value) }
    return .object(object)
  }
}

extension JSON {
  /// The member `key` of an object; nil for other values and other keys.
  public subscript(key: String) -> JSON? { object?[key] }

  public var object: Object? { if case .object(let object) = self { object } else { nil } }
  public var array: [JSON]? { if case .array(let array) = self { array } else { nil } }
  public var string: String? { if case .string(let string) = self { string } else { nil } }
  public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  /// The value of an integer; nil for numbers with fraction or exponent, even `1.0`, and for too large ones.
  public var int: Int? { if case .integer(let integer) = self { integer } else { nil } }
  /// The value of any number.
  public var double: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }
  /// The value of an array of integers; nil if any element is something else.
  public var ints: [Int]? {
    guard let array else { return nil }
    let ints = array.compactMap(\.int)
    return ints.count == array.count ? ints : nil
  }

  /// The name of the value's kind, for messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    var object = Object()
    for (key, value) in elements { object.append(key, value) }
    self = .object(object)
  }
}

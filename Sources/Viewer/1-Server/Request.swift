/// What a browser asks for: the head of a request of HTTP/1.1, and its body.
public struct Request: Sendable, Equatable {
  public let method: String
  /// Up to the question mark, as it came.
  public let path: String
  /// What stands behind the question mark: `a=1&b=2`.
  public let query: String
  /// By lower-case name; one that is given twice has both values, which fit nothing.
  public let fields: [String: String]
  public var body: [UInt8] = []

  public init(
    _ method: String, _ path: String, query: String = "", fields: [String: String] = [:], body: [UInt8] = []
  ) {
    (self.method, self.path, self.query, self.fields, self.body) = (method, path, query, fields, body)
  }

  /// Bytes of a head and of a body at most.
  static let (longestHead, longestBody) = (1 << 14, 1 << 16)

  /// Reads the head `bytes`, which ends with an empty line.
  ///
  /// - Throws: `Refusal` if it is none, or of a kind that is not answered here.
  public init(head bytes: [UInt8]) throws(Refusal) {
    guard bytes.allSatisfy({ $0 < 128 && ($0 >= 32 || [9, 10, 13].contains($0)) }) else { throw .malformed }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let words = lines[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].first == "/" else {
      throw .malformed
    }
    let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var fields: [String: String] = [:]
    for line in lines.dropFirst() where !line.isEmpty {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].allSatisfy(Self.isOfName),
        colon > line.startIndex
      else { throw .malformed }
      let (name, value) = (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed)
      fields[name] = fields[name].map { "\($0), \(value)" } ?? value
    }
    self.init(words[0], String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "", fields: fields)
  }

  private static func isOfName(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_".contains(character))
  }

  /// Bytes of the body that follows.
  ///
  /// - Throws: `Refusal` if that is not said in a number, or too many.
  package func bodyLength() throws(Refusal) -> Int {
    guard fields["transfer-encoding"] == nil else { throw .malformed }
    guard let text = fields["content-length"] else { return 0 }
    guard !text.isEmpty, text.allSatisfy({ ("0"..."9").contains($0) }) else { throw .malformed }
    guard let length = Int(text), length <= Self.longestBody else { throw .tooLarge }
    return length
  }

  /// Whether the connection stays open for another request.
  var staysOpen: Bool { fields["connection"]?.lowercased() != "close" }

  /// The value of `name` in the query; nil if it is not there.
  public func value(_ name: String) -> String? {
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2, pair[0] == name { return String(pair[1]) }
    }
    return nil
  }

  /// As `value`, a whole number.
  func number(_ name: String) -> Int? { value(name).flatMap { Int($0) } }

  /// As `value`, whole numbers joined by commas.
  func numbers(_ name: String) -> [Int]? {
    let words = value(name)?.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words?.compactMap { Int($0) }
    return numbers?.count == words?.count ? numbers : nil
  }
}

/// Why a request is not answered.
public enum Refusal: Error, Equatable, Sendable {
  /// Not HTTP as it is spoken here.
  case malformed
  case tooLarge
  /// Without the token, or from another page.
  case foreign
  case unknown
  case tooMany
  /// Cannot be done now, and why.
  case notNow(String)

  var status: String {
    switch self {
    case .malformed: "400 Bad Request"
    case .tooLarge: "413 Content Too Large"
    case .foreign: "403 Forbidden"
    case .unknown: "404 Not Found"
    case .tooMany: "503 Service Unavailable"
    case .notNow: "409 Conflict"
    }
  }

  /// For the one who asks.
  var text: String {
    switch self {
    case .malformed: "this request is not understood"
    case .tooLarge: "this request is too large"
    case .foreign: "open the address that cryosam printed, with its token"
    case .unknown: "there is nothing here"
    case .tooMany: "too many connections at once"
    case .notNow(let reason): reason
    }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
    let start = firstIndex { !isSpace($0) } ?? endIndex
    let end = self[start...].lastIndex { !isSpace($0) }.map { index(after: $0) } ?? start
    return String(self[start..<end])
  }
}

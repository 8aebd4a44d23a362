import Files

/// The head of a server's answer.
struct HTTPResponse: Sendable {
  private(set) var status = 0
  /// What stands behind the status.
  private(set) var reason = ""
  /// By lower-case name; of several with one name the last.
  private var fields: [String: String] = [:]

  /// Takes one line of the head. A status line starts anew: before the last answer there are those that redirected.
  mutating func take(line: String) {
    let line = line.trimmed
    if line.hasPrefix("HTTP/") {
      let words = line.split(separator: " ", maxSplits: 2).map(String.init)
      self = HTTPResponse()
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      reason = words.count > 2 ? words[2] : ""
    } else if let colon = line.firstIndex(of: ":") {
      fields[line[..<colon].lowercased()] = String(line[line.index(after: colon)...]).trimmed
    }
  }

  /// `404 Not Found`
  var statusText: String { reason.isEmpty ? "\(status)" : "\(status) \(reason)" }

  /// Bytes of the body, if the server says so.
  var contentLength: Int? { fields["content-length"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }

  var isWebPage: Bool {
    let type = fields["content-type"]?.lowercased() ?? ""
    return type.hasPrefix("text/html") || type.hasPrefix("application/xhtml")
  }

  /// What tells one version of the file from another, and may stand in If-Range (RFC 9110, 13.1.5): a strong ETag,
  /// else the date of the last change.
  var validator: String? {
    if let tag = fields["etag"] { return tag.hasPrefix("\"") ? tag : nil }
    return fields["last-modified"]
  }

  /// `bytes 100-199/200`: the first byte, and the length of the whole. Of `bytes */200` the first byte is nil.
  var contentRange: (start: Int?, total: Int?)? {
    guard let text = fields["content-range"], text.lowercased().hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(separator: "/", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let start = parts[0].split(separator: "-", maxSplits: 1).first.flatMap { Int($0) }
    return (start, Int(parts[1]))
  }
}

extension String {
  /// Without blanks and line ends at both ends.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

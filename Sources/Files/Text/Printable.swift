extension String {
  /// With a question mark for what would command a terminal, turn the direction of writing, or end a line unseen: names in
  /// files may hold anything. Line ends and tabulators stay.
  public var printable: String { replacing { $0.isCommand && $0 != "\n" && $0 != "\t" } }

  /// As `printable`, on one line.
  public var printableLine: String { replacing(\.isCommand) }

  private func replacing(_ isReplaced: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: isReplaced) else { return self }
    return String(UnicodeScalarView(unicodeScalars.map { isReplaced($0) ? "?" : $0 }))
  }
}

extension Unicode.Scalar {
  /// Whether it does something where it is shown: control characters, those that turn the direction of writing, and
  /// Unicode's own ends of lines and paragraphs.
  public var isCommand: Bool {
    switch value {
    case 0..<32, 127..<160, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}

import Files

extension PointTable {
  static func looksLikeXML(_ lines: TextLines) -> Bool {
    firstWords(lines).first?.hasPrefix("<") ?? false
  }

  /// ChimeraX's markers (`.cmm`): the attributes x, y, z of every `<marker>`, in Angstroms of the scene.
  ///
  /// - Throws: `Failure` that names the line of a marker without a place, and for other XML.
  init(markers lines: TextLines) throws {
    var entries: [Entry] = []
    var (position, line) = (0, 0)
    let bytes = lines.bytes
    let tag = Array("<marker".utf8)
    while let start = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: ">")) ?? bytes.endIndex
      position = end
      guard bytes[start..<end].starts(with: tag), start + tag.count < end, bytes[start + tag.count] <= 32
      else { continue }
      while line + 1 < lines.lines.count, lines.lines[line + 1].lowerBound <= start { line += 1 }
      let attributes = Self.attributes(lines.text(start + tag.count..<end))
      let place = try ["x", "y", "z"].map { name in
        guard let text = attributes[name] else {
          throw Failure(.badData, "line \(line + 1): the marker has no \(name)")
        }
        return try finiteNumber(text, line: line + 1, column: name)
      }
      entries.append(Entry(position: SIMD3(place[0], place[1], place[2]), line: line + 1))
    }
    guard !entries.isEmpty else {
      throw Failure(
        .badData, "is XML without a <marker>", remedy: "of XML ChimeraX's marker sets (.cmm) are read")
    }
    self.init(format: "ChimeraX markers", units: .sceneAngstroms, entries: entries)
  }

  /// `name="value"`, quotes of either kind.
  private static func attributes(_ text: String) -> [String: String] {
    var attributes: [String: String] = [:]
    var rest = text[...]
    while let equals = rest.firstIndex(of: "="),
      let quote = rest[equals...].first(where: { "\"'".contains($0) })
    {
      let name = rest[..<equals].split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
      let quoted = rest[equals...].drop { $0 != quote }.dropFirst()
      let value = quoted.prefix { $0 != quote }
      attributes[name] = String(value)
      rest = quoted[value.endIndex...].dropFirst()
    }
    return attributes
  }
}

import Files
import Platform
import Volumes

extension PointTable {
  static func looksLikeXML(_ lines: TextLines) -> Bool {
    firstWords(lines).first?.hasPrefix("<") ?? false
  }

  /// ChimeraX's markers (`.cmm`): the attributes x, y, z of every `<marker>`, in Angstroms of the scene, its `radius`, and this
  /// program's `score`. The names of its `<marker_set>`s are classes, unless there is one that ChimeraX named.
  ///
  /// - Throws: `Failure` that names the line of a marker without a place, and for other XML.
  init(markers lines: TextLines) throws {
    var markers: [(entry: Entry, set: String)] = []
    var (position, line, set) = (0, 0, "")
    var scoreFault: String?
    let bytes = lines.bytes
    while let start = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
      let end = Self.endOfTag(bytes, from: start)
      position = end
      if let text = Self.tag("marker_set", lines, start..<end) {
        set = Self.attributes(text)["name"] ?? ""
      }
      guard let text = Self.tag("marker", lines, start..<end) else { continue }
      while line + 1 < lines.lines.count, lines.lines[line + 1].lowerBound <= start { line += 1 }
      let attributes = Self.attributes(text)
      let place = try ["x", "y", "z"].map { name in
        guard let text = attributes[name] else {
          throw Failure(.badData, "line \(line + 1): the marker has no \(name)")
        }
        return try finiteNumber(text, line: line + 1, column: name)
      }
      let score = attributes["score"].flatMap { text in
        optional(&scoreFault) { try finiteNumber(text, line: line + 1, column: "score") }
      }
      let isSized = attributes["size"] != "unknown"
      let radius = (isSized ? attributes["radius"] : nil).flatMap {
        try? finiteNumber($0, line: line + 1, column: "radius")
      }
      markers.append(
        (
          Entry(
            position: SIMD3(place[0], place[1], place[2]), score: score,
            label: attributes["instance"].flatMap(Self.label),
            radius: radius.flatMap { $0 > 0 ? $0 : nil }, line: line + 1), set
        ))
    }
    guard !markers.isEmpty else {
      throw Failure(
        .badData, "is XML without a <marker>", remedy: "of XML ChimeraX's marker sets (.cmm) are read")
    }
    // ChimeraX calls a set 'markers' or 'marker set 1' if nobody names it.
    let isUnnamed = Set(markers.map(\.set)).count == 1 && (set.isEmpty || set.hasPrefix("marker"))
    self.init(
      format: "ChimeraX markers", units: .sceneAngstroms,
      entries: markers.map { isUnnamed || $0.set.isEmpty ? $0.entry : $0.entry.ofClass($0.set) })
    self.scoreFault = scoreFault
  }

  /// Where the tag that begins at `start` ends: at its `>` outside quotes.
  private static func endOfTag(_ bytes: [UInt8], from start: Int) -> Int {
    var quote: UInt8?
    // Comments and declarations may hold a single quote, comments whole tags.
    let isPlain =
      start + 1 < bytes.endIndex && [UInt8(ascii: "!"), UInt8(ascii: "?")].contains(bytes[start + 1])
    if bytes[start...].starts(with: Array("<!--".utf8)) {
      let end = Array("-->".utf8)
      return (start..<bytes.endIndex).first { bytes[$0] == end[0] && bytes[$0...].starts(with: end) }
        ?? bytes.endIndex
    }
    for position in start..<bytes.endIndex {
      let byte = bytes[position]
      if let open = quote {
        if byte == open { quote = nil }
      } else if !isPlain, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        return position
      }
    }
    return bytes.endIndex
  }

  /// What stands in the tag in `range` after its `name`; nil if it is another.
  private static func tag(_ name: String, _ lines: TextLines, _ range: Range<Int>) -> String? {
    let begin = Array("<\(name)".utf8)
    let rest = range.lowerBound + begin.count
    guard lines.bytes[range].starts(with: begin),
      rest == range.upperBound || lines.bytes[rest] <= 32 || lines.bytes[rest] == UInt8(ascii: "/")
    else { return nil }
    return lines.text(rest..<range.upperBound)
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
      attributes[name] = plain(String(value))
      rest = quoted[value.endIndex...].dropFirst()
    }
    return attributes
  }

  private static let entities = [
    ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;"), ("&", "&amp;"),
  ]

  /// With the characters that XML's entities stand for.
  private static func plain(_ text: String) -> String {
    guard text.contains("&") else { return text }
    return entities.reduce(text) { $0.replacing($1.1, with: $1.0) }
  }

  /// With XML's entities; what XML cannot hold becomes `_`.
  fileprivate static func escaped(_ text: String) -> String {
    let held = String(text.map { STARWriter.canHold($0) || $0 == "\"" ? $0 : "_" })
    return entities.reversed().reduce(held) { $0.replacing($1.0, with: $1.1) }
  }
}

extension PointTable.Entry {
  fileprivate func ofClass(_ name: String) -> Self {
    Self(
      position: position, score: score, classes: [name], label: label, radius: radius, line: line)
  }
}

/// Picks as ChimeraX's markers: Angstroms in the scene, where the volume stands by its header's origin; a set for each kind.
///
/// `score`, `instance` and `size` are attributes of our own, which ChimeraX keeps. Source: `cmmfiles.py` of ChimeraX.
enum ChimeraX {
  static func text(_ table: PickTable) -> String {
    let kinds = table.kinds.isEmpty ? [nil] : table.kinds
    let (size, origin) = (table.voxelSize ?? SIMD3(repeating: 1), table.geometry?.sceneOrigin ?? .zero)
    let meanSize = cbrt(size.x * size.y * size.z)
    var lines = kinds.count > 1 ? ["<marker_sets>"] : []
    for (index, kind) in kinds.enumerated() {
      let colour = IMODModel.colours[index % IMODModel.colours.count]
      lines.append("<marker_set name=\"\(PointTable.escaped(kind ?? "markers"))\">")
      for (number, pick) in table.picks.enumerated() where pick.kind == kind {
        let place = pick.position.position * size + origin
        // Markers must have a radius.
        let radius = pick.radius.map { $0 * meanSize } ?? 5 * meanSize
        lines.append(
          "<marker id=\"\(number + 1)\" x=\"\(place.x)\" y=\"\(place.y)\" z=\"\(place.z)\" r=\"\(colour.x)\" "
            + "g=\"\(colour.y)\" b=\"\(colour.z)\" radius=\"\(radius)\""
            + (pick.figureOfMerit.map { " score=\"\($0)\"" } ?? "")
            + (pick.label.map { " instance=\"\($0)\"" } ?? "")
            + (pick.radius == nil ? " size=\"unknown\"" : "") + "/>")
      }
      lines.append("</marker_set>")
    }
    if kinds.count > 1 { lines.append("</marker_sets>") }
    return lines.joined(separator: "\n") + "\n"
  }
}

import Files

/// The directory of a ZIP archive as `torch.save` writes it: entries stored without compression, with the ZIP64
/// extension. Specification: PKWARE APPNOTE 6.3.10.
///
/// Everything is checked against the file's length before it is used. Compressed and encrypted entries are
/// listed, but opening them is refused.
package struct ZipArchive {
  package struct Entry {
    package let name: String
    package let size: Int
    let method: Int
    let encrypted: Bool
    /// Place of the local header.
    let header: Int
  }

  package let file: InputFile
  /// In the directory's order.
  package let entries: [Entry]
  private let indices: [String: Int]
  /// Where the directory begins, and the entries' data must have ended.
  private let directoryStart: Int

  /// The largest directory that is read; those of real checkpoints have some hundred kilobytes.
  static let directoryLimit = 64 << 20

  /// Reads the directory of `file`.
  ///
  /// - Throws: `Failure` that says what is malformed.
  package init(_ file: InputFile) throws {
    self.file = file
    let end = try EndRecord(file)
    guard end.directorySize <= Self.directoryLimit else {
      throw malformed(file, "its directory of \(end.directorySize) bytes is too large")
    }
    directoryStart = end.directoryStart
    let directory = try file.read(end.directoryStart..<end.directoryStart + end.directorySize)
    var entries: [Entry] = []
    var indices: [String: Int] = [:]
    var place = 0
    for number in 0..<end.entryCount {
      let (entry, next) = try Self.entry(number, in: directory, at: place, of: file)
      guard indices.updateValue(number, forKey: entry.name) == nil else {
        throw malformed(file, "two entries are called '\(entry.name)'")
      }
      entries.append(entry)
      place = next
    }
    guard place == directory.count else { throw malformed(file, "its directory is longer than its entries") }
    self.entries = entries
    self.indices = indices
  }

  package subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// The place of an entry's data in the file.
  ///
  /// - Throws: `Failure` for compressed or encrypted entries and for headers that contradict the directory.
  package func data(_ entry: Entry) throws -> Range<Int> {
    guard entry.method == 0, !entry.encrypted else {
      throw Failure(
        .badData, path: file.path,
        "has the \(entry.encrypted ? "encrypted" : "compressed") entry '\(entry.name)'",
        remedy: "unpack the archive and pack it again without compression (zip -0)")
    }
    let header = try file.read(entry.header..<entry.header + 30)
    guard header.little(UInt32.self, at: 0) == 0x0403_4B50,
      let nameLength = header.int(UInt16.self, at: 26), let extraLength = header.int(UInt16.self, at: 28)
    else { throw malformed(file, "entry '\(entry.name)' has no local header") }
    let start = entry.header + 30 + nameLength + extraLength
    guard start <= directoryStart, entry.size <= directoryStart - start else {
      throw malformed(file, "entry '\(entry.name)' runs into the directory")
    }
    let name = try file.read(entry.header + 30..<entry.header + 30 + nameLength)
    guard name.elementsEqual(entry.name.utf8) else {
      throw malformed(file, "entry '\(entry.name)' has another name in its local header")
    }
    return start..<start + entry.size
  }

  /// Entry `number`, whose record begins at `place` of the directory, and where the next one begins.
  private static func entry(
    _ number: Int, in directory: [UInt8], at place: Int, of file: InputFile
  ) throws -> (Entry, next: Int) {
    guard directory.little(UInt32.self, at: place) == 0x0201_4B50, place <= directory.count - 46,
      let flags = directory.little(UInt16.self, at: place + 8),
      let method = directory.int(UInt16.self, at: place + 10),
      var packedSize = directory.int(UInt32.self, at: place + 20),
      var size = directory.int(UInt32.self, at: place + 24),
      let nameLength = directory.int(UInt16.self, at: place + 28),
      let extraLength = directory.int(UInt16.self, at: place + 30),
      let commentLength = directory.int(UInt16.self, at: place + 32),
      var header = directory.int(UInt32.self, at: place + 42)
    else { throw malformed(file, "record \(number) of its directory is cut or has no signature") }
    let next = place + 46 + nameLength + extraLength + commentLength
    guard next <= directory.count else { throw malformed(file, "record \(number) of its directory is cut") }
    let nameBytes = directory[place + 46..<place + 46 + nameLength]
    guard let name = String(validating: nameBytes, as: UTF8.self), !name.isEmpty else {
      throw malformed(file, "record \(number) of its directory has a name that is not UTF-8")
    }
    // ZIP64: the sizes and the place that do not fit 32 bits, in this order, follow in an extra field.
    var extra = Array(directory[place + 46 + nameLength..<place + 46 + nameLength + extraLength])[...]
    while extra.count >= 4 {
      let field = Array(extra)
      guard let kind = field.int(UInt16.self, at: 0), let length = field.int(UInt16.self, at: 2),
        length <= field.count - 4
      else { throw malformed(file, "entry '\(name)' has a cut extra field") }
      extra = extra.dropFirst(4 + length)
      guard kind == 1 else { continue }
      var at = 4
      func wide(_ value: Int) throws -> Int {
        guard value == 0xFFFF_FFFF else { return value }
        guard at + 8 <= 4 + length, let wide = field.int(UInt64.self, at: at) else {
          throw malformed(file, "entry '\(name)' has a cut ZIP64 field")
        }
        at += 8
        return wide
      }
      size = try wide(size)
      packedSize = try wide(packedSize)
      header = try wide(header)
    }
    guard header <= file.count - 30, packedSize <= file.count, method != 0 || size == packedSize else {
      throw malformed(file, "entry '\(name)' does not fit the file")
    }
    return (Entry(name: name, size: size, method: method, encrypted: flags & 1 != 0, header: header), next)
  }
}

/// The record at the end of an archive: where the directory is.
private struct EndRecord {
  let entryCount: Int
  let directorySize: Int
  let directoryStart: Int

  init(_ file: InputFile) throws {
    let tailStart = max(0, file.count - (22 + 0xFFFF))
    let tail = try file.read(tailStart..<file.count)
    let place = stride(from: tail.count - 22, through: 0, by: -1).first { place in
      tail.little(UInt32.self, at: place) == 0x0605_4B50
        && tail.int(UInt16.self, at: place + 20) == tail.count - place - 22
    }
    guard let place, let disk = tail.int(UInt16.self, at: place + 4),
      let count = tail.int(UInt16.self, at: place + 10), let size = tail.int(UInt32.self, at: place + 12),
      let start = tail.int(UInt32.self, at: place + 16)
    else { throw malformed(file, "it has no directory at its end") }
    var values = (disk: disk, count: count, size: size, start: start)
    var limit = tailStart + place
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF || disk == 0xFFFF {
      (values, limit) = try Self.zip64(file, endRecord: tailStart + place)
    }
    guard values.disk == 0 else { throw malformed(file, "it is one part of several") }
    guard values.start <= limit, values.size <= limit - values.start else {
      throw malformed(file, "its directory lies outside the file")
    }
    // A record has at least 46 bytes: a count beyond that is a lie, and not worth a loop.
    guard values.count <= values.size / 46 else {
      throw malformed(file, "it states \(values.count) entries in a directory of \(values.size) bytes")
    }
    (entryCount, directorySize, directoryStart) = (values.count, values.size, values.start)
  }

  private static func zip64(
    _ file: InputFile, endRecord: Int
  ) throws -> ((disk: Int, count: Int, size: Int, start: Int), limit: Int) {
    guard endRecord >= 20 else { throw malformed(file, "it has no ZIP64 locator") }
    let locator = try file.read(endRecord - 20..<endRecord)
    guard locator.little(UInt32.self, at: 0) == 0x0706_4B50, let place = locator.int(UInt64.self, at: 8),
      place <= endRecord - 20 - 56
    else { throw malformed(file, "its ZIP64 locator is damaged") }
    let record = try file.read(place..<place + 56)
    guard record.little(UInt32.self, at: 0) == 0x0606_4B50, let disk = record.int(UInt32.self, at: 16),
      let count = record.int(UInt64.self, at: 32), let size = record.int(UInt64.self, at: 40),
      let start = record.int(UInt64.self, at: 48)
    else { throw malformed(file, "its ZIP64 end record is damaged") }
    return ((disk, count, size, start), place)
  }
}

private func malformed(_ file: InputFile, _ reason: String) -> Failure {
  Failure(
    .badData, path: file.path, "is a damaged ZIP archive: \(reason)",
    remedy: "the file may have been cut while it was copied; obtain it again")
}

import Files

/// The header of a safetensors file, checked against the file's length.
struct SafetensorsHeader {
  private(set) var names: [String] = []
  private(set) var entries: [String: SafetensorsFile.Entry] = [:]
  private(set) var metadata: [String: String] = [:]

  /// - Parameter file: the whole file.
  init(_ file: UnsafeRawBufferPointer) throws {
    guard file.count >= 8 else {
      throw refusal("is \(file.count) bytes long, too short for a safetensors file")
    }
    let stated = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard stated <= UInt64(SafetensorsFile.headerLimit) else {
      throw refusal("states a header of \(stated) bytes; at most \(SafetensorsFile.headerLimit) are allowed")
    }
    let length = Int(stated)
    guard length <= file.count - 8 else {
      throw refusal("states a header of \(length) bytes, but only \(file.count - 8) follow")
    }
    let text = UnsafeRawBufferPointer(rebasing: file[8..<8 + length])
    guard text.first == UInt8(ascii: "{") else { throw refusal("has a header that does not begin with '{'") }
    let json: JSON
    do { json = try JSON(parsing: text) } catch let failure as Failure {
      throw refusal("has a header that \(failure.reason)")
    }
    for (key, value) in json.object?.members ?? [] {
      if key == "__metadata__" {
        try readMetadata(value)
      } else {
        try readEntry(key, value, dataStart: 8 + length)
      }
    }
    try checkCover(dataStart: 8 + length, fileEnd: file.count)
  }

  private mutating func readMetadata(_ value: JSON) throws {
    guard let object = value.object else { throw refusal("has __metadata__ that is \(value.kind)") }
    for (key, value) in object.members {
      guard let text = value.string else {
        throw refusal("has __metadata__ '\(key)' that is \(value.kind), not a string")
      }
      metadata[key] = text
    }
  }

  private mutating func readEntry(_ name: String, _ value: JSON, dataStart: Int) throws {
    guard let object = value.object else { throw refusal("describes tensor '\(name)' with \(value.kind)") }
    guard let typeName = object["dtype"]?.string else { throw refusal("gives tensor '\(name)' no dtype") }
    guard let element = SafetensorsElement(rawValue: typeName) else {
      throw refusal("gives tensor '\(name)' the unknown dtype '\(typeName)'")
    }
    guard let shape = object["shape"]?.ints, shape.allSatisfy({ $0 >= 0 }) else {
      throw refusal("gives tensor '\(name)' no valid shape")
    }
    guard let offsets = object["data_offsets"]?.ints, offsets.count == 2, offsets.allSatisfy({ $0 >= 0 })
    else {
      throw refusal("gives tensor '\(name)' no valid data_offsets")
    }
    guard offsets[0] <= offsets[1] else {
      throw refusal("has tensor '\(name)' with reversed offsets \(offsets[0])..\(offsets[1])")
    }
    guard let byteCount = element.byteCount(shape) else {
      throw refusal(
        "has tensor '\(name)' of shape \(shape), whose size overflows or is no whole number of bytes")
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw refusal(
        "has tensor '\(name)' of shape \(shape) and dtype \(typeName), \(byteCount) bytes, "
          + "but its offsets span \(offsets[1] - offsets[0])")
    }
    let (end, overflow) = dataStart.addingReportingOverflow(offsets[1])
    guard !overflow else { throw refusal("has tensor '\(name)' past the end of the file") }
    names.append(name)
    entries[name] = SafetensorsFile.Entry(element: element, shape: shape, bytes: dataStart + offsets[0]..<end)
  }

  /// The tensors must cover the data exactly: no overlap, no hole, nothing behind.
  private func checkCover(dataStart: Int, fileEnd: Int) throws {
    var end = dataStart
    let ordered = entries.sorted {
      ($0.value.bytes.lowerBound, $0.value.bytes.upperBound, $0.key)
        < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound, $1.key)
    }
    for (name, entry) in ordered {
      guard entry.bytes.lowerBound == end else {
        let what = entry.bytes.lowerBound < end ? "overlaps the tensor before" : "leaves a hole before"
        throw refusal("has tensor '\(name)' that \(what) it")
      }
      end = entry.bytes.upperBound
      guard end <= fileEnd else {
        throw refusal("is cut: tensor '\(name)' ends at byte \(end), the file at \(fileEnd)")
      }
    }
    guard end == fileEnd else { throw refusal("has \(fileEnd - end) bytes that belong to no tensor") }
  }
}

private func refusal(_ reason: String) -> Failure {
  Failure(
    .badData, reason, remedy: "the file is damaged or not a safetensors file; obtain or convert it again")
}

import Files

/// What the metadata of a Zarr array say, checked.
struct ZarrArray: Sendable {
  /// The array's folder.
  let path: String
  let shape: [Int]
  /// The elements along each axis that one file holds.
  let chunk: [Int]
  let element: ZarrElement
  /// One element where nothing is stored, as it would be.
  let fill: [UInt8]
  let codecs: ZarrCodecs
  /// If each file holds many chunks, how.
  let shards: ZarrShards?
  let keys: ZarrKeys
  /// What the axes are called, if the array says so.
  let axisNames: [String?]?
  /// 2 or 3.
  let version: Int

  /// Elements of a chunk that was compressed alone.
  var innerChunk: [Int] { shards?.chunk ?? chunk }
}

extension ZarrArray {
  /// The array at `path`, in `folder`.
  ///
  /// - Throws: `Failure` if there is none, or nothing that can be read here.
  init(_ path: String, in folder: ZarrFolder) throws {
    if let document = try folder.document("zarr.json", in: path) {
      self = try inFile("\(path)/zarr.json") { try Self(version3: document, at: path) }
    } else if let document = try folder.document(".zarray", in: path) {
      let attributes = try folder.document(".zattrs", in: path)
      self = try inFile("\(path)/.zarray") { try Self(version2: document, attributes, at: path) }
    } else {
      throw Failure(
        .noInput, path: path, "holds neither .zarray nor zarr.json: it is no array of Zarr",
        remedy: "the store is incomplete; copy it again")
    }
    try inFile(path) { try checkSizes() }
  }

  /// Refuses what no volume has: 32 axes, no elements, more elements than can be counted.
  private func checkSizes() throws {
    guard shape.count == chunk.count, (2...5).contains(shape.count) else {
      throw Failure(
        .badData, "has \(shape.count) axes and chunks of \(chunk.count)",
        remedy: "give an array of a volume: z, y, x")
    }
    for sizes in [shape, chunk] {
      var bytes = element.format.size
      for size in sizes {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
        guard size > 0, !overflow, product < Int.max / 2 else {
          throw Failure(
            .badData, "its sizes are \(sizes.text), which no volume has", remedy: "write the store again")
        }
        bytes = product
      }
    }
    if let shards { try shards.check(within: chunk) }
  }
}

/// How the files of an array's chunks are called.
struct ZarrKeys: Sendable, Equatable {
  /// `c` before the numbers, in the way that Zarr 3 calls default.
  let hasPrefix: Bool
  /// `.`, or `/` for folders in folders.
  let separator: Character

  init?(prefix: Bool, separator: String) {
    guard separator == "." || separator == "/" else { return nil }
    (hasPrefix, self.separator) = (prefix, separator == "." ? "." : "/")
  }
}

extension [Int] {
  /// `4 x 5 x 6`
  var text: String { map(String.init).joined(separator: " x ") }
}

extension ZarrArray {
  /// By `.zarray`.
  fileprivate init(version2 document: JSON, _ attributes: JSON?, at path: String) throws {
    guard document["zarr_format"]?.int == 2 else {
      throw Failure(.badData, "is of another zarr_format than 2", remedy: again)
    }
    guard let shape = document["shape"]?.ints, let chunk = document["chunks"]?.ints else {
      throw Failure(.badData, "has no shape or chunks of whole numbers", remedy: again)
    }
    guard let type = document["dtype"]?.string, let element = ZarrElement(numpy: type) else {
      throw Failure(
        .badData, "its elements (\(document["dtype"]?.text ?? "no dtype")) are no numbers",
        remedy: "give a volume of integers or floats")
    }
    guard let fill = element.bytes(document["fill_value"] ?? .null) else {
      throw Failure(.badData, "its fill_value is none of its elements' values", remedy: again)
    }
    let order = document["order"]?.string ?? "C"
    guard order == "C" || order == "F" else {
      throw Failure(.badData, "its order is neither C nor F", remedy: again)
    }
    guard
      let keys = ZarrKeys(prefix: false, separator: document["dimension_separator"]?.string ?? ".")
    else { throw Failure(.badData, "its dimension_separator is neither . nor /", remedy: again) }
    var codecs = ZarrCodecs(axes: shape.count, reversed: order == "F")
    let filters = document["filters"].map { $0 == .null ? [] : $0.array ?? [$0] } ?? []
    let compressor = document["compressor"].map { $0 == .null ? [] : [$0] } ?? []
    for codec in filters + compressor {
      guard let name = codec["id"]?.string else {
        throw Failure(.badData, "names a compressor or filter without an id", remedy: again)
      }
      try codecs.append(name, codec)
    }
    let names = attributes?["_ARRAY_DIMENSIONS"]?.array?.map(\.string)
    self.init(
      path: path, shape: shape, chunk: chunk, element: element, fill: fill, codecs: codecs, shards: nil,
      keys: keys, axisNames: names, version: 2)
  }

  /// The members of `zarr.json` that are known; others are allowed to be overlooked only if they say so.
  private static let members: Set = [
    "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value",
    "codecs", "attributes", "dimension_names", "storage_transformers",
  ]

  /// By `zarr.json`.
  fileprivate init(version3 document: JSON, at path: String) throws {
    guard document["zarr_format"]?.int == 3, document["node_type"]?.string == "array" else {
      throw Failure(.badData, "is not of an array of zarr_format 3", remedy: again)
    }
    let unknown = (document.object?.members ?? []).first {
      !Self.members.contains($0.key) && $0.value["must_understand"]?.bool != false
    }
    if let unknown {
      throw Failure(
        .badData, "has a member '\(unknown.key)', which is not known here and must not be overlooked",
        remedy: again)
    }
    guard document["storage_transformers"]?.array?.isEmpty ?? true else {
      throw Failure(.badData, "is stored through transformers", remedy: again)
    }
    guard let shape = document["shape"]?.ints,
      document["chunk_grid"]?["name"]?.string == "regular",
      let chunk = document["chunk_grid"]?["configuration"]?["chunk_shape"]?.ints
    else { throw Failure(.badData, "has no shape, or no regular grid of chunks", remedy: again) }
    guard let type = document["data_type"]?.string, var element = ZarrElement(type) else {
      throw Failure(
        .badData, "its elements (\(document["data_type"]?.text ?? "no data_type")) are no numbers",
        remedy: "give a volume of integers or floats")
    }
    let encoding = document["chunk_key_encoding"]
    let isDefault = encoding?.zarrName == "default"
    guard isDefault || encoding?.zarrName == "v2",
      let keys = ZarrKeys(
        prefix: isDefault,
        separator: encoding?["configuration"]?["separator"]?.string ?? (isDefault ? "/" : "."))
    else { throw Failure(.badData, "its chunk_key_encoding is not known here", remedy: again) }
    let list = document["codecs"]?.array ?? []
    let codecs: ZarrCodecs
    var shards: ZarrShards?
    if list.count == 1, list[0].zarrName == "sharding_indexed" {
      let sharding = try ZarrShards(list[0]["configuration"], axes: shape.count, &element)
      (codecs, shards) = (sharding.codecs, sharding)
    } else {
      codecs = try ZarrCodecs(list, axes: shape.count, &element)
    }
    guard let fill = element.bytes(document["fill_value"] ?? .null) else {
      throw Failure(.badData, "its fill_value is none of its elements' values", remedy: again)
    }
    self.init(
      path: path, shape: shape, chunk: chunk, element: element, fill: fill, codecs: codecs, shards: shards,
      keys: keys, axisNames: document["dimension_names"]?.array?.map(\.string), version: 3)
  }
}

extension ZarrCodecs {
  /// The codecs that `list` names, one of which makes bytes of elements, in the order that `element` gets.
  init(_ list: [JSON], axes: Int, _ element: inout ZarrElement) throws {
    self.init(axes: axes)
    var isBytes = false
    for codec in list {
      guard let name = codec.zarrName else {
        throw Failure(.badData, "names a codec without a name", remedy: again)
      }
      let configuration = codec["configuration"]
      switch (name, isBytes) {
      case ("transpose", false): try transpose(configuration)
      case ("bytes", false):
        isBytes = true
        let order = configuration?["endian"]?.string ?? "little"
        guard order == "little" || order == "big" else {
          throw Failure(.badData, "the codec bytes is neither little nor big", remedy: again)
        }
        element.bigEndian = order == "big"
      case ("sharding_indexed", _):
        throw Failure(
          .badData, "its shards are made of shards, or come with other codecs",
          remedy: "write the store with plain shards")
      case (_, true): try append(name, configuration)
      default:
        throw Failure(
          .badData, "the codec '\(name)' of elements is not known here",
          remedy: "write the store with blosc, zstd, gzip, zlib or no compression")
      }
    }
    guard isBytes else { throw Failure(.badData, "no codec makes bytes of its elements", remedy: again) }
  }
}

extension JSON {
  /// The name of an extension of Zarr 3: of an object with a name, or of one named alone.
  var zarrName: String? { string ?? self["name"]?.string }
}

private let again = "write the store again"

import Files

extension PointTable {
  static let modelFormat = "IMOD model"

  /// IMOD's binary model (`.mod`): the points of all contours of all objects, in pixels, the centre of the first voxel at
  /// (0.5, 0.5, 0). An object's name is the class; if objects have none and are several, its number.
  ///
  /// The pixel size is that of the image that the model was drawn on (`MINX`), or the header's. A point's radius is its
  /// own or its object's.
  ///
  /// - Throws: `Failure` that says where the file is malformed.
  init(model bytes: [UInt8]) throws {
    let model = try IMODModel(bytes)
    let objects = model.objects.enumerated().filter { !$0.element.points.isEmpty }
    let areNamed = objects.contains { !$0.element.name.isEmpty }
    var entries: [Entry] = []
    for (index, object) in objects {
      let name = areNamed ? object.name : objects.count > 1 ? String(index + 1) : ""
      for point in object.points {
        entries.append(
          Entry(
            position: SIMD3<Double>(point.place), classes: name.isEmpty ? [] : [name],
            pixelSize: model.pixelSizeAngstroms, radius: point.radius ?? object.radius,
            line: entries.count + 1))
      }
    }
    self.init(
      format: Self.modelFormat, units: .cornerPixels, entries: entries, pixelSizeSource: "the model")
  }
}

/// What of IMOD's binary model belongs to points.
///
/// Source: IMOD's `binspec` and `imodel_files.c`. All numbers are big-endian; what is not points is skipped by its length.
struct IMODModel {
  struct Object {
    var name = ""
    /// Of points without a radius of their own, in pixels.
    var radius: Double?
    var points: [(place: SIMD3<Float>, radius: Double?)] = []
  }

  private(set) var objects: [Object] = []
  /// The size of the image's pixels; nil if it is not known.
  private(set) var pixelSizeAngstroms: Double?

  static func isModel(_ bytes: [UInt8]) -> Bool { bytes.starts(with: Array("IMODV".utf8)) }

  init(_ bytes: [UInt8]) throws {
    var reader = BigEndianReader(bytes)
    guard try reader.text(8, of: "its header").hasPrefix("IMODV1.") else {
      throw Failure(
        .badData, "is no model of IMOD of version 1", remedy: "save it again with 3dmod")
    }
    try reader.skip(144, of: "its header")
    let isFlipped = try reader.int("its header") & Self.flipped != 0
    try reader.skip(60, of: "its header")
    let (size, unit) = (try reader.float("its header"), try reader.int("its header"))
    try reader.skip(16, of: "its header")
    // Units are powers of ten of a metre: -9 is nm. 0 is pixels.
    if (-12 ... -3).contains(unit) {
      pixelSizeAngstroms = Self.plausible(
        (0..<(Int(unit) + 12)).reduce(Double(size) / 100) { size, _ in size * 10 })
    }
    var lastContour = 0..<0
    while true {
      let tag = try reader.text(4, of: "its chunks: it has no end mark")
      switch tag {
      case "IEOF":
        if isFlipped { flip() }
        return
      case "OBJT":
        objects.append(try Self.object(&reader))
        lastContour = 0..<0
      case "CONT": lastContour = try readContour(&reader)
      case "MESH": try Self.skipMesh(&reader)
      case "SIZE": try readRadii(&reader, of: lastContour)
      case "MINX": try readImage(&reader)
      default: try Self.skipChunk(&reader, tag)
      }
    }
  }

  /// Of the header's flags: y and z are exchanged.
  private static let flipped: Int32 = 1 << 16

  /// Exchanges y and z, as IMOD does when it reads such a model.
  private mutating func flip() {
    for object in objects.indices {
      for point in objects[object].points.indices {
        let place = objects[object].points[point].place
        objects[object].points[point].place = SIMD3(place.x, place.z, place.y)
      }
    }
  }

  private static func plausible(_ size: Double) -> Double? { (0.05...10_000).contains(size) ? size : nil }

  private static func object(_ reader: inout BigEndianReader) throws -> Object {
    let what = "an object"
    var object = Object(name: try reader.text(64, of: what))
    // What objects are made of, their colour and how they are drawn.
    try reader.skip(92, of: what)
    let radius = try reader.int(what)
    try reader.skip(16, of: what)
    object.radius = radius > 0 ? Double(radius) : nil
    return object
  }

  /// Reads a contour's points, and returns where they are in their object.
  private mutating func readContour(_ reader: inout BigEndianReader) throws -> Range<Int> {
    guard !objects.isEmpty else {
      throw Failure(.badData, "has a contour before any object at byte \(reader.position)")
    }
    let count = try reader.count("a contour", bytesEach: 12, after: 12)
    var object = objects.removeLast()
    let first = object.points.count
    object.points.reserveCapacity(first + count)
    for _ in 0..<count {
      let place = SIMD3(
        try reader.float("a contour"), try reader.float("a contour"), try reader.float("a contour"))
      guard place.x.isFinite, place.y.isFinite, place.z.isFinite else {
        throw Failure(.badData, "has a point that is no number before byte \(reader.position)")
      }
      object.points.append((place, nil))
    }
    objects.append(object)
    return first..<first + count
  }

  private mutating func readRadii(_ reader: inout BigEndianReader, of points: Range<Int>) throws {
    let length = try reader.int("its radii")
    guard !objects.isEmpty, Int(length) == 4 * points.count else {
      throw Failure(
        .badData,
        "has \(length) bytes of radii for the \(points.count) points of a contour before byte \(reader.position)"
      )
    }
    for index in points {
      let radius = Double(try reader.float("its radii"))
      objects[objects.count - 1].points[index].radius = radius > 0 && radius < 1e6 ? radius : nil
    }
  }

  /// `MINX`: the image's voxel size is its fourth triple. 1 is what images have whose size nobody knows.
  private mutating func readImage(_ reader: inout BigEndianReader) throws {
    let length = Int(try reader.int("its image's place"))
    guard length >= 72 else { return try reader.skip(length, of: "its image's place") }
    try reader.skip(36, of: "its image's place")
    let size = Double(try reader.float("its image's place"))
    if size != 1, let size = Self.plausible(size) { pixelSizeAngstroms = size }
    try reader.skip(length - 40, of: "its image's place")
  }

  /// Meshes alone of what is skipped have no length.
  private static func skipMesh(_ reader: inout BigEndianReader) throws {
    let (vertices, indices) = (Int(try reader.int("a mesh")), Int(try reader.int("a mesh")))
    guard vertices >= 0, indices >= 0 else {
      throw Failure(.badData, "has a mesh of less than nothing before byte \(reader.position)")
    }
    try reader.skip(8 + 12 * vertices + 4 * indices, of: "a mesh")
  }

  /// Lengths of chunks that a writer in Python (imodmodel 0.1) states as 48.
  private static let (misstated, trueLengths) = (48, ["IMAT": 16, "SLAN": 60])
  private static let tags = [
    "OBJT", "CONT", "MESH", "IMAT", "SIZE", "MINX", "VIEW", "LABL", "OLBL", "CLIP", "MCLP", "SLAN", "MEPA",
    "SKLI",
    "OGRP", "MOST", "OBST", "COST", "MEST", "IEOF", "IMNX", "UNIT", "SUBS",
  ]

  private static func skipChunk(_ reader: inout BigEndianReader, _ tag: String) throws {
    guard tag.utf8.allSatisfy({ (48...90).contains($0) || $0 == 32 }), tag.utf8.count == 4 else {
      throw Failure(.badData, "has no chunk of a model at byte \(reader.position - 4)")
    }
    let stated = Int(try reader.int("the chunk \(tag)"))
    func isFollowed(_ length: Int) -> Bool { reader.peek(4, after: length).map(tags.contains) ?? false }
    // Where 48 bytes lead to may look like a chunk too: the true length goes first.
    let length =
      stated == misstated ? trueLengths[tag].flatMap { isFollowed($0) ? $0 : nil } ?? stated : stated
    try reader.skip(length, of: "the chunk \(tag)")
  }

  /// The picks as a model: an object for each kind, of scattered points in one contour, with their radii.
  ///
  /// There is no `MINX`: 3dmod then takes the points as those of the image that it shows.
  static func bytes(_ table: PickTable) -> [UInt8] {
    let kinds = table.kinds.isEmpty ? [nil] : table.kinds
    let sides = table.geometry.map { SIMD3($0.width, $0.height, $0.depth) } ?? .zero
    let pixelSize = table.voxelSize?.x
    var writer = BigEndianWriter()
    writer.text("IMODV1.2", 8)
    writer.text("cryosam", 128)
    writer.ints(sides.x, sides.y, sides.z, kinds.count)
    // Flags as IMOD writes them, less that of a stored origin; drawn, model mode, black and white levels.
    writer.ints(0xB400, 1, 1, 0, 255)
    writer.floats(0, 0, 0, 1, 1, 1)
    // No current point; resolution and threshold.
    writer.ints(0, -1, -1, 3, 128)
    writer.floats(pixelSize.map { Float($0 / 10) } ?? 1)
    writer.ints(pixelSize == nil ? 0 : -9, 0)
    writer.floats(0, 0, 0)
    for (index, kind) in kinds.enumerated() {
      writer.object(table.ofKind(kind).picks, named: kind ?? "", colour: colours[index % colours.count])
    }
    writer.text("IEOF", 4)
    return writer.bytes
  }

  /// Of objects, so that neighbours are told apart.
  static let colours: [SIMD3<Float>] = [
    SIMD3(0, 1, 0), SIMD3(0, 1, 1), SIMD3(1, 0, 1), SIMD3(1, 1, 0), SIMD3(1, 0.5, 0.25), SIMD3(0.25, 0.5, 1),
  ]

  /// IMOD's place of a voxel: its corner is at 0 along x and y, its centre along z.
  static let centre = SIMD3(0.5, 0.5, 0)
}

extension BigEndianWriter {
  fileprivate mutating func object(_ picks: [Pick], named name: String, colour: SIMD3<Float>) {
    let known = picks.compactMap(\.radius)
    let usual = known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
    text("OBJT", 4)
    text(name, 64)
    for _ in 0..<16 { ints(0) }
    // One contour; open, scattered and IMOD's own flags; no axis; drawn.
    ints(1, 0x1800_0208, 0, 1)
    floats(colour.x, colour.y, colour.z)
    ints(known.isEmpty ? 0 : max(1, Int(min(usual, 1e6).rounded())))
    append([1, 3, 1, 1, 0, 0, 0, 0])
    ints(0, 0)
    text("CONT", 4)
    // Points are not all in one section.
    ints(picks.count, 0x10, 0, 0)
    for pick in picks {
      let place = SIMD3<Float>(pick.position.position + IMODModel.centre)
      floats(place.x, place.y, place.z)
    }
    if !known.isEmpty {
      text("SIZE", 4)
      ints(4 * picks.count)
      for pick in picks { floats(pick.radius.map { Float($0) } ?? -1) }
    }
    text("IMAT", 4)
    ints(16)
    append([0x66, 0xFF, 0x7F, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0])
  }
}

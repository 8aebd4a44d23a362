import Files
import Points
import TestSupport
import Testing
import Volumes

/// IMOD's binary models, byte by byte.
@Suite("Models of IMOD")
struct IMODModelTests {
  static let geometry = Geometry(
    depth: 40, height: 60, width: 80, voxelSizeAngstroms: SIMD3(repeating: 10))

  static func int(_ value: Int) -> [UInt8] {
    let bits = UInt32(truncatingIfNeeded: value)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
  }

  static func ints(_ values: Int...) -> [UInt8] { values.flatMap(int) }

  static func floats(_ values: Float...) -> [UInt8] { values.flatMap { int(Int($0.bitPattern)) } }

  static func text(_ text: String, _ count: Int) -> [UInt8] {
    joined(Array(text.utf8), zeros(count - text.utf8.count))
  }

  static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  static func joined(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }

  /// A header with a pixel size and its unit.
  static func header(_ pixelSize: Float = 1, unit: Int = 0, flags: Int = 0) -> [UInt8] {
    joined(
      text("IMODV1.2", 8), text("m", 128), zeros(16), int(flags), zeros(60), floats(pixelSize), int(unit),
      zeros(16))
  }

  static func object(_ name: String = "", radius: Int = 0) -> [UInt8] {
    joined(text("OBJT", 4), text(name, 64), zeros(92), int(radius), zeros(16))
  }

  static func contour(_ points: [SIMD3<Float>]) -> [UInt8] {
    joined(text("CONT", 4), int(points.count), zeros(12), points.flatMap { floats($0.x, $0.y, $0.z) })
  }

  static func chunk(_ tag: String, _ bytes: [UInt8], stated: Int? = nil) -> [UInt8] {
    joined(text(tag, 4), int(stated ?? bytes.count), bytes)
  }

  static let end = text("IEOF", 4)
  static let point = SIMD3<Float>(30.5, 20.5, 10)

  static func read(_ parts: [UInt8]...) throws -> PointTable {
    try PointTable(bytes: parts.flatMap { $0 }, name: "m")
  }

  /// Chunks between the object and its points, and after them.
  static let skippedChunks: [[UInt8]] = [
    [], chunk("IMAT", zeros(16)), chunk("VIEW", [1, 2, 3, 4]),
    // As imodmodel 0.1 states lengths.
    chunk("IMAT", zeros(16), stated: 48), chunk("SLAN", zeros(60), stated: 48),
    joined(text("MESH", 4), int(2), int(3), zeros(8 + 24 + 12)), chunk("MINX", zeros(72)), chunk("XYZ9", [1]),
  ]

  @Test("what is not points is skipped", arguments: skippedChunks)
  func skipped(chunk: [UInt8]) throws {
    let model = try Self.read(
      Self.header(), Self.object(), chunk, Self.contour([Self.point]), chunk, Self.end)
    #expect(model.format == "IMOD model" && model.entries.count == 1)
    #expect(try model.points(in: Self.geometry, named: "t.mrc") == [VoxelPoint(x: 30, y: 20, z: 10)])
  }

  /// Models of an image of 20 A, by their headers or by `MINX`.
  static let sizedModels: [(header: [UInt8], image: [UInt8])] = [
    (header(2, unit: -9), []), (header(20, unit: -10), []), (header(0.002, unit: -6), []),
    (header(5, unit: -9), chunk("MINX", joined(zeros(36), floats(20, 20, 20), zeros(24)))),
  ]

  @Test("y and z are exchanged where the header says so", arguments: [0x10000, 0x1B400, 0xB400])
  func flipped(flags: Int) throws {
    let stored = flags & 0x10000 == 0 ? Self.point : SIMD3<Float>(30.5, 10, 20.5)
    let model = try Self.read(Self.header(flags: flags), Self.object(), Self.contour([stored]), Self.end)
    #expect(try model.points(in: Self.geometry, named: "t.mrc") == [VoxelPoint(x: 30, y: 20, z: 10)])
  }

  @Test("a radius that nobody knows is none") func noRadius() throws {
    let table = PickTable(
      micrograph: "t", pixelSizeAngstroms: 10,
      picks: [Pick(position: VoxelPoint(x: 1, y: 2, z: 3), figureOfMerit: 1)], geometry: Self.geometry)
    for format in [PickFormat.imod, .chimerax] {
      let files = try format.files([table], named: PickNames(main: "m", folder: "."))
      #expect(try PointTable(bytes: files.files[0].bytes, name: "m").entries.map(\.radius) == [nil])
    }
  }

  @Test("the image's pixel size counts", arguments: sizedModels)
  func pixelSize(header: [UInt8], image: [UInt8]) throws {
    let model = try Self.read(header, Self.object(), Self.contour([SIMD3(15.25, 10.25, 5)]), image, Self.end)
    let size = try #require(model.pixelSizeAngstroms)
    #expect(abs(size - 20) < 1e-5)
    let point = try model.points(in: Self.geometry, named: "t.mrc")[0]
    #expect(point.distance(to: VoxelPoint(x: 30, y: 20, z: 10)) < 1e-4)
  }

  @Test("names, numbers and radii of objects") func classes() throws {
    let sizes = Self.chunk("SIZE", Self.floats(2.5, -1))
    let contour = Self.contour([Self.point, Self.point + 1])
    let named = try Self.read(
      Self.header(), Self.object("ribosome", radius: 7), contour, sizes, Self.object(), Self.end)
    #expect(named.entries.map(\.className) == ["ribosome", "ribosome"])
    #expect(named.entries.map(\.radius) == [2.5, 7])
    let unnamed = try Self.read(
      Self.header(), Self.object(), contour, Self.object(), Self.contour([Self.point]), Self.end)
    #expect(unnamed.entries.map(\.className) == ["1", "1", "2"])
    #expect(unnamed.entries.map(\.radius) == [nil, nil, nil])
    let alone = try Self.read(Self.header(), Self.object(), contour, Self.end)
    #expect(alone.entries.map(\.className) == [nil, nil])
  }

  static let refusals: [(bytes: [UInt8], reason: String)] = [
    (text("IMODV2.0", 240), "is no model of IMOD of version 1"),
    (Array(header().dropLast()), "ends at byte 239, in the midst of its header"),
    (header(), "ends at byte 240, in the midst of its chunks: it has no end mark"),
    (joined(header(), text("OBJT", 90)), "ends at byte 330, in the midst of an object"),
    (joined(header(), contour([])), "has a contour before any object at byte 244"),
    (
      joined(header(), object(), text("CONT", 4), int(1 << 30), zeros(12)),
      "has a contour of 1073741824 points at byte 440, more than are there"
    ),
    (
      joined(header(), object(), text("CONT", 4), int(-1), zeros(12)),
      "has a contour of -1 points at byte 440, more than are there"
    ),
    (
      joined(header(), object(), contour([SIMD3(.nan, 1, 1)]), end),
      "has a point that is no number before byte 452"
    ),
    (
      joined(header(), object(), contour([point]), chunk("SIZE", floats(1, 2)), end),
      "has 8 bytes of radii for the 1 points of a contour before byte 460"
    ),
    (joined(header(), chunk("VIEW", [1], stated: -1)), "ends at byte 249, in the midst of the chunk VIEW"),
    (
      joined(header(), chunk("VIEW", [1], stated: 1 << 30)),
      "ends at byte 249, in the midst of the chunk VIEW"
    ),
    (
      joined(header(), text("MESH", 4), int(-1), int(1), end),
      "has a mesh of less than nothing before byte 252"
    ),
    (joined(header(), [1, 2, 3, 4]), "has no chunk of a model at byte 240"),
  ]

  @Test("refused", arguments: refusals)
  func refused(bytes: [UInt8], reason: String) {
    let failure = #expect(throws: Failure.self) { _ = try PointTable(bytes: bytes, name: "m.mod") }
    #expect(failure?.reason == reason)
  }

  @Test("written to the byte") func bytes() throws {
    let picks = [
      Pick(position: VoxelPoint(x: 30, y: 20, z: 10), figureOfMerit: 1, kind: "ribosome", radius: 2.5)
    ]
    let table = PickTable(
      micrograph: "t.mrc", pixelSizeAngstroms: 10, picks: picks, geometry: Self.geometry)
    let bytes = try PickFormat.imod.files([table], named: PickNames(main: "m", folder: ".")).files[0].bytes
    let header = Self.joined(
      Self.text("IMODV1.2", 8), Self.text("cryosam", 128), Self.ints(80, 60, 40, 1),
      Self.ints(0xB400, 1, 1, 0, 255), Self.floats(0, 0, 0, 1, 1, 1), Self.ints(0, -1, -1, 3, 128),
      Self.floats(1),
      Self.ints(-9, 0), Self.floats(0, 0, 0))
    #expect(header.count == 240 && Array(bytes.prefix(240)) == header)
    let object = Self.joined(
      Self.text("OBJT", 4), Self.text("ribosome", 64), Self.zeros(64), Self.ints(1, 0x1800_0208, 0, 1),
      Self.floats(0, 1, 0), Self.int(3), [1, 3, 1, 1, 0, 0, 0, 0], Self.ints(0, 0))
    let points = Self.joined(
      Self.text("CONT", 4), Self.ints(1, 0x10, 0, 0), Self.floats(30.5, 20.5, 10),
      Self.chunk("SIZE", Self.floats(2.5)))
    let material: [UInt8] = [0x66, 0xFF, 0x7F, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0]
    #expect(
      Array(bytes.dropFirst(240)) == Self.joined(object, points, Self.chunk("IMAT", material), Self.end))
  }
}

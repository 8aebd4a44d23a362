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

  static func float(_ value: Float) -> [UInt8] { int(Int(value.bitPattern)) }

  static func text(_ text: String, _ count: Int) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: count - text.utf8.count)
  }

  /// A header with a pixel size and its unit.
  static func header(_ pixelSize: Float = 1, unit: Int = 0) -> [UInt8] {
    text("IMODV1.2", 8) + text("m", 128) + [UInt8](repeating: 0, count: 80) + float(pixelSize) + int(unit)
      + [UInt8](repeating: 0, count: 16)
  }

  static func object(_ name: String = "", radius: Int = 0) -> [UInt8] {
    text("OBJT", 4) + text(name, 64) + [UInt8](repeating: 0, count: 92) + int(radius)
      + [UInt8](repeating: 0, count: 16)
  }

  static func contour(_ points: [SIMD3<Float>]) -> [UInt8] {
    text("CONT", 4) + int(points.count) + [UInt8](repeating: 0, count: 12)
      + points.flatMap { float($0.x) + float($0.y) + float($0.z) }
  }

  static func chunk(_ tag: String, _ bytes: [UInt8], stated: Int? = nil) -> [UInt8] {
    text(tag, 4) + int(stated ?? bytes.count) + bytes
  }

  static let end = text("IEOF", 4)
  static let point = SIMD3<Float>(30.5, 20.5, 10)

  static func read(_ parts: [UInt8]...) throws -> PointTable {
    try PointTable(bytes: parts.flatMap { $0 }, name: "m")
  }

  /// Chunks between the object and its points, and after them.
  @Test(
    "what is not points is skipped",
    arguments: [
      [], chunk("IMAT", [UInt8](repeating: 1, count: 16)), chunk("VIEW", [1, 2, 3, 4]),
      // As imodmodel 0.1 states lengths.
      chunk("IMAT", [UInt8](repeating: 1, count: 16), stated: 48),
      chunk("SLAN", [UInt8](repeating: 1, count: 60), stated: 48),
      text("MESH", 4) + int(2) + int(3) + [UInt8](repeating: 0, count: 8 + 24 + 12),
      chunk("MINX", [UInt8](repeating: 0, count: 72)), chunk("XYZ9", [1]),
    ])
  func skipped(chunk: [UInt8]) throws {
    let model = try Self.read(
      Self.header(), Self.object(), chunk, Self.contour([Self.point]), chunk, Self.end)
    #expect(model.format == "IMOD model" && model.entries.count == 1)
    #expect(try model.points(in: Self.geometry, named: "t.mrc") == [VoxelPoint(x: 30, y: 20, z: 10)])
  }

  /// A model of an image of 20 A, by its header or by `MINX`.
  @Test(
    "the image's pixel size counts",
    arguments: [
      (header(2, unit: -9), []), (header(20, unit: -10), []), (header(0.002, unit: -6), []),
      (
        header(5, unit: -9),
        chunk(
          "MINX",
          [UInt8](repeating: 0, count: 36) + float(20) + float(20) + float(20)
            + [UInt8](repeating: 0, count: 24))
      ),
    ])
  func pixelSize(header: [UInt8], image: [UInt8]) throws {
    let model = try Self.read(header, Self.object(), Self.contour([SIMD3(15.25, 10.25, 5)]), image, Self.end)
    let size = try #require(model.pixelSizeAngstroms)
    #expect(abs(size - 20) < 1e-5)
    let point = try model.points(in: Self.geometry, named: "t.mrc")[0]
    #expect(point.distance(to: VoxelPoint(x: 30, y: 20, z: 10)) < 1e-4)
  }

  @Test("names, numbers and radii of objects") func classes() throws {
    let sizes = Self.chunk("SIZE", Self.float(2.5) + Self.float(-1))
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

  @Test(
    "refused",
    arguments: [
      (text("IMODV2.0", 240), "is no model of IMOD of version 1"),
      (Array(header().dropLast()), "ends at byte 239, in the midst of its header"),
      (header(), "ends at byte 240, in the midst of its chunks: it has no end mark"),
      (header() + text("OBJT", 90), "ends at byte 330, in the midst of an object"),
      (header() + contour([]), "has a contour before any object at byte 244"),
      (
        header() + object() + text("CONT", 4) + int(1 << 30) + [UInt8](repeating: 0, count: 12),
        "has a contour of 1073741824 points at byte 436, more than are there"
      ),
      (
        header() + object() + text("CONT", 4) + int(-1) + [UInt8](repeating: 0, count: 12),
        "has a contour of -1 points at byte 436, more than are there"
      ),
      (
        header() + object() + contour([SIMD3(.nan, 1, 1)]) + end,
        "has a point that is no number before byte 448"
      ),
      (
        header() + object() + contour([point]) + chunk("SIZE", float(1) + float(2)) + end,
        "has 8 bytes of radii for the 1 points of a contour before byte 456"
      ),
      (header() + chunk("VIEW", [1], stated: -1), "ends at byte 249, in the midst of the chunk VIEW"),
      (header() + chunk("VIEW", [1], stated: 1 << 30), "ends at byte 249, in the midst of the chunk VIEW"),
      (
        header() + text("MESH", 4) + int(-1) + int(1) + end,
        "has a mesh of less than nothing before byte 252"
      ),
      (header() + [1, 2, 3, 4], "has no chunk of a model at byte 240"),
    ])
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
    let header =
      Self.text("IMODV1.2", 8) + Self.text("cryosam", 128) + [80, 60, 40, 1].flatMap(Self.int)
      + [0xB400, 1, 1, 0, 255].flatMap(Self.int) + [0, 0, 0, 1, 1, 1].flatMap(Self.float)
      + [0, -1, -1, 3, 128].flatMap(Self.int) + Self.float(1) + [-9, 0].flatMap(Self.int)
      + [0, 0, 0].flatMap(Self.float)
    #expect(header.count == 240 && Array(bytes.prefix(240)) == header)
    let object =
      Self.text("OBJT", 4) + Self.text("ribosome", 64) + [UInt8](repeating: 0, count: 64)
      + [1, 0x1800_0208, 0, 1].flatMap(Self.int) + [0, 1, 0].flatMap(Self.float) + Self.int(3)
      + [1, 3, 1, 1, 0, 0, 0, 0] + [0, 0].flatMap(Self.int)
    let points =
      Self.text("CONT", 4) + [1, 0x10, 0, 0].flatMap(Self.int)
      + [30.5, 20.5, 10].flatMap(Self.float) + Self.chunk("SIZE", Self.float(2.5))
    let material: [UInt8] = [0x66, 0xFF, 0x7F, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0]
    #expect(Array(bytes.dropFirst(240)) == object + points + Self.chunk("IMAT", material) + Self.end)
  }
}

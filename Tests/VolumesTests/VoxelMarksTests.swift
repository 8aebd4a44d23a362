import Files
import TestSupport
import Testing
import Volumes

@Suite("Masks and labels, whatever values stand for them")
struct VoxelMarksTests {
  private static let shape = VolumeShape(4, 6, 8)
  /// A block, and another one beside it.
  private static let (first, second) = (50..<53, 70..<72)

  private static func voxels<Voxel>(_ background: Voxel, _ one: Voxel, _ other: Voxel) -> [Voxel] {
    (0..<shape.count).map { first.contains($0) ? one : second.contains($0) ? other : background }
  }

  private static func open<Voxel: MRCVoxel>(_ voxels: [Voxel]) throws -> Tomogram {
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: shape.depth, height: shape.height, width: shape.width)
      try MRCWriter<Voxel>.write(voxels, to: "\(folder)/m.mrc", geometry: geometry)
      return try Tomogram("\(folder)/m.mrc")
    }
  }

  /// Signed words, mode 1, which are not written here.
  private static func open(words: [Int16]) throws -> Tomogram {
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: shape.depth, height: shape.height, width: shape.width)
      try MRCWriter<UInt16>.write(
        words.map { UInt16(bitPattern: $0) }, to: "\(folder)/m.mrc", geometry: geometry)
      var bytes = try TestData.bytes("\(folder)/m.mrc")
      bytes[12] = 1
      try TestData.write(bytes, to: "\(folder)/m.mrc")
      return try Tomogram("\(folder)/m.mrc")
    }
  }

  /// Volumes, and the numbers of the two blocks in them.
  private static let kinds:
    [(name: String, one: Float, other: Float, open: @Sendable () throws -> Tomogram)] = [
      ("signed bytes of IMOD", 1, 1, { try open(voxels(Int8(-128), -127, -127)) }),
      ("signed bytes of IMOD, 0 and 255", 255, 255, { try open(voxels(Int8(-128), 127, 127)) }),
      ("signed bytes of IMOD, labels", 1, 2, { try open(voxels(Int8(-128), -127, -126)) }),
      ("bytes 0 and 255 read as signed", 1, 1, { try open(voxels(Int8(0), -1, -1)) }),
      ("labels over 127 read as signed bytes", 3, 200, { try open(voxels(Int8(0), 3, -56)) }),
      ("0 and 1 as floats", 1, 1, { try open(voxels(Float(0), 1, 1)) }),
      ("0 and 255 as floats", 255, 255, { try open(voxels(Float(0), 255, 255)) }),
      ("-1 and 1", 1, 1, { try open(voxels(Float(-1), 1, 1)) }),
      ("1 and 2", 2, 2, { try open(voxels(Float(1), 2, 2)) }),
      ("holes of NaN about 1", 1, 1, { try open(voxels(Float.nan, 1, 1)) }),
      ("labels", 1, 2, { try open(voxels(UInt16(0), 1, 2)) }),
      ("labels shifted to signed words", 7, 300, { try open(words: voxels(Int16(-32768), -32761, -32468)) }),
      ("a soft edge", 0.25, 1, { try open(voxels(Float(0), 0.25, 1)) }),
    ]

  @Test("the background is found, and each other value's number", arguments: kinds.indices)
  func marks(index: Int) throws {
    let (name, one, other, open) = Self.kinds[index]
    let marks = try VoxelMarks(try open())
    let found = (0..<Self.shape.depth).flatMap { marks.section($0) }
    #expect(found == Self.voxels(0, one, other), "\(name)")
    #expect(!marks.isUniform)
  }

  @Test("one value everywhere marks nothing", arguments: [-128, 0, 1] as [Int8])
  func uniform(value: Int8) throws {
    let marks = try VoxelMarks(try Self.open(Self.voxels(value, value, value)))
    #expect(marks.isUniform)
    #expect(marks.section(0).allSatisfy { $0 == (value == 1 ? 1 : 0) })
  }

  @Test("a density is refused", arguments: [1, 30, 4000] as [Float])
  func density(deviation: Float) throws {
    var numbers = SplitMix64(seed: 2)
    let voxels = (0..<Self.shape.count).map { _ in
      deviation * Float(Double(numbers.next() >> 11) / 0x1p53 - 0.5)
    }
    let whole = voxels.map { Int16(($0 / deviation * 90).rounded()) }
    for tomogram in [
      try Self.open(voxels), try Self.open(words: whole), try Self.open(whole.map { Int8($0) }),
    ] {
      let failure = #expect(throws: Failure.self) { _ = try VoxelMarks(tomogram) }
      #expect(failure?.reason.hasPrefix("is neither a mask nor a label volume") == true)
    }
  }
}

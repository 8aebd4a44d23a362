import Files
import TestSupport
import Testing
import Volumes

/// One file of Tests/Data/mrc-conformance/index.json.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
  let entry: JSON

  var file: String { entry["file"]?.string ?? "" }
  var path: String { TestData.path("mrc-conformance/\(file)") }
  var testDescription: String { file }

  /// The files of a list of the index.
  static func list(_ name: String) -> [ConformanceCase] {
    guard let bytes = try? TestData.bytes(TestData.path("mrc-conformance/index.json")),
      let index = try? bytes.withUnsafeBytes({ try JSON(parsing: $0) })
    else { return [] }
    return (index[name]?.array ?? []).map { ConformanceCase(entry: $0) }
  }

  func number(_ value: JSON?) -> Double? {
    switch value?.string {
    case "nan": .nan
    case "inf": .infinity
    case "-inf": -.infinity
    default: value?.double
    }
  }
}

@Suite("MRC conformance set")
struct MRCConformanceTests {
  @Test("the index is here") func index() {
    #expect(ConformanceCase.list("good").count == 37)
    #expect(ConformanceCase.list("lenient").count == 9)
    #expect(ConformanceCase.list("broken").count == 37)
  }

  @Test(
    "good and lenient files read as the index says",
    arguments: ConformanceCase.list("good") + ConformanceCase.list("lenient"))
  func reads(_ file: ConformanceCase) throws {
    let entry = file.entry
    guard entry["complex"]?.bool != true else {
      let failure = #expect(throws: Failure.self) { _ = try Tomogram(file.path) }
      #expect(failure?.reason == "mode 4 (complex numbers, a transform) is not supported")
      return
    }
    let shape = try #require(entry["shape"]?.ints)
    let volumes = try (0..<(shape.count == 4 ? shape[0] : 1)).map { volume in
      try Tomogram(file.path, volume: shape.count == 4 ? volume : nil)
    }
    for tomogram in volumes {
      let geometry = tomogram.geometry
      #expect([geometry.depth, geometry.height, geometry.width] == shape.suffix(3))
      let sizes = try #require(entry["voxel_size_xyz"]?.array)
      for axis in 0..<3 {
        let expected = try #require(file.number(sizes[axis]))
        // A size that cannot be computed is unknown here: 0.
        #expect(Float(geometry.voxelSizeAngstroms[axis]) == Float(expected.isFinite ? expected : 0))
        let origin = try #require(entry["origin_xyz"]?.array?[axis].double)
        #expect(geometry.originAngstroms[axis] == origin)
      }
      let axes = try #require(entry["mapc_mapr_maps"]?.ints)
      let start = try #require(entry["start_crs"]?.ints)
      for position in 0..<3 {
        let axis = axes[position] == 0 ? position : axes[position] - 1
        #expect(Int(geometry.start[axis]) == start[position])
      }
      #expect(tomogram.header?.mode == entry["mode"]?.int)
      #expect(tomogram.header?.extendedHeaderType == entry["exttyp"]?.string)
      #expect(tomogram.header?.bigEndian == (entry["byte_order"]?.string == "big"))
    }

    let statistics = volumes.map(\.statistics)
    #expect(Double(statistics.map(\.minimum).min() ?? 0) == entry["min"]?.double)
    #expect(Double(statistics.map(\.maximum).max() ?? 0) == entry["max"]?.double)
    let mean = try #require(entry["mean"]?.double)
    let found = statistics.map(\.mean).reduce(0, +) / Double(statistics.count)
    #expect(abs(found - mean) <= 1e-12 * max(abs(mean), Double(statistics[0].maximum)))
    #expect(statistics[0].nanCount == entry["nan"]?.int ?? 0)
    #expect(statistics[0].infiniteCount == (entry["posinf"]?.int ?? 0) + (entry["neginf"]?.int ?? 0))

    for sample in try #require(entry["samples"]?.array) {
      let at = try #require(sample["at"]?.ints)
      let value = try #require(file.number(sample["value"]))
      let tomogram = volumes[at.count == 4 ? at[0] : 0]
      let place = at.suffix(3)
      let (z, y, x) = (place[place.startIndex], place[place.startIndex + 1], place[place.startIndex + 2])
      let expected = value.isFinite ? Float(value) : Float(tomogram.statistics.mean)
      #expect(tomogram[z, y, x] == expected)
      let geometry = tomogram.geometry
      #expect(tomogram.slice(axis: .z, index: z)[y * geometry.width + x] == expected)
      #expect(tomogram.slice(axis: .y, index: y)[z * geometry.width + x] == expected)
      #expect(tomogram.slice(axis: .x, index: x)[z * geometry.height + y] == expected)
    }
  }

  @Test(
    "lenient files say what was assumed",
    arguments: [
      ("lenient_voxel_zero.mrc", "the voxel size is unknown: the cell's lengths are 0.0, 0.0, 0.0 Angstroms"),
      ("lenient_map_order_zero.mrc", "mapc, mapr, maps are 0; read as 1, 2, 3"),
      ("lenient_trailing_bytes.mrc", "100 bytes follow the voxels; ignored"),
      ("lenient_stats_wrong.mrc", "the header's minimum, maximum and mean"),
      ("lenient_machst_zero.mrc", "the machine stamp is empty; the contents are little-endian"),
      ("lenient_mx_zero.mrc", "the voxel size is unknown: mx, my, mz are 0, 0, 0"),
      (
        "lenient_imod_unsigned_bytes.mrc",
        "mode 0 with IMOD's flag for unsigned bytes, but the header's minimum"
      ),
      ("nonfinite.mrc", "2 voxels are NaN, 2 infinite; replaced by the mean of the rest"),
      ("volume_stack_ispg401.mrc", "holds 2 volumes; the first one is used"),
      ("axes_231.mrc", "columns, rows and sections are stored along y, z, x; turned to x, y, z"),
      ("EMD-3001.map", "the cell's angles are not 90 degrees"),
      ("broken_not_gzip.mrc.gz", "the file is not compressed, though its name says so"),
    ])
  func notes(file: String, note: String) throws {
    let tomogram = try Tomogram(TestData.path("mrc-conformance/\(file)"))
    #expect(tomogram.notes.contains { $0.hasPrefix(note) }, "\(tomogram.notes)")
  }

  @Test(
    "good files without oddities have no notes",
    arguments: ["mode0_little.mrc", "mode2_big.mrc", "emd_3197.map.gz"])
  func noNotes(file: String) throws {
    #expect(try Tomogram(TestData.path("mrc-conformance/\(file)")).notes.isEmpty)
  }

  /// What each broken file is refused for.
  static let reasons: [String: String] = [
    "broken_empty.mrc": "ends inside the 1024-byte MRC header: it has 0 bytes",
    "broken_short_header.mrc": "ends inside the 1024-byte MRC header: it has 500 bytes",
    "broken_header_only.mrc": "announces 13 x 11 x 7 voxels, 4004 bytes, but holds 0",
    "broken_truncated_data.mrc": "announces 13 x 11 x 7 voxels, 4004 bytes, but holds 2002",
    "broken_truncated_by_one.mrc": "announces 13 x 11 x 7 voxels, 4004 bytes, but holds 4003",
    "broken_map_id.mrc": "is not an MRC file: bytes 208 to 211 are not the text 'MAP '",
    "broken_machst.mrc": "the machine stamp 0x99 0x99 0x99 0x99 is neither little- nor big-endian",
    "broken_machst_swapped.mrc": "mode 33554432 does not exist",
    "broken_nx_max.mrc": "2147483647 x 2147483647 x 2147483647 voxels are more than a file can hold",
    "broken_nx_large.mrc": "announces 2147483647 x 11 x 7 voxels, 661424963276 bytes, but holds 4004",
    "broken_product_wraps32.mrc": "announces 65536 x 65536 x 1 voxels, 17179869184 bytes, but holds 4004",
    "broken_product_wraps64.mrc": "4194304 x 2097152 x 2097152 voxels are more than a file can hold",
    "broken_nx_negative.mrc": "nx is -13: a volume has at least one voxel along each axis",
    "broken_two_negative.mrc": "nx is -13: a volume has at least one voxel along each axis",
    "broken_nx_zero.mrc": "nx is 0: a volume has at least one voxel along each axis",
    "broken_nz_zero.mrc": "nz is 0: a volume has at least one voxel along each axis",
    "broken_nsymbt_large.mrc": "announces an extended header of 1000000 bytes, but ends after 5028 bytes",
    "broken_nsymbt_max.mrc": "announces an extended header of 2147483647 bytes, but ends after 5028 bytes",
    "broken_nsymbt_negative.mrc": "the extended header is -1024 bytes long (nsymbt)",
    "broken_mode3.mrc": "mode 3 (complex numbers of 16-bit integers) is not supported",
    "broken_mode101.mrc": "mode 101 (4-bit integers) is not supported",
    "broken_mode16.mrc": "mode 16 (RGB colours) is not supported",
    "broken_mode_unknown.mrc": "mode -7 does not exist",
    "broken_axes_repeated.mrc": "mapc, mapr, maps are 1, 1, 3: not an order of the axes 1, 2, 3",
    "broken_axes_range.mrc": "mapc, mapr, maps are 1, 2, 9: not an order of the axes 1, 2, 3",
    "broken_volume_stack.mrc":
      "is a stack of volumes (ispg 401) whose 7 sections are not a multiple of mz, 3",
    "broken_text.mrc": "is not an MRC file: bytes 208 to 211 are not the text 'MAP '",
    "broken_zeros.mrc": "is not an MRC file: bytes 208 to 211 are not the text 'MAP '",
    "broken_noise.mrc": "is not an MRC file: bytes 208 to 211 are not the text 'MAP '",
    "broken_truncated.mrc.gz": "the gzip stream is cut off",
    "broken_corrupt.mrc.gz": "the gzip stream is damaged: invalid distance too far back",
    "broken_truncated.mrc.bz2": "the bzip2 stream is cut off",
    "broken_bomb.mrc.gz": "the compressed stream goes on for more than 1048576 bytes after the voxels",
    "broken_voxel_nan.mrc": "the cell's lengths are nan, nan, nan Angstroms: no voxel size can be read",
    "broken_voxel_negative.mrc":
      "the cell's lengths are -130.0, -110.0, -70.0 Angstroms: no voxel size can be read",
    "all_nan.mrc": "none of its 24 voxels is finite",
  ]

  /// Files of the broken list whose voxels are readable; they are read with a note, see `notes`.
  static let readable: Set = ["broken_not_gzip.mrc.gz"]

  @Test("broken files are refused with their reason", arguments: ConformanceCase.list("broken"))
  func refuses(_ file: ConformanceCase) throws {
    guard !Self.readable.contains(file.file) else {
      let tomogram = try Tomogram(file.path)
      #expect(tomogram[6, 10, 12] == 830.2857055664062)
      #expect(tomogram.geometry.hasVoxelSize)
      return
    }
    let failure = #expect(throws: Failure.self) { _ = try Tomogram(file.path) }
    #expect(failure?.reason == Self.reasons[file.file])
    #expect(failure?.path == file.path)
    #expect(failure?.kind == .badData)
    #expect(failure?.remedy?.isEmpty == false)
  }

  @Test("a file that is not there")
  func missing() {
    let failure = #expect(throws: Failure.self) { _ = try Tomogram("/nowhere/x.mrc") }
    #expect(failure?.kind == .noInput)
  }
}

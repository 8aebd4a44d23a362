import Files
import TestSupport
import Testing
import Volumes

/// The stores in `Tests/Data/zarr`, which zarr-python wrote; its README says how.
enum ZarrCases {
  static let shape = VolumeShape(10, 13, 17)

  /// Each with what `Tomogram` says of it, and the value of what is not stored, if it is sparse.
  static let stores: [(name: String, storage: String, fill: Float?)] = [
    ("v2-none-dot", "OME-Zarr 0.4, int16, little-endian, chunks of 6 x 13 x 9, not compressed", nil),
    ("v2-blosc-lz4-shuffle", "OME-Zarr 0.4, float32, little-endian, chunks of 6 x 13 x 9, blosc", nil),
    ("v2-blosc-zstd-bitshuffle", "OME-Zarr 0.4, uint16, little-endian, chunks of 6 x 13 x 9, blosc", nil),
    ("v2-zstd", "OME-Zarr 0.4, float16, little-endian, chunks of 6 x 13 x 9, zstd", nil),
    ("v2-gzip-fortran", "OME-Zarr 0.4, int32, little-endian, chunks of 6 x 13 x 9, gzip", nil),
    ("v2-zlib-big-endian", "OME-Zarr 0.4, float64, big-endian, chunks of 6 x 13 x 9, zlib", nil),
    ("v2-shuffle-filter", "OME-Zarr 0.4, float32, little-endian, chunks of 6 x 13 x 9, shuffle, zstd", nil),
    ("v2-sparse", "OME-Zarr 0.4, uint8, chunks of 6 x 13 x 9, blosc", 7),
    ("v2-levels", "OME-Zarr 0.4, int8, chunks of 1 x 1 x 6 x 13 x 9, not compressed", nil),
    ("v3-none", "OME-Zarr 0.5, float32, little-endian, chunks of 6 x 13 x 9, not compressed", nil),
    ("v3-big-endian", "OME-Zarr 0.5, int16, big-endian, chunks of 6 x 13 x 9, not compressed", nil),
    ("v3-zstd-checksum", "OME-Zarr 0.5, uint8, chunks of 6 x 13 x 9, zstd, crc32c", nil),
    ("v3-blosc-lz4", "OME-Zarr 0.5, uint16, little-endian, chunks of 6 x 13 x 9, blosc", nil),
    ("v3-sharded-zstd", "OME-Zarr 0.5, float32, little-endian, chunks of 3 x 5 x 6, zstd, sharded", nil),
    ("v3-sharded-sparse", "OME-Zarr 0.5, int8, chunks of 3 x 5 x 3, gzip, sharded", 5),
    ("v3-transposed", "OME-Zarr 0.5, float16, little-endian, chunks of 6 x 13 x 9, transpose, zstd", nil),
    ("v3-sparse-nan", "OME-Zarr 0.5, float64, little-endian, chunks of 6 x 13 x 9, not compressed", .nan),
  ]

  static func path(_ name: String) -> String { TestData.path("zarr/\(name).zarr") }

  /// The voxel (z, y, x) as `tools/make_zarr_cases.py` wrote it.
  static func value(_ z: Int, _ y: Int, _ x: Int, _ store: (name: String, storage: String, fill: Float?))
    -> Float
  {
    if let fill = store.fill, z >= 6 || x >= 9 { return fill }
    let number = (31 * z + 17 * y + 7 * x) % 97
    return store.storage.contains("float") ? Float(number) / 4 - 3 : Float(number)
  }
}

@Suite("Zarr stores that other programs wrote")
struct ZarrReadingTests {
  @Test("voxels, size and place are as they were written", arguments: ZarrCases.stores.indices)
  func voxels(index: Int) throws {
    let store = ZarrCases.stores[index]
    let tomogram = try Tomogram(ZarrCases.path(store.name))
    #expect(tomogram.shape == ZarrCases.shape && tomogram.storage == store.storage)
    #expect(tomogram.name == "\(store.name).zarr")
    let size = store.name == "v2-levels" ? 10 : 12.5
    #expect((tomogram.geometry.voxelSizeAngstroms - size).max() < 1e-5)
    #expect(tomogram.geometry.originAngstroms == (size == 10 ? [5, 10, 20] : .zero))
    let mean = Float(tomogram.statistics.mean)
    for axis in Axis.allCases {
      for slice in 0..<tomogram.shape[axis] {
        let plane = tomogram.plane(axis, slice)
        for (place, found) in plane.values.enumerated() {
          let (row, column) = place.quotientAndRemainder(dividingBy: plane.columns)
          let (z, y, x) =
            switch axis {
            case .z: (slice, row, column)
            case .y: (row, slice, column)
            case .x: (row, column, slice)
            }
          let expected = ZarrCases.value(z, y, x, store)
          guard found == (expected.isNaN ? mean : expected) else {
            Issue.record("voxel \(z), \(y), \(x) is \(found), not \(expected)")
            return
          }
        }
      }
    }
  }

  @Test("the same volume has the same statistics, percentiles and geometry as an MRC file")
  func sameAsMRC() throws {
    try TestData.withFolder { folder in
      let zarr = try Tomogram(ZarrCases.path("v3-sharded-zstd"))
      let voxels = (0..<zarr.shape.depth).flatMap { zarr.slice(axis: .z, index: $0) }
      try MRCWriter<Float>.write(voxels, to: "\(folder)/t.mrc", geometry: zarr.geometry)
      let mrc = try Tomogram("\(folder)/t.mrc")
      #expect(mrc.geometry == zarr.geometry && mrc.statistics == zarr.statistics)
      #expect(mrc.percentiles([0.5, 50, 99.5]) == zarr.percentiles([0.5, 50, 99.5]))
    }
  }

  @Test("chunks that are called in the other way are found, and Python's NaN is a fill value")
  func otherKeys() throws {
    try TestData.withFolder { folder in
      let array = "\(ZarrCases.path("v2-none-dot"))/0"
      let whole = try Tomogram(array)
      for name in try TestData.names(in: array) {
        let parts = name.split(separator: ".").map(String.init)
        let place = Int(parts[0]) == nil ? name : parts.joined(separator: "/")
        try Folder.make(Path.folder("\(folder)/\(place)"))
        try TestData.write(try TestData.bytes("\(array)/\(name)"), to: "\(folder)/\(place)")
      }
      #expect(try Tomogram(folder).sha256() == whole.sha256())
      try TestData.write(Array(#"{"_FillValue": NaN}"#.utf8), to: "\(folder)/.zattrs")
      #expect(try Tomogram(folder).sha256() == whole.sha256())
    }
  }

  @Test("one volume has one checksum, however its chunks are made")
  func checksum() throws {
    let sums = try ["v3-none", "v3-sharded-zstd", "v2-blosc-lz4-shuffle", "v2-shuffle-filter", "v2-zstd"].map
    {
      try Tomogram(ZarrCases.path($0)).sha256()
    }
    #expect(Set(sums).count == 1)
    #expect(try Tomogram(ZarrCases.path("v2-sparse")).sha256() != sums[0])
  }

  @Test(
    "a level is named by its number, the voxel size it is nearest to, or its own folder",
    arguments: [("0", 17), ("1", 9), ("9A", 17), ("14A", 17), ("15A", 9), ("80A", 9)])
  func levels(text: String, width: Int) throws {
    let level = try #require(PyramidLevel(text))
    #expect(PyramidLevel(level.text) == level)
    let tomogram = try Tomogram(ZarrCases.path("v2-levels"), reading: VoxelReading(level: level))
    #expect(tomogram.shape.width == width)
    // Voxel (2, 2, 2) of the finer one.
    let expected: Float = width == 17 ? 55 : 110 - 97
    #expect(tomogram[1, 1, 1] == expected)
    let named = try Tomogram(ZarrCases.path("v2-levels") + (width == 17 ? "/s0/" : "/s1"))
    #expect(named.geometry == tomogram.geometry && named.name == "v2-levels.zarr")
    #expect(try OMEZarr(ZarrCases.path("v2-levels")).levels().map(\.geometry.width) == [17, 9])
  }

  @Test(
    "a level that there is not, or where there are none, is refused",
    arguments: [
      ("v2-levels.zarr", "2"), ("v2-levels.zarr/s0", "0"), ("../mrc-conformance/EMD-3001.map", "0"),
    ])
  func noLevel(name: String, text: String) throws {
    let failure = #expect(throws: Failure.self) {
      _ = try Tomogram(TestData.path("zarr/\(name)"), reading: VoxelReading(level: PyramidLevel(text)))
    }
    #expect(failure?.kind == .usage)
  }

  @Test("what the user says of voxels overrules the store")
  func overruled() throws {
    let reading = VoxelReading(signs: .unsigned, voxelSizeAngstroms: 7.5)
    let tomogram = try Tomogram(ZarrCases.path("v2-levels"), reading: reading)
    #expect(abs(tomogram.geometry.voxelSizeAngstroms.y - 7.5) < 1e-5)
    #expect(throws: Failure.self) { _ = try Tomogram(ZarrCases.path("v2-levels"), volume: 1) }
  }
}

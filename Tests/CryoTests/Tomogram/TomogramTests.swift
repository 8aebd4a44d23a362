import Cryo
import Files
import NN
import Parallel
import TestSupport
import Testing

@Suite("Tomograms")
struct TomogramTests {
  static let geometry = Geometry(
    depth: 3, height: 4, width: 5, voxelSizeAngstroms: SIMD3(10.52, 5, 2.5),
    originAngstroms: SIMD3(-60, 40, 1000),
    start: SIMD3(-6, 4, 100))
  static let voxels = (0..<60).map { Float($0 * 37 % 60) - 11.5 }

  @Test("slices across the three axes") func slices() throws {
    let tomogram = try Tomogram(voxels: Self.voxels, geometry: Self.geometry)
    func voxel(_ z: Int, _ y: Int, _ x: Int) -> Float { Self.voxels[(z * 4 + y) * 5 + x] }
    let z = (0..<4).flatMap { y in (0..<5).map { voxel(2, y, $0) } }
    let y = (0..<3).flatMap { z in (0..<5).map { voxel(z, 1, $0) } }
    let x = (0..<3).flatMap { z in (0..<4).map { voxel(z, $0, 3) } }
    #expect(firstDifference(tomogram.slice(axis: .z, index: 2), z) == nil)
    #expect(firstDifference(tomogram.slice(axis: .y, index: 1), y) == nil)
    #expect(firstDifference(tomogram.slice(axis: .x, index: 3), x) == nil)
  }

  @Test("statistics and percentiles of finite voxels, as NumPy gives them") func statistics() throws {
    var voxels = Self.voxels
    voxels[7] = .nan
    voxels[8] = .infinity
    voxels[9] = -.infinity
    let tomogram = try Tomogram(voxels: voxels, geometry: Self.geometry)
    let statistics = tomogram.statistics
    #expect(statistics.nanCount == 1 && statistics.infiniteCount == 2)
    #expect(abs(statistics.mean - 17.657894736842106) < 1e-13)
    #expect(abs(statistics.standardDeviation - 17.352677606907545) < 1e-13)
    let expected = [-11.5, -11.22, 3.62, 17.5, 47.22, 47.5]
    for (found, wanted) in zip(tomogram.percentiles([0, 0.5, 27, 50, 99.5, 100]), expected) {
      #expect(abs(found - wanted) < 1e-12)
    }
    #expect(tomogram[0, 1, 2] == Float(statistics.mean))
    #expect(tomogram.slice(axis: .z, index: 0)[8] == Float(statistics.mean))
  }

  @Test("statistics of many voxels do not depend on the threads") func threads() throws {
    let geometry = Geometry(depth: 40, height: 101, width: 163)
    var state: UInt32 = 1
    let voxels = (0..<geometry.count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(bitPattern: state >> 9 | 0x3F80_0000) * (state & 1 == 0 ? 1e3 : -1)
    }
    let before = Parallel.threads
    defer { Parallel.threads = before }
    let percents = [0, 0.5, 33.3, 99.5, 100.0]
    var results: [(VoxelStatistics, [Double])] = []
    for threads in [1, 3] {
      Parallel.threads = threads
      let tomogram = try Tomogram(voxels: voxels, geometry: geometry)
      results.append((tomogram.statistics, tomogram.percentiles(percents)))
    }
    #expect(results[0].0 == results[1].0)
    #expect(results[0].1 == results[1].1)
    let sorted = voxels.sorted()
    for (percent, found) in zip(percents, results[0].1) {
      let place = percent / 100 * Double(sorted.count - 1)
      let (low, high) = (Double(sorted[Int(place)]), Double(sorted[min(Int(place) + 1, sorted.count - 1)]))
      #expect(abs(found - (low + (high - low) * (place - Double(Int(place))))) < 1e-9 * abs(high))
    }
    let mean = voxels.reduce(0.0) { $0 + Double($1) } / Double(voxels.count)
    let variance =
      voxels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(voxels.count)
    #expect(abs(results[0].0.mean - mean) < 1e-9 * abs(mean))
    #expect(abs(results[0].0.standardDeviation - variance.squareRoot()) < 1e-9 * variance.squareRoot())
  }

  @Test("what is written reads the same, geometry included") func writing() throws {
    try TestData.withFolder { folder in
      try MRCWriter<Float>.write(Self.voxels, to: "\(folder)/f.mrc", geometry: Self.geometry)
      try MRCWriter<Int8>.write(Self.voxels.map { Int8($0) }, to: "\(folder)/b.mrc", geometry: Self.geometry)
      try MRCWriter<UInt16>.write(
        Self.voxels.map { UInt16($0 + 65_480) }, to: "\(folder)/u.mrc", geometry: Self.geometry)
      for (name, mode) in [("f", 2), ("b", 0), ("u", 6)] {
        let tomogram = try Tomogram("\(folder)/\(name).mrc")
        #expect(tomogram.header?.mode == mode)
        #expect(tomogram.notes.isEmpty)
        #expect(tomogram.geometry.start == Self.geometry.start)
        #expect(tomogram.geometry.originAngstroms == Self.geometry.originAngstroms)
        for axis in 0..<3 {
          let (size, wanted) = (
            tomogram.geometry.voxelSizeAngstroms[axis], Self.geometry.voxelSizeAngstroms[axis]
          )
          #expect(abs(size - wanted) < 1e-6)
        }
        let expected = Self.voxels.map {
          mode == 2 ? $0 : mode == 0 ? Float(Int8($0)) : Float(UInt16($0 + 65_480))
        }
        let found = (0..<3).flatMap { tomogram.slice(axis: .z, index: $0) }
        #expect(firstDifference(found, expected) == nil)
        let header = try #require(tomogram.header)
        #expect(header.minimum == expected.min() && header.maximum == expected.max())
        #expect(abs(Double(header.rms) - tomogram.statistics.standardDeviation) < 1e-5)
        #expect(header.labels == ["Written by cryosam"])
      }
    }
  }

  @Test(
    "the geometry of a file is written as it was read",
    arguments: [
      "start_and_origin.mrc", "anisotropic_voxel.mrc", "EMD-3197.map", "lenient_voxel_zero.mrc",
    ])
  func sameGeometry(file: String) throws {
    let original = try Tomogram(TestData.path("mrc-conformance/\(file)"))
    try TestData.withFolder { folder in
      let mask = [Int8](repeating: 1, count: original.geometry.count)
      try MRCWriter<Int8>.write(mask, to: "\(folder)/m.mrc", geometry: original.geometry)
      #expect(try Tomogram("\(folder)/m.mrc").geometry == original.geometry)
    }
  }

  @Test("nothing is left when a volume is not completed") func incomplete() throws {
    try TestData.withFolder { folder in
      do {
        let writer = try MRCWriter<Int8>("\(folder)/m.mrc", geometry: Self.geometry)
        try writer.append([Int8](repeating: 0, count: 20))
      }
      #expect(throws: Failure.self) { _ = try MappedFile("\(folder)/m.mrc") }
    }
  }

  @Test("a coarse grid's corners are the volume's") func resampled() {
    let coarse = Self.geometry.resampled(depth: 1, height: 2, width: 3)
    #expect(coarse.voxelSizeAngstroms == SIMD3(10.52 * 2, 15, 7.5))
    #expect(coarse.originAngstroms == Self.geometry.originAngstroms)
    #expect(coarse.start == SIMD3(-3, 1, 33))
  }

  @Test(
    "unsigned bytes are seen by the header's maximum, signed ones by its minimum or without evidence",
    arguments: [
      // dmin, dmax, IMOD's stamp and flags; what byte 0x83 is.
      (Float(-125), Float(125), false, Int32(0), Float(-125)), (0, 255, false, 0, 131),
      (0, 100, false, 0, -125),
      (0, 100, true, 0, 131), (0, 100, true, 1, -125), (0, -1, true, 0, 131), (0, -1, false, 0, -125),
    ])
  func byteSigns(minimum: Float, maximum: Float, stamped: Bool, flags: Int32, value: Float) throws {
    var bytes = try TestData.bytes(TestData.path("mrc-conformance/mode0_little.mrc"))
    #expect(bytes[1024] == 0x83)
    func put(_ value: UInt32, _ offset: Int) {
      for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    }
    put(minimum.bitPattern, 76)
    put(maximum.bitPattern, 80)
    put(stamped ? 1_146_047_817 : 0, 152)
    put(UInt32(bitPattern: flags), 156)
    try TestData.withFolder { folder in
      try TestData.write(bytes, to: "\(folder)/x.mrc")
      #expect(try Tomogram("\(folder)/x.mrc")[0, 0, 0] == value)
    }
  }

  @Test("damage anywhere in a compressed file is seen", arguments: ["emd_3197.map.gz", "EMD-3197.map.bz2"])
  func damaged(file: String) throws {
    let bytes = try TestData.bytes(TestData.path("mrc-conformance/\(file)"))
    try TestData.withFolder { folder in
      for position in stride(from: 200, to: bytes.count - 8, by: 2111) {
        var damaged = bytes
        damaged[position] ^= 0x10
        try TestData.write(damaged, to: "\(folder)/x")
        #expect(throws: Failure.self, "byte \(position)") { _ = try Tomogram("\(folder)/x") }
      }
      for count in stride(from: 3, to: bytes.count, by: 2777) {
        try TestData.write(Array(bytes[..<count]), to: "\(folder)/x")
        #expect(throws: Failure.self, "\(count) bytes") { _ = try Tomogram("\(folder)/x") }
      }
      // Streams one after the other are one file; what follows the last is ignored.
      let whole = try Tomogram(TestData.path("mrc-conformance/\(file)"))
      try TestData.write(bytes + bytes, to: "\(folder)/x")
      #expect(try Tomogram("\(folder)/x").notes.last == "33024 bytes follow the voxels; ignored")
      try TestData.write(bytes + [0, 0, 0], to: "\(folder)/x")
      #expect(try Tomogram("\(folder)/x").statistics == whole.statistics)
    }
  }
}

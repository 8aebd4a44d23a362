import Files
import TestSupport
import Testing
import Volumes

@Suite("What of a tomogram is not the specimen")
struct VoxelCleaningTests {
  private static let shape = VolumeShape(20, 30, 34)

  /// Noise about `mean`, rounded to whole numbers if `isWhole`, changed by `change`.
  private static func voxels(
    _ mean: Float, deviation: Float = 20, isWhole: Bool = false, _ change: (inout [Float]) -> Void = { _ in }
  ) -> [Float] {
    var numbers = SplitMix64(seed: 4)
    func unit() -> Float { Float(Double(numbers.next() >> 11) / 0x1p53) }
    var voxels = (0..<shape.count).map { _ in
      let value = mean + deviation * (unit() + unit() + unit() + unit() - 2) * 1.73
      return isWhole ? value.rounded() : value
    }
    change(&voxels)
    return voxels
  }

  private func open<Voxel: MRCVoxel>(
    _ voxels: [Voxel], _ choice: VoxelCleaning.Choice = .usual
  ) throws -> Tomogram {
    try TestData.withFolder { folder in
      let shape = Self.shape
      let geometry = Geometry(depth: shape.depth, height: shape.height, width: shape.width)
      try MRCWriter<Voxel>.write(voxels, to: "\(folder)/t.mrc", geometry: geometry)
      return try Tomogram("\(folder)/t.mrc", cleaning: choice)
    }
  }

  private static func fill(_ voxels: inout [Float], _ value: Float, where isFill: (Int, Int, Int) -> Bool) {
    for z in 0..<shape.depth {
      for y in 0..<shape.height {
        for x in 0..<shape.width where isFill(z, y, x) { voxels[shape.index(z, y, x)] = value }
      }
    }
  }

  /// Fills of other programs: their value, and where they are.
  private static let paddings: [(name: String, value: Float, isFill: @Sendable (Int, Int, Int) -> Bool)] = [
    ("a column at one side", -5000, { _, _, x in x == 0 }),
    ("columns at both sides, brighter than all", 9000, { _, _, x in x < 2 || x > 31 }),
    ("sections above and below", 0, { z, _, _ in z < 3 || z == 19 }),
    ("a frame", -1, { _, y, x in y < 4 || y > 25 || x < 4 || x > 29 }),
    ("wedges that a rotation left", 255, { _, y, x in x + y < 12 || x + y > 52 }),
    ("a wedge through the depth", 3, { z, _, x in x < z - 8 }),
    ("the mean itself", 1000, { _, y, _ in y > 26 }),
  ]

  @Test("constants at the borders are found, left out, and read as the mean", arguments: paddings.indices)
  func padding(index: Int) throws {
    let (name, value, isFill) = Self.paddings[index]
    let clean = Self.voxels(1000)
    var inside: [Float] = []
    var padded = clean
    Self.fill(&padded, value, where: isFill)
    for place in padded.indices where padded[place] != value { inside.append(padded[place]) }
    let mean = inside.reduce(0) { $0 + Double($1) } / Double(inside.count)
    for whole in [false, true] {
      let tomogram =
        try whole ? open(padded.map { Float($0.rounded()) }) : open(padded)
      #expect(tomogram.cleaning.fills == [value], "\(name)")
      #expect(abs(tomogram.statistics.mean - mean) < 0.5, "\(name)")
      #expect(tomogram.statistics.standardDeviation < 25, "\(name)")
      #expect(tomogram.notes.contains { $0.contains("are the constant \(value): padding") }, "\(name)")
      let place = try #require(padded.firstIndex(of: value))
      let (z, rest) = place.quotientAndRemainder(dividingBy: 30 * 34)
      #expect(tomogram[z, rest / 34, rest % 34] == Float(tomogram.statistics.mean), "\(name)")
      #expect(tomogram.percentiles([0])[0] > 900, "\(name)")
    }
    // As they are for those who want that, and for masks.
    let raw = try open(padded, .none)
    #expect(raw.cleaning.isNone && raw.statistics.finiteCount == Self.shape.count)
  }

  /// More than one constant, and constants that are not at the faces.
  private static let severalPaddings:
    [(name: String, values: [Float], fill: @Sendable (inout [Float]) -> Void)] = [
      (
        "two sides, two values", [-500, 9000],
        {
          fill(&$0, -500) { _, _, x in x < 3 }
          fill(&$0, 9000) { _, _, x in x > 30 }
        }
      ),
      (
        "every side its own", [-7, -5, 1, 2, 3, 5000],
        {
          fill(&$0, -7) { _, _, x in x == 0 }
          fill(&$0, -5) { _, _, x in x == 33 }
          fill(&$0, 1) { _, y, _ in y == 0 }
          fill(&$0, 2) { _, y, _ in y == 29 }
          fill(&$0, 3) { z, _, _ in z == 0 }
          fill(&$0, 5000) { z, _, _ in z == 19 }
        }
      ),
      ("a section that was never made", [-100], { fill(&$0, -100) { z, _, _ in z == 9 } }),
      (
        "two lost slices along y", [0, 20_000],
        {
          fill(&$0, 0) { _, y, _ in y == 12 }
          fill(&$0, 20_000) { _, y, _ in y == 20 }
        }
      ),
    ]

  @Test("several constants, and whole slices of one, are padding too", arguments: severalPaddings.indices)
  func several(index: Int) throws {
    let (name, values, fill) = Self.severalPaddings[index]
    let tomogram = try open(Self.voxels(1000, fill))
    #expect(tomogram.cleaning.fills.sorted() == values, "\(name)")
    #expect(abs(tomogram.statistics.mean - 1000) < 1, "\(name)")
    #expect(tomogram.statistics.standardDeviation < 25, "\(name)")
    #expect(tomogram.notes.count { $0.contains("padding") } == 1, "\(name): \(tomogram.notes)")
  }

  /// The fill, and the share of the voxels that are between it and the specimen.
  @Test(
    "what a rotation mixed of a fill and the specimen is left out with it",
    arguments: [(-5000, 1), (90_000, 2), (-32_768, 2)] as [(Float, Int)])
  func mixtures(value: Float, columns: Int) throws {
    let tomogram = try open(
      Self.voxels(1000) { voxels in
        let own = voxels
        Self.fill(&voxels, value) { _, _, x in x < 4 }
        for place in voxels.indices where (4..<4 + columns).contains(place % 34) && place / 34 % 2 == 0 {
          let share = Float(place % 7 + 1) / 8
          voxels[place] = share * value + (1 - share) * own[place]
        }
      })
    #expect(tomogram.cleaning.fills == [value])
    #expect(["padding", "outliers"].allSatisfy { word in tomogram.notes.count { $0.contains(word) } == 1 })
    #expect(abs(tomogram.statistics.mean - 1000) < 2)
    #expect(tomogram.statistics.standardDeviation < 30)
    #expect(abs(tomogram[3, 4, 4] - 1000) < 300)
  }

  @Test("outliers are found, left out, and cut", arguments: [1, 8, 90])
  func outliers(count: Int) throws {
    let clean = try open(Self.voxels(-3))
    for value: Float in [1e6, -4e5, 30_000] {
      let tomogram = try open(
        Self.voxels(-3) { voxels in for place in 0..<count { voxels[5000 + 137 * place] = value } })
      #expect(tomogram.cleaning.fills.isEmpty)
      #expect(tomogram.notes.contains { $0.hasPrefix("\(count) voxels are outliers") }, "\(tomogram.notes)")
      #expect(abs(tomogram.statistics.mean - clean.statistics.mean) < 0.1)
      #expect(abs(tomogram.statistics.standardDeviation - clean.statistics.standardDeviation) < 0.1)
      #expect(abs(tomogram[4, 27, 2]) < 1000 && raw(tomogram) == nil)
    }
  }
  private func raw(_ tomogram: Tomogram) -> Float? {
    (0..<Self.shape.depth).flatMap { tomogram.plane(.z, $0).values }.first { abs($0) > 1000 }
  }

  @Test("clean volumes, masks, labels and particles far from the ground are taken as they are")
  func clean() throws {
    let volumes: [(String, [Float])] = [
      ("noise", Self.voxels(0)), ("whole numbers", Self.voxels(0, deviation: 3, isWhole: true)),
      ("few whole numbers", Self.voxels(0, deviation: 0.8, isWhole: true)),
      (
        "a mask",
        Self.voxels(0) { voxels in
          Self.fill(&voxels, 0) { _, _, _ in true }
          voxels[3000..<3900] = [Float](repeating: 1, count: 900)[...]
        }
      ),
      (
        "ground and particles",
        Self.voxels(0, deviation: 0.01) { voxels in
          Self.fill(&voxels, 1) { z, y, x in
            (8...12).contains(z) && (8...14).contains(y) && (8...14).contains(x)
          }
        }
      ),
    ]
    for (name, voxels) in volumes {
      let tomogram = try open(voxels)
      #expect(tomogram.cleaning.isNone, "\(name): \(tomogram.notes)")
      #expect(tomogram.statistics == (try open(voxels, .none)).statistics, "\(name)")
    }
  }

  @Test("what the user says overrules")
  func given() throws {
    let voxels = Self.voxels(100) { voxels in Self.fill(&voxels, -9) { _, _, x in x < 3 } }
    #expect(try open(voxels, VoxelCleaning.Choice(fill: .none)).cleaning.isNone)
    let clipped = try open(voxels, VoxelCleaning.Choice(fill: .given(-9), limits: .given(90...110)))
    #expect(clipped.cleaning == VoxelCleaning(fills: [-9], limits: 90...110))
    #expect(clipped.percentiles([0, 100]).allSatisfy { (90...110).contains($0) })
    #expect(throws: Failure.self) { _ = try open(voxels, VoxelCleaning.Choice(limits: .given(1e6...2e6))) }
  }

  /// Headers that can be repaired: what is put where, and what the note says.
  private static let repairs: [(name: String, bytes: [(Int, [UInt8])], note: String)] = [
    (
      "half a stamp", [(212, [0x44, 0, 0, 0])],
      "the machine stamp is not one of the standard's; the contents are little-endian"
    ),
    (
      "blanks for a stamp", [(212, [0x20, 0x20, 0x20, 0x20])],
      "the machine stamp is not one of the standard's"
    ),
    ("no MAP", [(208, [0, 0, 0, 0])], "the text 'MAP ' is missing"),
    (
      "blanks for MAP, no stamp", [(208, [0x20, 0x20, 0x20, 0x20, 0, 0, 0, 0])], "the text 'MAP ' is missing"
    ),
    (
      "an extended header that is gone", [(92, [0, 0, 2, 0])], "announces an extended header of 131072 bytes"
    ),
    (
      "voxels of a micrometre", [(40, [0, 0, 0x80, 0x4B, 0, 0, 0x80, 0x4B, 0, 0, 0x80, 0x4B])],
      "which no tomogram has"
    ),
  ]

  @Test("headers that leave no doubt are repaired, and it is said", arguments: repairs.indices)
  func repaired(index: Int) throws {
    let (name, changes, note) = Self.repairs[index]
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: 20, height: 30, width: 34, voxelSizeAngstroms: [10, 10, 10])
      let voxels = Self.voxels(5)
      try MRCWriter<Float>.write(voxels, to: "\(folder)/t.mrc", geometry: geometry)
      var bytes = try TestData.bytes("\(folder)/t.mrc")
      for (place, new) in changes { bytes.replaceSubrange(place..<place + new.count, with: new) }
      try TestData.write(bytes, to: "\(folder)/t.mrc")
      let tomogram = try Tomogram("\(folder)/t.mrc")
      #expect(tomogram[3, 4, 5] == voxels[Self.shape.index(3, 4, 5)], "\(name)")
      #expect(tomogram.notes.contains { $0.contains(note) }, "\(name): \(tomogram.notes)")
      let told = try Tomogram("\(folder)/t.mrc", reading: VoxelReading(voxelSizeAngstroms: 7.5))
      #expect(told.geometry.voxelSizeAngstroms == [7.5, 7.5, 7.5])
    }
  }

  @Test("bytes whose sign the voxels contradict are read with the other, unless the user says one")
  func signs() throws {
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: 20, height: 30, width: 34)
      let path = "\(folder)/t.mrc"
      // Unsigned bytes about 128, written as signed; the statistics unset, as some programs leave them.
      let voxels = Self.voxels(128, deviation: 12).map { Int8(bitPattern: UInt8($0.rounded())) }
      try MRCWriter<Int8>.write(voxels, to: path, geometry: geometry)
      var bytes = try TestData.bytes(path)
      bytes.replaceSubrange(76..<88, with: [0, 0, 0, 0, 0, 0, 0x80, 0xBF, 0, 0, 0, 0xC0])
      try TestData.write(bytes, to: path)
      let found = try Tomogram(path)
      #expect(
        abs(found.statistics.mean - 128) < 1 && found.notes.contains { $0.contains("unsigned bytes alone") })
      #expect(try Tomogram(path, reading: VoxelReading(signs: .signed)).statistics.minimum == -128)
      // Signed bytes about 0 under a flag for unsigned ones.
      let signed = Self.voxels(0, deviation: 12).map { Int8($0.rounded()) }
      try MRCWriter<Int8>.write(signed, to: path, geometry: geometry)
      bytes = try TestData.bytes(path)
      bytes.replaceSubrange(76..<88, with: [0, 0, 0, 0, 0, 0, 0x80, 0xBF, 0, 0, 0, 0xC0])
      bytes.replaceSubrange(152..<160, with: [0x49, 0x4D, 0x4F, 0x44, 0, 0, 0, 0])
      try TestData.write(bytes, to: path)
      #expect(abs(try Tomogram(path).statistics.mean) < 1)
      #expect(abs(try Tomogram(path, reading: VoxelReading(signs: .unsigned)).statistics.mean) > 50)
    }
  }
}

@Suite("Whether dense matter is dark")
struct DenseMatterTests {
  @Test("the longer tail is the particles'", arguments: [(-400, "dark"), (400, "bright"), (0, "unclear")])
  func look(particle: Float, look: String) throws {
    var numbers = SplitMix64(seed: 9)
    let voxels = (0..<20_000).map { index in
      let noise = (0..<4).reduce(Float(0)) { sum, _ in sum + Float(Double(numbers.next() >> 11) / 0x1p53) }
      return 100 * (noise - 2) + (index % 40 == 0 ? particle : 0)
    }
    let matter = DenseMatter(
      try Tomogram(voxels: voxels, geometry: Geometry(depth: 20, height: 25, width: 40)))
    #expect(matter.look.rawValue == look)
    #expect(matter.text.hasPrefix(look == "unclear" ? "unclear: " : "looks \(look): "))
  }
}

import Testing
import Viewer
import Volumes

@Suite("slices for the browser")
struct PicturesTests {
  private static func tomogram() throws -> Tomogram {
    let geometry = Geometry(depth: 5, height: 7, width: 9)
    return try Tomogram(voxels: (0..<geometry.count).map { Float(($0 * 7919) % 311) }, geometry: geometry)
  }

  @Test("are the same with all voxels in memory as without", arguments: Axis.allCases, [1, 3, 4])
  func memory(axis: Axis, slab: Int) throws {
    let tomogram = try Self.tomogram()
    let (kept, read) = (Pictures(tomogram, memoryLimit: 1 << 20), Pictures(tomogram, memoryLimit: 0))
    for index in 0..<tomogram.shape[axis] {
      let slice = try #require(kept.slice(axis, index, slab: slab))
      let (rows, columns) = tomogram.shape.plane(axis)
      #expect(slice.count == rows * columns)
      #expect(read.slice(axis, index, slab: slab) == slice)
    }
  }

  @Test("a slab is the mean of its slices, cut at the ends") func slab() throws {
    let pictures = Pictures(try Self.tomogram(), memoryLimit: 1 << 20)
    let planes = try (0..<5).map { try #require(pictures.slice(.z, $0)) }
    for (index, slices) in [(0, 0...1), (2, 1...3), (4, 3...4)] {
      let mean = planes[0].indices.map { pixel in
        let sum = slices.reduce(0) { $0 + Int(planes[$1][pixel]) }
        return UInt8((sum + slices.count / 2) / slices.count)
      }
      #expect(pictures.slice(.z, index, slab: 3) == mean)
    }
  }

  @Test("what is no slice is none", arguments: [(-1, 1), (5, 1), (0, 0), (0, 102)])
  func missing(index: Int, slab: Int) throws {
    #expect(Pictures(try Self.tomogram(), memoryLimit: 0).slice(.z, index, slab: slab) == nil)
  }

  @Test("small sections are parts of the slices through their middle") func sections() throws {
    let pictures = Pictures(try Self.tomogram(), memoryLimit: 1 << 20)
    let sections = try #require(pictures.sections(x: 4, y: 3, z: 2, side: 4))
    let slices = try [Axis.z, .y, .x].map { axis in
      try #require(pictures.slice(axis, [Axis.z: 2, .y: 3, .x: 4][axis] ?? 0))
    }
    // Across z the rows are y = 1...4, the columns x = 2...5.
    for row in 0..<4 {
      for column in 0..<4 {
        #expect(sections[row * 4 + column] == slices[0][(row + 1) * 9 + column + 2])
        #expect(sections[16 + row * 4 + column] == slices[1][row * 9 + column + 2])
        #expect(sections[32 + row * 4 + column] == slices[2][row * 7 + column + 1])
      }
    }
    #expect(pictures.sections(x: 0, y: 0, z: 0, side: 20)?.count == 1200)
    for (x, y, z, side) in [
      (9, 0, 0, 4), (0, 7, 0, 4), (0, 0, 5, 4), (-1, 0, 0, 4), (0, 0, 0, 0), (0, 0, 0, 258),
    ] {
      #expect(pictures.sections(x: x, y: y, z: z, side: side) == nil)
    }
  }

  @Test("a tomogram without contrast can be looked at") func constant() throws {
    let tomogram = try Tomogram(
      voxels: [Float](repeating: 7, count: 8), geometry: Geometry(depth: 2, height: 2, width: 2))
    #expect(Pictures(tomogram, memoryLimit: 100).slice(.z, 0)?.count == 4)
  }
}

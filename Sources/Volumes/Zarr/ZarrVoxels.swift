import Files
import Parallel

/// Where the axes z, y, x of a volume are in an array; a plane has no z.
struct ZarrAxes: Sendable, Equatable {
  let z: Int?
  let y: Int
  let x: Int

  /// The volume that an array of `shape` is.
  func volume(_ shape: [Int]) -> VolumeShape { VolumeShape(z.map { shape[$0] } ?? 1, shape[y], shape[x]) }
}

extension ZarrArray {
  /// The array's elements as stored, `[D, H, W]`, each chunk decoded once; the fill value where none is stored.
  ///
  /// - Throws: `Failure` for chunks that are damaged, cut off, or of other sizes than announced, and for a store that would
  ///   grow far too much.
  func voxels(_ axes: ZarrAxes, in folder: ZarrFolder) throws -> MappedFile {
    let volume = axes.volume(shape)
    let files = try files(in: folder)
    let count = volume.count * element.format.size
    try checkGrowth(count, files)
    return try MappedFile(inMemory: path, count: count) { memory in
      fillAll(memory, sections: volume.depth)
      let target = DisjointWrites(memory.bindMemory(to: UInt8.self))
      if shards == nil {
        try Parallel.forEachThrowing(files.count) { index in
          let map = try MappedFile(files[index].path)
          try map.withBytes { bytes in
            try inFile(map.path) {
              try put(bytes, at: zip(files[index].place, chunk).map(*), axes, volume, target)
            }
          }
          try map.checkUnchanged()
        }
      } else {
        for file in files { try put(shard: file, axes, volume, target) }
      }
    }
  }

  /// The chunks of a shard.
  private func put(
    shard file: ZarrFile, _ axes: ZarrAxes, _ volume: VolumeShape, _ target: DisjointWrites<UInt8>
  ) throws {
    guard let shards else { return }
    let grid = zip(chunk, shards.chunk).map(/)
    let origin = zip(file.place, chunk).map(*)
    let map = try MappedFile(file.path)
    try map.withBytes { bytes in
      try inFile(file.path) {
        let places = try shards.places(bytes, count: grid.reduce(1, *))
        try Parallel.forEachThrowing(places.count) { number in
          guard let place = places[number] else { return }
          var (rest, start) = (number, origin)
          for axis in grid.indices.reversed() {
            start[axis] += rest % grid[axis] * shards.chunk[axis]
            rest /= grid[axis]
          }
          guard zip(start, shape).allSatisfy(<) else { return }
          do {
            try put(UnsafeRawBufferPointer(rebasing: bytes[place]), at: start, axes, volume, target)
          } catch let failure as Failure {
            throw Failure(
              failure.kind, "chunk \(number) of the shard: \(failure.reason)", remedy: failure.remedy)
          }
        }
      }
    }
    try map.checkUnchanged()
  }

  /// The most that a store may grow: masks are packed 100,000 times and more, and what is empty is not stored at all.
  private static let (mostGrowth, unsuspected, leastOfFile) = (200_000, 256 << 20, 4096)

  private func checkGrowth(_ count: Int, _ files: [ZarrFile]) throws {
    let stored = files.reduce(Self.leastOfFile) { $0 + max($1.bytes, Self.leastOfFile) }
    let chunkBytes = innerChunk.reduce(element.format.size, *)
    for size in [count, codecs.isPlain ? 0 : chunkBytes]
    where size > Self.unsuspected && size / Self.mostGrowth > stored {
      throw Failure(
        .badData, path: path,
        "its \(files.count) files of \(byteSize(stored)) would become \(byteSize(size)): no tomogram is packed so well",
        remedy: "the store is incomplete or damaged; copy it again")
    }
  }

  private func fillAll(_ memory: UnsafeMutableRawBufferPointer, sections: Int) {
    guard fill.contains(where: { $0 != 0 }) else { return }
    let target = DisjointWrites(memory.bindMemory(to: UInt8.self))
    Parallel.forEachRange(memory.count, size: memory.count / sections) { range in
      for index in range { target[index] = fill[index % fill.count] }
    }
  }

  /// Decodes one chunk and puts it where it belongs, as far as it lies in the volume.
  ///
  /// - Parameter origin: its first element, along each axis of the array.
  private func put(
    _ bytes: UnsafeRawBufferPointer, at origin: [Int], _ axes: ZarrAxes, _ volume: VolumeShape,
    _ target: DisjointWrites<UInt8>
  ) throws {
    let (sizes, size) = (innerChunk, element.format.size)
    let strides = codecs.strides(sizes)
    func extent(_ axis: Int?) -> (first: Int, count: Int, step: Int) {
      guard let axis else { return (0, 1, 0) }
      return (origin[axis], min(sizes[axis], shape[axis] - origin[axis]), strides[axis] * size)
    }
    let (z, y, x) = (extent(axes.z), extent(axes.y), extent(axes.x))
    try codecs.withDecoded(bytes, count: sizes.reduce(size, *)) { chunk in
      guard let source = chunk.baseAddress else { return }
      for section in 0..<z.count {
        for row in 0..<y.count {
          let line = source + section * z.step + row * y.step
          let start = volume.index(z.first + section, y.first + row, x.first) * size
          let goal = UnsafeMutableRawBufferPointer(target[start..<start + x.count * size])
          if x.step == size {
            goal.copyMemory(from: UnsafeRawBufferPointer(start: line, count: goal.count))
          } else {
            for column in 0..<x.count {
              UnsafeMutableRawBufferPointer(rebasing: goal[(column * size)...]).baseAddress?
                .copyMemory(from: line + column * x.step, byteCount: size)
            }
          }
        }
      }
    }
  }
}

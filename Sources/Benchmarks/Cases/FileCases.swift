import Files
import Volumes

extension Benchmark {
  /// Reading tomograms, and writing and reading slices of the cache. Files are read while the system holds them.
  static let files = [
    Benchmark(
      "mrc-read", "opening 200 x 512 x 512 voxels as float32 and int16, statistics, all planes of three axes",
      repeats: 5
    ) { scratch in
      let shape = VolumeShape(7, 11, 13)
      let files = try VoxelFiles(shape, in: try scratch.folder(bytes: 20_000), name: "small")
      return try VoxelFiles.check(files, planes: Array(0..<shape.width), "every voxel of a small")
    } prepare: { scratch in
      let shape = VolumeShape(200, 512, 512)
      let files = try VoxelFiles(shape, in: try scratch.folder(bytes: 6 * shape.count + 8192), name: "volume")
      return {
        Job {
          try VoxelFiles.check(files, planes: [0, 77, 199], "three planes along each axis of the")
        } run: {
          try files.readAll()
        }
      }
    },
    cache("cache-write", "writing 64 slices' features (37 x 37 x 1024) to the cache, flushed to the disk") {
      slices in
      let records = slices.records
      return { try slices.write(records) }
    },
    cache("cache-read", "reading 64 slices' features from the cache, check sums included") { slices in
      { try slices.readAll() }
    },
  ]

  /// - Parameter load: makes what is timed.
  private static func cache(
    _ name: String, _ summary: String, load: @escaping @Sendable (StoredSlices) -> () throws -> Void
  ) -> Benchmark {
    Benchmark(name, summary, repeats: 5) { scratch in
      let slices = try StoredSlices(count: 3, side: 3, channels: 5, in: try scratch.folder(bytes: 100_000))
      return try slices.check("a small cache")
    } prepare: { scratch in
      let folder = try scratch.folder(bytes: 400_000_000)
      let slices = try StoredSlices(count: 64, side: 37, channels: 1024, in: folder)
      return {
        let run = load(slices)
        return Job {
          try slices.check("the cache")
        } run: {
          try run()
        }
      }
    }
  }
}

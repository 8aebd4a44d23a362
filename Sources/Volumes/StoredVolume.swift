import Files

/// The voxels of a volume, and what its file says of them, whatever the file's format.
struct StoredVolume {
  let source: VoxelSource
  let geometry: Geometry
  /// What it is called: its file's name, without folders.
  let name: String
  /// The format, and how voxels are stored, for people.
  let storage: String
  /// What was lenient or ambiguous.
  var notes: [String]
  /// The header of an MRC file.
  var header: MRCHeader?
  /// How an MRC file as a whole is compressed.
  var compression: String?
  /// The file, if it is one.
  var file: MappedFile?
  /// Whether the header speaks of this volume alone.
  var isAlone = true

  /// Opens the volume at `path`, whatever it is.
  ///
  /// - Parameter volume: which one, of a stack of volumes; nil: the first.
  /// - Throws: `Failure` if it cannot be read.
  static func open(_ path: String, volume: Int?, reading: VoxelReading) throws -> StoredVolume {
    guard OMEZarr.isOne(path) else { return try StoredVolume(mrc: path, volume: volume, reading: reading) }
    guard volume ?? 0 == 0 else { throw missing(volume, of: 1, in: path) }
    return try OMEZarr(path).volume(reading)
  }

  private static func missing(_ volume: Int?, of count: Int, in path: String) -> Failure {
    Failure(
      .usage, path: path, "has no volume \(volume ?? 0): it holds \(count)",
      remedy: "volumes are counted from 0")
  }
}

extension StoredVolume {
  private init(mrc path: String, volume: Int?, reading: VoxelReading) throws {
    let mrc = try MRCFile(path, reading: reading)
    guard reading.level == nil else {
      throw Failure(
        .usage, path: path, "is an MRC file, which has no levels", remedy: "leave --level out, or use --bin")
    }
    let volumes = mrc.layout.volumeCount
    guard (0..<volumes).contains(volume ?? 0) else { throw Self.missing(volume, of: volumes, in: path) }
    let header = mrc.header
    self.init(
      source: VoxelSource(mrc, volume: volume ?? 0), geometry: mrc.layout.geometry, name: Path.name(path),
      storage: "MRC, mode \(header.mode), \(header.bigEndian ? "big" : "little")-endian", notes: mrc.notes,
      header: header, compression: mrc.compression, file: mrc.file)
    isAlone = volumes == 1
    if volumes > 1 && volume == nil { notes.append("holds \(volumes) volumes; the first one is used") }
  }

  /// What the header claims of the voxels and is not so.
  func contradiction(of statistics: VoxelStatistics) -> String? {
    guard let header, isAlone else { return nil }
    return statistics.contradiction(of: header)
  }
}

import Files
import Points
import Volumes

/// Where a query comes from when no segmentation precedes: one thing that a user names.
public enum QuerySource: Sendable {
  case point(VoxelPoint)
  case points(PointTable, PointReading)
  case mask(Tomogram)
  case saved(QueryFeature)

  /// What the file `path` holds, by its contents or its name: a mask (MRC, also compressed, or OME-Zarr), a saved query
  /// (`.safetensors`), or a table of points (anything else).
  ///
  /// - Parameter reading: what the user says of tables of points.
  /// - Throws: `Failure` if it cannot be read as such.
  public init(file path: String, reading: PointReading = PointReading()) throws {
    if OMEZarr.isOne(path) {
      self = .mask(try Tomogram(path))
      return
    }
    let signature = FileSignature(try MappedFile(path).withBytes { Array($0.prefix(FileSignature.length)) })
    if signature == .safetensors || Path.ends(path, in: ".safetensors") {
      self = .saved(try QueryFeature(path))
    } else if [.mrc, .gzip, .bzip2].contains(signature)
      || Path.ends(Path.stem(path.lowercased(), without: [".gz", ".bz2"]), in: ".mrc", ".map", ".rec")
    {
      self = .mask(try Tomogram(path))
    } else {
      self = .points(try PointTable(path).taken(as: reading), reading)
    }
  }
}

extension QueryFeature {
  /// The query that `sources` describe: a saved one as it is, else the mean feature of all voxels named, a point's
  /// being the one it lies in.
  ///
  /// - Parameter frame: the tomogram that `sources` speak of and how the one of the features was made of it; nil: it is
  ///   that one.
  /// - Throws: `Failure` if a saved query is not alone or has another width, a mask has another size or is empty, or
  ///   a point lies outside.
  public init(
    _ sources: [QuerySource], _ features: SliceFeatures, named name: String,
    in frame: (given: Tomogram, binning: Binning)? = nil
  ) throws {
    if let saved = try Self.saved(sources) {
      let channels = try features.grid(.z, 0).channels
      guard saved.channels == channels else {
        throw Failure(
          .badData, "the saved query has \(saved.channels) channels, the features have \(channels)",
          remedy: "use the weights that the query was made with")
      }
      self = saved
      return
    }
    let (given, binning) = frame ?? (features.tomogram, .none)
    let shape = features.shape
    let voxels = try sources.flatMap { source in
      try source.masks(given, named: name) { VoxelMask(of: binning.binned($0, in: shape), in: shape) }
        .map { $0.given ? $0.mask.binned(binning, (shape, given.shape)) : $0.mask }
    }
    guard !voxels.isEmpty else { throw Failure(.usage, "there is no query", remedy: "give --query") }
    try self.init(pooling: features, over: voxels)
  }

  /// The saved query, if there is one; it must be alone.
  private static func saved(_ sources: [QuerySource]) throws -> QueryFeature? {
    let saved = sources.compactMap { source in if case .saved(let query) = source { query } else { nil } }
    guard let first = saved.first else { return nil }
    guard sources.count == 1 else {
      throw Failure(.usage, "a saved query cannot be combined with others", remedy: "give it alone")
    }
    return first
  }
}

extension QuerySource {
  /// What was assumed of a table of points and done to its coordinates, in `tomogram`.
  ///
  /// - Throws: `Failure` if the table has no points there.
  public func remarks(in tomogram: Tomogram, named name: String) throws -> [String] {
    guard case .points(let table, let reading) = self else { return [] }
    return try table.located(in: tomogram.geometry, named: name, taken: reading).remarks.map { remark in
      table.path.map { "\($0): \(remark)" } ?? remark
    }
  }

  /// The voxels it names in `tomogram`, as masks: of points by `mask`, or in the tomogram's own voxels.
  fileprivate func masks(
    _ tomogram: Tomogram, named name: String, _ mask: (VoxelPoint) -> VoxelMask
  ) throws -> [(mask: VoxelMask, given: Bool)] {
    switch self {
    case .saved: return []
    case .point(let point):
      guard tomogram.geometry.contains(x: point.x, y: point.y, z: point.z) else {
        throw Failure(
          .usage, path: name, "the point \(point.x),\(point.y),\(point.z) lies outside it",
          remedy: tomogram.geometry.remedy(forOutside: [point]) ?? "give X,Y,Z in voxels, counted from 0")
      }
      return [(mask(point), false)]
    case .points(let table, let reading):
      return try table.located(in: tomogram.geometry, named: name, taken: reading).points.map {
        (mask($0.point), false)
      }
    case .mask(let volume):
      guard volume.shape == tomogram.shape else {
        throw Failure(
          .badData, path: volume.path, "has another size than the tomogram",
          remedy: "give a mask of the same size")
      }
      let marks = try VoxelMarks(volume)
      guard !marks.isUniform else {
        throw Failure(
          .badData, path: volume.path, "is \(shown(volume.statistics.minimum)) everywhere",
          remedy: "mark the particles alone")
      }
      return [(VoxelMask(marks, in: volume.shape), true)]
    }
  }
}

extension VoxelMask {
  /// The voxel that `point` lies in.
  init(of point: VoxelPoint, in shape: VolumeShape) {
    func nearest(_ axis: Axis) -> Int { min(shape[axis] - 1, max(0, Int(point[axis].rounded()))) }
    let voxel = shape.index(nearest(.z), nearest(.y), nearest(.x))
    self.init(runs: [voxel..<voxel + 1])
  }

  /// The voxels that `marks` marks.
  init(_ marks: VoxelMarks, in shape: VolumeShape) {
    var runs: [Range<Int>] = []
    for z in 0..<shape.depth {
      for (place, mark) in marks.section(z).enumerated() where mark != 0 {
        let voxel = shape.index(z, 0, 0) + place
        if place % shape.width > 0, let last = runs.last, last.upperBound == voxel {
          runs[runs.count - 1] = last.lowerBound..<voxel + 1
        } else {
          runs.append(voxel..<voxel + 1)
        }
      }
    }
    self.init(runs: runs)
  }
}

/// A voxel's value, whole numbers without a point.
private func shown(_ value: Float) -> String {
  Int(exactly: value).map(String.init) ?? "\(value)"
}

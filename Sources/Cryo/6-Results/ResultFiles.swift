import Files
import Images
import Platform
import Points
import Runs
import Volumes

extension RunFolder {
  /// Writes the volumes `semantic` (signed bytes: in a particle the number of its kind, 1 if there is but one) and
  /// `instances` (labels of 16 bits, or 32 if there are more than 65,535; in MRC mode 6, or 2), both with the tomogram's
  /// geometry.
  public func write(_ map: InstanceMap, geometry: Geometry, as format: VolumeFormat = .mrc) throws {
    let most = map.instances.map(\.label).max() ?? 0
    let semantic = try format.writer(
      Int8.self, file(ResultNames.semantic(format)), geometry: geometry)
    try map.forEachSemanticSection { try semantic.append($0) }
    try semantic.commit()
    let path = file(ResultNames.instances(format))
    if most <= Int(UInt16.max) {
      let labels = try format.writer(UInt16.self, path, geometry: geometry)
      try map.volume.forEachSection { try labels.append($0.map { UInt16(truncatingIfNeeded: $0) }) }
      try labels.commit()
    } else if format == .zarr {
      let labels = try OMEZarrWriter<UInt32>(path, geometry: geometry)
      try map.volume.forEachSection { try labels.append($0) }
      try labels.commit()
    } else {
      let labels = try MRCWriter<Float>(path, geometry: geometry)
      try map.volume.forEachSection { try labels.append($0.map { Float($0) }) }
      try labels.commit()
    }
  }

  /// Writes `similarity.mrc`, the last level's: its voxels are the samples, so its voxel size is that of the
  /// tomogram times (N - 1) / (n - 1), and its first voxel has the same centre as the tomogram's. Coarser levels
  /// go to `similarity-16.mrc` and `similarity-8.mrc`.
  public func write(_ matches: FeatureMatching.Result, geometry: Geometry) throws {
    let names = ResultNames.similarityMaps(matches.levels.map(\.ratio)).map(\.name)
    for (name, map) in zip(names, matches.coarserMaps + [matches.map]) where !map.values.isEmpty {
      let shape = map.grid.shape
      let coarse = geometry.resampled(depth: shape.depth, height: shape.height, width: shape.width)
      try MRCWriter<Float>.write(map.values, to: file(name), geometry: coarse)
    }
  }

  /// What `similarity.mrc` is written with plane by plane, where every voxel is compared; nil where it is not.
  public func similarityWriter(
    _ parameters: PipelineParameters, of tomogram: Tomogram
  ) throws -> MRCWriter<Float>? {
    guard parameters.matching == .naive else { return nil }
    let shape = tomogram.shape
    return try MRCWriter<Float>(
      file(ResultNames.similarityMaps([1])[0].name),
      geometry: tomogram.geometry.resampled(depth: shape.depth, height: shape.height, width: shape.width))
  }

  /// Writes the instances' centroids as `picks.star` or in other formats.
  public func write(
    picks map: InstanceMap, of tomogram: Tomogram, formats: [PickFormat], series: TiltSeries? = nil
  ) throws {
    let table = map.pickTable(of: tomogram, series: series)
    for format in formats {
      let files = try format.files([table], named: PickNames(main: format.fileName, folder: path)).files
      for (name, bytes) in files { try AtomicFile.write(bytes, to: file(name)) }
      // Of kinds that have no picks any more.
      for name in Set(format.fileNames).subtracting(files.map(\.name)) { unlink(file(name)) }
    }
  }

  /// Writes the places found by matching as `proposals.star`, and what each gave, if they were segmented.
  ///
  /// - Parameter binning: how the voxels that were searched, and proposals count in, were made of the tomogram's.
  public func write(
    proposals: [Proposal], segmented particles: [ParticleMask]? = nil, of tomogram: Tomogram,
    binning: Binning = .none
  ) throws {
    let columns = particles == nil ? [] : ["cryosamPredictedIoU", "cryosamVoxels"]
    let picks = proposals.enumerated().map { index, proposal in
      let particle = particles?[index]
      return Pick(
        position: binning.given(proposal.point), figureOfMerit: Double(proposal.similarity),
        extras: particle.map { [$0.predictedIoU, Double($0.voxels.count)] } ?? [])
    }
    let table = PickTable(
      micrograph: tomogram.tableName, pixelSizeAngstroms: tomogram.geometry.pixelSizeAngstroms,
      extraColumns: columns, picks: picks)
    try PickTable.write(table.starText, to: file("proposals.star"))
  }
}

extension RunFolder {
  /// Writes all files of a whole run but `report.html` and `run.json`.
  ///
  /// - Parameter result: in the voxels of the tomogram, but for its matches.
  /// - Parameter worked: what was searched, if not the tomogram itself: the binned one, and what was looked for in its
  ///   voxels.
  public func write(
    _ result: Pipeline.Result, of tomogram: Tomogram, worked: (geometry: Geometry, queries: [Query])? = nil,
    binning: Binning = .none, stretch: ContrastStretch, origin: QueryOrigin, formats: [PickFormat],
    series: TiltSeries? = nil, volumes: VolumeFormat = .mrc
  ) throws {
    try write(result.matches, geometry: worked?.geometry ?? tomogram.geometry)
    try write(
      proposals: result.matches.proposals, segmented: result.judgement == nil ? result.proposed : nil,
      of: tomogram, binning: binning)
    if let judgement = result.judgement { try write(judgement, of: tomogram) }
    try QueryFile.write(worked?.queries ?? result.queries, from: origin, to: file("query.safetensors"))
    try write(
      result.instances, of: tomogram, stretch: stretch, formats: formats, series: series, volumes: volumes)
  }

  /// Writes masks, picks and the picture.
  public func write(
    _ instances: InstanceMap, of tomogram: Tomogram, stretch: ContrastStretch, formats: [PickFormat],
    series: TiltSeries? = nil, volumes: VolumeFormat = .mrc
  ) throws {
    try write(instances, geometry: tomogram.geometry, as: volumes)
    try write(picks: instances, of: tomogram, formats: formats, series: series)
    let picture = Overview.image(
      tomogram, stretch, labels: instances.volume, picks: instances.instances.map(\.centroid),
      tint: instances.tint)
    try PNGFile.write(picture, to: file("overview.png"))
  }

  /// The formats of the tables of picks that are there.
  public var pickFormats: [PickFormat] {
    PickFormat.allCases.filter { access(file($0.fileName), F_OK) == 0 }
  }
}

extension InstanceMap {
  /// The instances' centroids. The figure of merit is the score where finds were judged, else the cosine similarity, or
  /// SAM's predicted IoU for points of a user's, which have none.
  public func pickTable(of tomogram: Tomogram, series: TiltSeries? = nil) -> PickTable {
    let isJudged = instances.contains { $0.score != nil }
    let columns =
      ["cryosamPredictedIoU", "cryosamInstance", "cryosamVoxels"] + (isJudged ? Score.columns : [])
    let picks = instances.map { instance in
      Pick(
        position: instance.centroid,
        figureOfMerit: instance.score?.total ?? instance.similarity.map(Double.init) ?? instance.predictedIoU,
        extras: [instance.predictedIoU, Double(instance.label), Double(instance.voxels)]
          + (instance.score?.values ?? []), kind: instance.kind.name, label: instance.label,
        radius: Pick.radius(voxels: Double(instance.voxels)))
    }
    return PickTable(
      micrograph: tomogram.tableName, pixelSizeAngstroms: tomogram.geometry.pixelSizeAngstroms,
      extraColumns: columns, picks: picks, geometry: tomogram.geometry,
      series: series)
  }
}

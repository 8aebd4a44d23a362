import Files

/// The formats of pick tables.
public enum PickFormat: String, Sendable, CaseIterable {
  case star
  case csv
  case txt
}

extension RunFolder {
  /// Writes `semantic.mrc` (mode 0: 1 in a particle) and `instances.mrc` (labels; mode 6, or 2 if there are more
  /// than 65,535), both with the tomogram's geometry.
  public func write(_ map: InstanceMap, geometry: Geometry) throws {
    let most = map.instances.map(\.label).max() ?? 0
    let semantic = try MRCWriter<Int8>(file("semantic.mrc"), geometry: geometry)
    try map.forEachSection { try semantic.append($0.map { $0 == 0 ? 0 : 1 }) }
    try semantic.commit()
    if most <= Int(UInt16.max) {
      let labels = try MRCWriter<UInt16>(file("instances.mrc"), geometry: geometry)
      try map.forEachSection { try labels.append($0.map { UInt16(truncatingIfNeeded: $0) }) }
      try labels.commit()
    } else {
      let labels = try MRCWriter<Float>(file("instances.mrc"), geometry: geometry)
      try map.forEachSection { try labels.append($0.map { Float($0) }) }
      try labels.commit()
    }
  }

  /// Writes `similarity.mrc`, the last level's: its voxels are the samples, so its voxel size is that of the
  /// tomogram times (N - 1) / (n - 1), and its first voxel has the same centre as the tomogram's. Coarser levels
  /// go to `similarity-16.mrc` and `similarity-8.mrc`.
  public func write(_ matches: FeatureMatching.Result, geometry: Geometry) throws {
    let coarser = zip(matches.coarserMaps, matches.levels).map { ("similarity-\($1.ratio).mrc", $0) }
    for (name, map) in coarser + [("similarity.mrc", matches.map)] {
      let shape = map.grid.shape
      let coarse = geometry.resampled(depth: shape.depth, height: shape.height, width: shape.width)
      try MRCWriter<Float>.write(map.values, to: file(name), geometry: coarse)
    }
  }

  /// Writes the instances' centroids as `picks.star`, `picks.csv`, `picks.txt`. The figure of merit is the cosine
  /// similarity, or SAM's predicted IoU for points of a user's, which have none.
  public func write(picks map: InstanceMap, of tomogram: Tomogram, formats: [PickFormat]) throws {
    let columns = ["cryosamPredictedIoU", "cryosamInstance", "cryosamVoxels"]
    let picks = map.instances.map { instance in
      Pick(
        position: instance.centroid,
        figureOfMerit: instance.similarity.map(Double.init) ?? instance.predictedIoU,
        extras: [instance.predictedIoU, Double(instance.label), Double(instance.voxels)])
    }
    let table = PickTable(
      micrograph: tomogram.tableName, pixelSizeAngstroms: tomogram.geometry.pixelSizeAngstroms,
      extraColumns: columns, picks: picks)
    for format in formats {
      let text =
        switch format {
        case .star: table.starText
        case .csv: table.csvText
        case .txt: table.plainText
        }
      try PickTable.write(text, to: file("picks.\(format.rawValue)"))
    }
  }

  /// Writes the places found by matching as `proposals.star`, and what each gave, if they were segmented.
  public func write(
    proposals: [Proposal], segmented particles: [ParticleMask]? = nil, of tomogram: Tomogram
  ) throws {
    let columns = particles == nil ? [] : ["cryosamPredictedIoU", "cryosamVoxels"]
    let picks = proposals.enumerated().map { index, proposal in
      let particle = particles?[index]
      return Pick(
        position: proposal.point, figureOfMerit: Double(proposal.similarity),
        extras: particle.map { [$0.predictedIoU, Double($0.voxels.count)] } ?? [])
    }
    let table = PickTable(
      micrograph: tomogram.tableName, pixelSizeAngstroms: tomogram.geometry.pixelSizeAngstroms,
      extraColumns: columns, picks: picks)
    try PickTable.write(table.starText, to: file("proposals.star"))
  }
}

extension Tomogram {
  /// The tomogram's name in tables: its file's, without folders.
  package var tableName: String {
    path.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "tomogram"
  }
}

extension InstanceMap {
  /// Calls `body` with the labels of each z-section `[H, W]`.
  func forEachSection(_ body: (ArraySlice<UInt32>) throws -> Void) rethrows {
    let section = shape.height * shape.width
    for z in 0..<shape.depth { try body(labels[z * section..<(z + 1) * section]) }
  }
}

extension RunFolder {
  /// Writes all files of a whole run but `report.html` and `run.json`.
  public func write(
    _ result: Pipeline.Result, of tomogram: Tomogram, slices: EmbeddedSlices, formats: [PickFormat]
  ) throws {
    try write(result.matches, geometry: tomogram.geometry)
    try write(proposals: result.matches.proposals, segmented: result.proposed, of: tomogram)
    try result.query.write(to: file("query.safetensors"))
    try write(result.instances, of: tomogram, slices: slices, formats: formats)
  }

  /// Writes masks, picks and the picture.
  public func write(
    _ instances: InstanceMap, of tomogram: Tomogram, slices: EmbeddedSlices, formats: [PickFormat]
  ) throws {
    try write(instances, geometry: tomogram.geometry)
    try write(picks: instances, of: tomogram, formats: formats)
    let picture = Overview.image(tomogram, slices.stretch, instances)
    try PNGFile.write(picture, to: file("overview.png"))
  }
}

extension RunRecord {
  /// Counts and work of a whole run.
  public mutating func add(_ result: Pipeline.Result) {
    add(result.matches.levels)
    add(counts: [
      "prompts": result.prompted.count,
      "prompted_particles": result.prompted.filter { !$0.voxels.isEmpty }.count,
      "prompted_voxels": result.prompted.reduce(0) { $0 + $1.voxels.count },
      "proposals": result.matches.proposals.count,
      "instances": result.instances.instances.count,
      "semantic_voxels": result.instances.voxels,
    ])
    add(result.work)
  }

  /// What each level of matching scored and kept.
  public mutating func add(_ levels: [(ratio: Int, scored: Int, passed: Int)]) {
    let values: [JSON] = levels.map {
      ["ratio": .integer($0.ratio), "scored": .integer($0.scored), "passed": .integer($0.passed)]
    }
    add("levels", .array(values))
  }

  /// What one point gave.
  public static func particle(_ point: VoxelPoint, _ particle: ParticleMask) -> JSON {
    [
      "point_xyz": [.number(point.x), .number(point.y), .number(point.z)],
      "voxels": .integer(particle.voxels.count), "predicted_iou": .number(particle.predictedIoU),
    ]
  }
}

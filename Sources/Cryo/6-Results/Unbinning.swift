import Volumes

extension VoxelMask {
  /// The mask in the voxels that were taken together: all those of its voxels.
  ///
  /// - Parameter shapes: the binned volume's and the given one's.
  func unbinned(_ binning: Binning, _ shapes: (binned: VolumeShape, given: VolumeShape)) -> VoxelMask {
    let factor = binning.factor
    guard factor > 1 else { return self }
    var sections: [(z: Int, lines: [(y: Int, columns: [Range<Int>])])] = []
    for run in runs {
      let (line, x) = run.lowerBound.quotientAndRemainder(dividingBy: shapes.binned.width)
      let (z, y) = line.quotientAndRemainder(dividingBy: shapes.binned.height)
      if sections.last?.z != z { sections.append((z, [])) }
      let section = sections.count - 1
      if sections[section].lines.last?.y != y { sections[section].lines.append((y, [])) }
      let row = sections[section].lines.count - 1
      sections[section].lines[row].columns.append(x * factor..<(x + run.count) * factor)
    }
    var all: [Range<Int>] = []
    for (z, lines) in sections {
      for plane in z * factor..<(z + 1) * factor {
        for (y, columns) in lines {
          for row in y * factor..<(y + 1) * factor {
            let start = shapes.given.index(plane, row, 0)
            all += columns.map { start + $0.lowerBound..<start + $0.upperBound }
          }
        }
      }
    }
    return VoxelMask(runs: all)
  }
}

extension VoxelMask {
  /// The mask in voxels that are taken together: those of which at least half is in it, or, if there are none, all that it
  /// touches.
  func binned(_ binning: Binning, _ shapes: (binned: VolumeShape, given: VolumeShape)) -> VoxelMask {
    let factor = binning.factor
    guard factor > 1 else { return self }
    var counts = [Int](repeating: 0, count: shapes.binned.count)
    forEachVoxel(in: shapes.given) { z, y, x in
      let place = (z / factor, y / factor, x / factor)
      guard place.0 < shapes.binned.depth, place.1 < shapes.binned.height, place.2 < shapes.binned.width
      else { return }
      counts[shapes.binned.index(place.0, place.1, place.2)] += 1
    }
    let isSmall = !counts.contains { 2 * $0 >= binning.volume }
    let inside = counts.indices.filter { isSmall ? counts[$0] > 0 : 2 * counts[$0] >= binning.volume }
    return VoxelMask(runs: inside.map { $0..<$0 + 1 })
  }
}

extension ParticleMask {
  public func unbinned(
    _ binning: Binning, _ shapes: (binned: VolumeShape, given: VolumeShape)
  ) -> ParticleMask {
    ParticleMask(
      voxels: voxels.unbinned(binning, shapes), predictedIoU: predictedIoU, agreement: agreement)
  }
}

extension Pipeline.Result {
  /// The result in the voxels of the given tomogram: all but its matches, which are samples of their own.
  ///
  /// - Parameter shapes: the binned volume's and the given one's.
  /// - Parameter parameters: those of the run.
  public func unbinned(
    _ binning: Binning, _ shapes: (binned: VolumeShape, given: VolumeShape), _ parameters: PipelineParameters
  ) -> Pipeline.Result {
    guard binning.factor > 1 else { return self }
    let proposed = proposed.map { $0.unbinned(binning, shapes) }
    let judgement = judgement?.unbinned(binning, shapes, by: parameters.cut)
    return Pipeline.Result(
      prompted: prompted.map { $0.unbinned(binning, shapes) },
      queries: queries.map { Query(feature: $0.feature, exemplar: $0.exemplar?.unbinned(binning)) },
      matches: matches, proposed: proposed, judgement: judgement,
      instances: judgement.map { InstanceMap($0, in: shapes.given) }
        ?? InstanceMap(
          merging: zip(proposed, matches.proposals).map { ($0, $1.similarity) }, in: shapes.given))
  }
}

extension Binning {
  /// How many given voxels a binned one is.
  var volume: Int { factor * factor * factor }
}

extension Exemplar {
  /// The same with lengths and sizes in the voxels that were taken together; its profile stays.
  fileprivate func unbinned(_ binning: Binning) -> Exemplar {
    Exemplar(
      kind, particles: particles, query: query, profile: profile, correlation: correlation,
      radius: radius * Double(binning.factor), voxels: voxels * Double(binning.volume), spread: spread,
      density: density, contrast: contrast)
  }
}

extension Judgement {
  fileprivate func unbinned(
    _ binning: Binning, _ shapes: (binned: VolumeShape, given: VolumeShape), by cut: Cut
  ) -> Judgement {
    var cut = cut
    cut.voxels = cut.voxels.map { $0 * Double(binning.volume) }
    return Judgement(
      finds.map { $0.unbinned(binning, shapes) }, of: kinds,
      reach: reach.map { $0.map { $0 * Double(binning.factor) } }, by: cut)
  }
}

extension Find {
  fileprivate func unbinned(
    _ binning: Binning, _ shapes: (binned: VolumeShape, given: VolumeShape)
  ) -> Find {
    let factor = binning.factor
    // The prompt's place is a voxel: of even numbers the one behind the middle.
    func middle(_ index: Int) -> Int { index * factor + factor / 2 }
    return Find(
      proposal: Proposal(
        z: middle(proposal.z), y: middle(proposal.y), x: middle(proposal.x), similarity: proposal.similarity,
        query: proposal.query),
      mask: mask.unbinned(binning, shapes),
      measures: Measures(
        centroid: binning.given(measures.centroid), voxels: measures.voxels * binning.volume,
        density: measures.density, contrast: measures.contrast, predictedIoU: measures.predictedIoU,
        agreement: measures.agreement, touchesBorder: measures.touchesBorder),
      kind: kind, score: score, unwanted: unwanted)
  }
}

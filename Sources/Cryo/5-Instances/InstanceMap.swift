import Volumes

/// One particle of a result.
public struct Instance: Sendable, Equatable {
  /// Its number in the label volume, from 1.
  public let label: Int
  /// The mean position of the voxels with its label.
  public let centroid: VoxelPoint
  /// The number of voxels with its label.
  public let voxels: Int
  /// Cosine similarity of its best proposal with the query; nil if a user's point prompted it.
  public let similarity: Float?
  /// SAM's predicted IoU, averaged over the masks of its best proposal.
  public let predictedIoU: Double
  /// How many proposals it is made of.
  public let proposals: Int
  /// How like the prompted particles it is, if it was judged.
  public var score: Score? = nil
  /// The kind of particle.
  public var kind = Kind.only
  /// The number of that kind, from 1: the voxels' value in `semantic.mrc`.
  public var kindNumber = 1
}

/// Instances as a label volume `[D, H, W]`: 0 is background, n the nth instance. Every voxel of the semantic mask
/// has a label.
public struct InstanceMap: Sendable {
  public let volume: LabelVolume
  public let instances: [Instance]

  /// Shares of voxels above which two masks are the same particle: of their union, or of the smaller one.
  static let duplicateShare = 0.5

  /// The instances of proposals, best similarity first.
  ///
  /// A mask is a duplicate of a better one if their IoU is over 1/2, or more than half of the smaller one lies in
  /// the larger (a proposal at a particle's rim often gives a part of it). It is merged into the best such one:
  /// its voxels get that one's label. Voxels that several instances claim belong to the best of them; one that
  /// has none of its own left is merged into the one that shares most with it.
  ///
  /// - Parameter particles: masks with their proposals' similarity, of equal ones the best first; empty ones are
  ///   skipped.
  public init(merging particles: [(mask: ParticleMask, similarity: Float)], in shape: VolumeShape) {
    var labels = Labels(shape)
    let order = particles.indices.sorted { (-particles[$0].similarity, $0) < (-particles[$1].similarity, $1) }
    var kept: [(mask: ParticleMask, similarity: Float, proposals: Int, box: Range<Int>)] = []
    for particle in order.map({ particles[$0] }) {
      let runs = particle.mask.voxels.runs
      guard let first = runs.first, let last = runs.last else { continue }
      let box = first.lowerBound..<last.upperBound
      let shared = kept.map { other in
        other.box.overlaps(box) ? other.mask.voxels.intersection(particle.mask.voxels) : 0
      }
      let duplicate = kept.indices.first { index in
        Self.areSame(kept[index].mask.voxels.count, particle.mask.voxels.count, shared: shared[index])
      }
      if let duplicate {
        labels.paint(particle.mask.voxels, UInt32(duplicate + 1))
        kept[duplicate].proposals += 1
      } else if labels.paint(particle.mask.voxels, UInt32(kept.count + 1)) > 0 {
        kept.append((particle.mask, particle.similarity, 1, box))
      } else if let most = shared.indices.max(by: { (shared[$0], -$0) < (shared[$1], -$1) }) {
        kept[most].proposals += 1
      }
    }
    volume = LabelVolume(labels.labels, in: shape)
    instances = volume.places(kept.count).enumerated().map { index, place in
      Instance(
        label: index + 1, centroid: place.centroid, voxels: place.voxels, similarity: kept[index].similarity,
        predictedIoU: kept[index].mask.predictedIoU, proposals: kept[index].proposals)
    }
  }

  /// The instances of a user's points: the nth point has label n, nothing is merged, and voxels that several claim
  /// belong to the first. Points without a mask have no instance.
  public init(separate particles: [ParticleMask], in shape: VolumeShape) {
    volume = LabelVolume(
      particles.enumerated().map { (UInt32($0 + 1), $1.voxels.runs) }, in: shape)
    instances = zip(particles, volume.places(particles.count)).enumerated().compactMap { index, pair in
      let (particle, place) = pair
      guard place.voxels > 0 else { return nil }
      return Instance(
        label: index + 1, centroid: place.centroid, voxels: place.voxels, similarity: nil,
        predictedIoU: particle.predictedIoU, proposals: 1)
    }
  }

  /// The instances of picks, best first.
  public init(_ judgement: Judgement, in shape: VolumeShape) {
    let picks = judgement.picks
    volume = LabelVolume(
      picks.enumerated().map { (UInt32($0 + 1), judgement.body(of: $1, in: shape).runs) }, in: shape)
    instances = zip(picks, volume.places(picks.count)).enumerated().compactMap { index, pair in
      let (pick, place) = pair
      guard place.voxels > 0 else { return nil }
      return Instance(
        label: index + 1, centroid: place.centroid, voxels: place.voxels,
        similarity: pick.proposal.similarity,
        predictedIoU: pick.measures.predictedIoU, proposals: 1, score: pick.score,
        kind: judgement.kinds[pick.kind], kindNumber: pick.kind + 1)
    }
  }

  public var shape: VolumeShape { volume.shape }

  /// The number of the colour of each label: that of the kind where there are kinds, else its own.
  var tint: (Int) -> Int {
    guard instances.contains(where: { $0.kind.name != nil }) else { return { $0 } }
    let kinds = Dictionary(instances.map { ($0.label, $0.kindNumber) }) { first, _ in first }
    return { kinds[$0] ?? $0 }
  }

  /// Calls `body` with each z-section `[H, W]` of the semantic mask: in a particle the number of its kind.
  public func forEachSemanticSection(_ body: ([Int8]) throws -> Void) rethrows {
    try forEachSection(body) { Int8(clamping: $0.kindNumber) }
  }

  /// Calls `body` with each z-section `[H, W]` of the mask of the kind with this number: 1 in its particles.
  public func forEachSection(ofKind number: Int, _ body: ([Int8]) throws -> Void) rethrows {
    try forEachSection(body) { $0.kindNumber == number ? 1 : 0 }
  }

  private func forEachSection(_ body: ([Int8]) throws -> Void, value: (Instance) -> Int8) rethrows {
    var values = [Int8](repeating: 0, count: (instances.map(\.label).max() ?? 0) + 1)
    for instance in instances { values[instance.label] = value(instance) }
    try volume.forEachSection { try body($0.map { values[Int($0)] }) }
  }

  /// The number of labelled voxels: the semantic mask's.
  public var voxels: Int { instances.reduce(0) { $0 + $1.voxels } }

  private static func areSame(_ a: Int, _ b: Int, shared: Int) -> Bool {
    Double(shared) > duplicateShare * Double(a + b - shared)
      || Double(shared) > duplicateShare * Double(min(a, b))
  }
}

/// Labels voxel by voxel, while they are being given.
private struct Labels {
  private(set) var labels: [UInt32]

  init(_ shape: VolumeShape) { labels = [UInt32](repeating: 0, count: shape.count) }

  /// Labels the voxels of `mask` that have no label yet, and returns their number.
  @discardableResult
  mutating func paint(_ mask: VoxelMask, _ label: UInt32) -> Int {
    var painted = 0
    for run in mask.runs {
      for voxel in run where labels[voxel] == 0 {
        labels[voxel] = label
        painted += 1
      }
    }
    return painted
  }
}

import Cryo
import NN
import Volumes

/// Slices of a tomogram that the two networks see, and how many of them are stored.
public struct SliceCounts: Sendable, Equatable {
  public var features = 0
  public var embeddings = 0

  public init(features: Int = 0, embeddings: Int = 0) {
    (self.features, self.embeddings) = (features, embeddings)
  }

  static func + (a: Self, b: Self) -> Self {
    Self(features: a.features + b.features, embeddings: a.embeddings + b.embeddings)
  }
}

extension Project {
  /// The axes that particles are followed along.
  public var axes: [Axis] {
    settings["axes"].map { text in Axis.allCases.filter { text.contains($0.name) } }
      ?? PipelineParameters(settings["profile"].flatMap(Profile.init) ?? .usual).axes
  }

  /// Slices of the tomogram of `subject`, in the voxels that are worked on; nil if its size is not known.
  public func slices(of subject: Subject) -> SliceCounts? {
    guard let given = subject.size else { return nil }
    let size = given / binning(of: subject)
    let sides: [Axis: Int] = [.x: size.x, .y: size.y, .z: size.z]
    return SliceCounts(
      features: dino == nil ? 0 : size.wrappedSum(),
      embeddings: dino == nil ? size.wrappedSum() : axes.reduce(0) { $0 + (sides[$1] ?? 0) })
  }

  /// How many voxels along each axis are taken together.
  private func binning(of subject: Subject) -> Int {
    let choice: Binning.Choice? =
      settings["bin"].flatMap { Int($0) }.map { .factor($0) }
      ?? settings["at_voxel_size"].flatMap { Double($0) }.map { .voxelSize($0) }
    let geometry = Geometry(
      depth: 1, height: 1, width: 1, voxelSizeAngstroms: SIMD3(repeating: subject.voxelSize ?? 0))
    return max(1, (try? choice?.binning(of: geometry))?.factor ?? 1)
  }

  /// The slices of `subject` that are stored, of those that there are: as the project's weights and settings make them.
  public func stored(_ subject: Subject) -> SliceCounts {
    SliceCounts(
      features: stored(subject, "features", dino), embeddings: stored(subject, "embeddings", sam))
  }

  private func stored(_ subject: Subject, _ kind: String, _ weights: Weights?) -> Int {
    let precision = settings["precision"].flatMap(Precision.init) ?? .float32
    return SliceStore.contents(
      of: slices(subject), kind: kind, weights: weights.flatMap { $0.sha256.isEmpty ? nil : $0.sha256 },
      precisions: settings["precision_fallback"] == nil ? [precision] : [precision, .float32],
      storage: settings["stored_as"].flatMap(SliceStorage.init) ?? .float32
    ).slices
  }
}

import Cryo
import Evaluation
import Files
import Images
import NN
import Volumes

/// What a study does, as its configuration file says.
public struct StudyConfiguration: Sendable {
  /// One tomogram with its truth.
  public struct Subject: Sendable {
    /// As it is called in the tables; no two are called alike.
    public let name: String
    public let path: String
    /// The table of true particles.
    public let truth: String
    /// The class or species that counts; nil: all.
    public let truthClass: String?
    public let coordinates: TruthCoordinates
    /// How far a pick may be from its particle.
    public let radius: Length
    /// The label volume of true particles.
    public let instances: String?
  }

  /// Another program's picks.
  public struct OtherPicks: Sendable {
    public let method: String
    /// One for each tomogram, or one for all that names them.
    public let tables: [String]
    /// Picks of a lower score are left out.
    public let leastScore: Double?
    /// What its row shows as annotation ratio and run time.
    public let annotation: String
    public let runTime: String

    func table(_ tomogram: Int) -> String { tables.count == 1 ? tables[0] : tables[tomogram] }
  }

  public let path: String
  public let title: String
  public let subjects: [Subject]
  public let weights: [FeatureExtractor: String]
  public let sam: String
  /// What all runs have in common.
  public let settings: Settings
  /// Of the random sets of prompts.
  public let seed: Int
  public let sweeps: [Sweep]
  public let picks: [OtherPicks]

  /// The options that no sweep varies; nil: as the profile has it.
  public struct Settings: Sendable {
    public var similarity: Double?
    public var iou: Double?
    public var maxArea: Int?
    public var axes: [Axis]?
    public var contrast: Percentiles?
    public var invert: Bool?
    public var dinoSize: Int?
    public var precision: Precision?
  }

  /// The runs on one tomogram, each once, in the order of the sweeps.
  public func runs(on tomogram: Int) -> [StudyRun] {
    var seen = Set<StudyRun>()
    return sweeps.flatMap { $0.runs(on: tomogram) }.filter { seen.insert($0).inserted }
  }

  /// The runs of the study, tomogram by tomogram.
  public var runs: [StudyRun] { subjects.indices.flatMap { runs(on: $0) } }
}

/// How a table's coordinates become voxels of the tomogram: first the axes counted from the other end, then the shift.
public struct TruthCoordinates: Sendable, Equatable {
  /// Axes on which voxel v of the table is N - 1 - v.
  public var flipped: [Axis] = []
  /// Added, in voxels.
  public var shift = SIMD3<Double>(0, 0, 0)
  /// Whether to whole voxels, halves to even.
  public var rounded = false

  public init() {}

  public func callAsFunction(_ point: VoxelPoint, in shape: VolumeShape) -> VoxelPoint {
    func far(_ axis: Axis, _ value: Double) -> Double {
      flipped.contains(axis) ? Double(shape[axis] - 1) - value : value
    }
    let turned = SIMD3(far(.x, point.x), far(.y, point.y), far(.z, point.z)) + shift
    return VoxelPoint(rounded ? turned.rounded(.toNearestOrEven) : turned)
  }
}

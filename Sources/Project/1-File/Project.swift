import Files
import Volumes

/// Many tomograms and one method, as the file `project.yaml` in a folder has them; everything that is made of them is in
/// that folder too.
public struct Project: Sendable {
  /// One tomogram.
  public struct Subject: Sendable {
    /// As its results are called; no two are called alike. Letters, digits, hyphens, points and underscores.
    public let name: String
    public let path: String
    /// The run of the copick project that it is of; nil if it is of none.
    public let run: String?
    /// Points on particles in it, as `segment --point` takes them.
    public let points: [String]
    /// Voxels along x, y, z as they were when the project was made; nil if the file could not be read then.
    public let size: SIMD3<Int>?
    /// In Angstroms; nil if unknown.
    public let voxelSize: Double?

    public init(
      name: String, path: String, run: String? = nil, points: [String], size: SIMD3<Int>?, voxelSize: Double?
    ) {
      (self.name, self.path, self.run, self.points) = (name, path, run, points)
      (self.size, self.voxelSize) = (size, voxelSize)
    }

    /// Whether all its voxels are read into memory: it is compressed, or an OME-Zarr folder.
    var isPacked: Bool { Path.ends(path, in: ".gz", ".bz2") || OMEZarr.isOne(path) }
  }

  /// A file of weights.
  public struct Weights: Sendable {
    public let path: String
    public let sha256: String

    public init(_ path: String, sha256: String) { (self.path, self.sha256) = (path, sha256) }
  }

  public let folder: String
  /// Nil if SAM's features are matched.
  public let dino: Weights?
  public let sam: Weights
  /// What is looked for where no points are given; nil: what the points of other tomograms are on.
  public let query: String?
  public let settings: ProjectSettings
  /// The copick project that tomograms with a run are of.
  public let copick: CopickSource?
  /// Whether encoded slices stay when a tomogram is done.
  public let keepsSlices: Bool
  public let subjects: [Subject]

  public init(
    folder: String, dino: Weights?, sam: Weights, query: String?, settings: ProjectSettings,
    copick: CopickSource? = nil, keepsSlices: Bool, subjects: [Subject]
  ) {
    (self.folder, self.dino, self.sam, self.query) = (folder, dino, sam, query)
    (self.settings, self.copick, self.keepsSlices, self.subjects) = (settings, copick, keepsSlices, subjects)
  }

  /// The subjects whose own points are prompts, and the others, which take the query of those or the project's.
  public var prompted: [Int] { subjects.indices.filter { !subjects[$0].points.isEmpty } }
  public var unprompted: [Int] { subjects.indices.filter { subjects[$0].points.isEmpty } }

  /// The tomogram of `subject` as arguments of `cryosam segment`.
  public func tomogram(_ subject: Subject) -> [String] {
    guard let copick, let run = subject.run else { return [subject.path] }
    return copick.arguments(run)
  }
}

/// Where things are.
extension Project {
  static func file(in folder: String) -> String { "\(folder)/project.yaml" }

  public func results(_ subject: Subject) -> String { "\(folder)/results/\(subject.name)" }
  public func slices(_ subject: Subject) -> String { "\(folder)/slices/\(subject.name)" }
  public func log(_ subject: Subject) -> String { "\(folder)/logs/\(subject.name).log" }
  func state(_ subject: Subject) -> String { "\(folder)/state/\(subject.name).json" }
  public var scripts: String { "\(folder)/cluster" }

  /// Makes the folders that work is done in.
  public func makeFolders() throws {
    for name in ["results", "slices", "logs", "state"] { try Folder.make("\(folder)/\(name)") }
  }
}

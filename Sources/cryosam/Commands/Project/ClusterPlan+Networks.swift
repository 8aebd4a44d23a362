import Benchmarks
import Cryo
import DINOv2
import Files
import NN
import Platform
import Project
import SAM

extension ClusterPlan.Networks {
  /// What the weights of `project` say of the networks.
  ///
  /// - Parameter seconds: of a slice; nil: reckoned from the networks' operations and this machine's speed.
  /// - Throws: `Failure` if weights cannot be read.
  init(_ project: Project, seconds: SliceSeconds?) throws {
    let sam: SAMConfiguration = try SafetensorsFile(project.sam.path).configuration()
    let dino = try project.dino.map { try DINOEncoder.configuration(try SafetensorsFile($0.path)) }
    let side = dino.map { project.settings["dino_size"].flatMap(Int.init) ?? $0.usualInputSide } ?? 0
    let cells = dino.map { ($0.grid(height: side, width: side).rows, $0.width) } ?? (0, 0)
    let size = (project.settings["stored_as"].flatMap(SliceStorage.init) ?? .float32).size
    self.init(
      seconds: seconds ?? Self.seconds(dino?.operations(side: side) ?? 0, sam.encoderOperations),
      featureBytes: cells.0 * cells.0 * cells.1 * size + Self.headerBytes,
      embeddingBytes: sam.grid * sam.grid * sam.decoderWidth * size + Self.headerBytes,
      weightBytes: [project.dino, project.sam].compactMap { $0 }.reduce(0) { $0 + (fileBytes($1.path) ?? 0) })
  }

  private static let headerBytes = 512
  /// The share of the speed of large matrix products that the networks reach (docs/performance.md).
  private static let share = 0.7

  private static func seconds(_ features: Double, _ embeddings: Double) -> SliceSeconds {
    let speed = share * 1e9 * LibrarySpeed.sgemm(side: 1024, repeats: 3)
    return SliceSeconds(features: features / speed, embeddings: embeddings / speed)
  }
}

private func fileBytes(_ path: String) -> Int? {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : nil
}

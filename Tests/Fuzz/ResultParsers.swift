import Cryo
import Files
import FoundationEssentials
import Points
import Runs
import Volumes

/// The readers of this program's own results, which anybody may have written.
let resultParsers: [String: Parser] = [
  "query": { path in
    let origin = QueryOrigin(weights: "w", inputSide: 98, voxelSize: 10)
    for exemplar in try QueryFile.exemplars(path, for: origin) {
      guard exemplar.radius > 0, exemplar.voxels >= 1 else { throw Finding("a particle without a size") }
    }
    _ = try QueryFeature(path)
  },
  "record": { path in
    let record = try JSON(contentsOf: path)
    _ = PipelineParameters.reach(of: record)
    _ = try? RecordedTomogram.path(in: record, of: "/nowhere")
    _ = try PipelineParameters(contrastOf: record).stretch(ResultFolder.tomogram)
  },
  "finds": { path in try ResultFolder.find(path, as: ResultNames.finds) },
  "find-masks": { path in try ResultFolder.find(path, as: ResultNames.findMasks) },
]

/// A copy of the results in `Tests/Data/runs` in which the input takes the place of one.
private enum ResultFolder {
  static let tomogram: Tomogram = {
    let shape = VolumeShape(50, 60, 70)
    let voxels = (0..<shape.count).map { Float($0 % 17) }
    let geometry = Geometry(depth: shape.depth, height: shape.height, width: shape.width)
    guard let tomogram = try? Tomogram(voxels: voxels, geometry: geometry) else {
      preconditionFailure("voxels that are finite make a tomogram")
    }
    return tomogram
  }()

  static func find(_ input: String, as name: String) throws {
    let folder = "\(input).run"
    try Folder.make(folder)
    for other in ["run.json", ResultNames.finds, ResultNames.findMasks] {
      let source = other == name ? input : "Tests/Data/runs/\(other)"
      // Not Foundation's reader: it leaks its buffer when a file is empty, which the sanitizer reports.
      let bytes = try MappedFile(source).withBytes { Array($0) }
      try Data(bytes).write(to: URL(filePath: "\(folder)/\(other)"))
    }
    let run = try RunFolder(updating: folder, names: ResultNames.all(PipelineParameters()))
    let finds = try run.finds(in: tomogram)
    let kinds = [Kind("ribosome", isWanted: true)]
    guard finds.allSatisfy({ kinds.indices.contains($0.kind) }) else { return }
    let judgement = Judgement(finds, of: kinds, reach: [9], by: Cut())
    let instances = InstanceMap(judgement, in: tomogram.shape)
    guard instances.instances.count <= finds.count else { throw Finding("more instances than finds") }
  }
}

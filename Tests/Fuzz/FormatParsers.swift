import Copick
import Evaluation
import Files
import Images
import Points
import Project
import Volumes

/// The parsers of the field's formats.
let formatParsers: [String: Parser] = [
  "mrc": { path in
    let tomogram = try Tomogram(path)
    for axis in Axis.allCases {
      for index in Set([0, tomogram.shape[axis] / 2, tomogram.shape[axis] - 1]) {
        guard tomogram.slice(axis: axis, index: index).allSatisfy(\.isFinite) else {
          throw Finding("a slice holds voxels that are not finite")
        }
      }
    }
    // Their histograms take longer than all else; a sixteenth of the inputs is enough.
    guard tomogram.sha256().hasPrefix("0") else { return }
    let percentiles = tomogram.percentiles([0, 50, 100])
    guard percentiles[0] == Double(tomogram.statistics.minimum),
      percentiles[2] == Double(tomogram.statistics.maximum)
    else { throw Finding("the percentiles 0 and 100 are not the minimum and maximum") }
  },
  "project": { path in
    let project = try Project(try YAML(contentsOf: path), in: "/lab")
    let again = try Project(try YAML(parsing: Array(project.text.utf8)), in: "/lab")
    guard again.text == project.text else { throw Finding("a project is another when it is written") }
  },
  "copick": { path in
    let project = try CopickProject(path)
    for object in project.objects.prefix(3) { _ = try project.object(object.name) }
    _ = try? project.object(nil)
    for run in project.runs().prefix(3) { _ = try? run.tomogram("wbp", at: 10) }
  },
  "points": { path in
    let table = try PointTable(path)
    let geometry = Geometry(depth: 50, height: 60, width: 70, voxelSizeAngstroms: SIMD3(10, 10, 10))
    _ = try? table.labels(ofClass: nil, countingRows: true)
    for kind in table.entries.prefix(3).flatMap(\.classes) {
      guard try !table.ofClass(kind).entries.isEmpty else { throw Finding("a class has no points") }
    }
    for name in table.micrographs.prefix(3) { _ = try? table.points(in: geometry, named: name) }
    _ = try table.points(in: geometry, named: "tomogram.mrc")
  },
  "pick-formats": { path in
    // What can be read as any format can be written as every other.
    let geometry = Geometry(depth: 50, height: 60, width: 70, voxelSizeAngstroms: SIMD3(10, 10, 10))
    var failure: Error?
    for format in PickFormat.allCases {
      do {
        let table = try PointTable(path, as: format)
        let (sheet, _) = try table.picks(table.entries, named: "t", geometry: geometry)
        for format in PickFormat.allCases {
          let files = try format.files([sheet], named: PickNames(main: "t", folder: "."))
          guard !files.files.isEmpty else { throw Finding("nothing was written") }
        }
      } catch let error as Failure { failure = error }
    }
    if let failure { throw failure }
  },
  "tomograms": { path in
    let table = try TiltSeriesTable(path)
    for series in table.series.prefix(10) {
      guard table.series(of: series.name) != nil else { throw Finding("a tilt series is not found") }
      _ = series.geometry?.shape
    }
  },
  "star": { path in
    let star = try STARFile(path)
    for block in star.blocks {
      for row in 0..<block.rowCount {
        for column in block.columns.indices { _ = star.value(block, row: row, column: column) }
        _ = block.line(ofRow: row)
      }
    }
  },
  "npy": { path in
    let array = try NPYFile(path)
    guard array.floats.count == array.count else {
      throw Finding("the elements are not as many as the shape says")
    }
    _ = try? array.uint8Values()
  },
  "png": { path in _ = try PNGFile.read(path) },
]

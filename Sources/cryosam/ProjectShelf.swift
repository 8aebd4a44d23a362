import Cryo
import Files
import Platform
import Project
import Runs
import Viewer
import Volumes

/// The tomograms of a project in the viewer: those that are done with their results, the others alone.
enum ProjectShelf {
  /// - Parameter memoryLimit: bytes for the slices of all that are open.
  /// - Throws: `Failure` if the project cannot be read.
  static func open(_ folder: String, memoryLimit: Int) throws -> Shelf {
    _ = try Project(folder)
    return Shelf(title: Path.name(folder)) {
      ProjectStatus(try Project(folder)).rows.map(Shelf.Item.init)
    } open: { name in
      let project = try Project(folder)
      guard let number = project.subjects.firstIndex(where: { $0.name == name }) else { return nil }
      let (subject, isDone) = (project.subjects[number], project.states()[number].isDone)
      guard isDone else {
        let pictures = Pictures(
          try PipelineParameters().tomogram(subject.path), memoryLimit: memoryLimit / Shelf.mostOpen)
        return try ViewSession(pictures, isListed: true)
      }
      let results = project.results(subject)
      let record = try JSON(contentsOf: "\(results)/run.json")
      try JudgedRun.check(record, of: results)
      let volume = try PipelineParameters(contrastOf: record).tomogram(
        subject.path, name: RecordedTomogram.name(in: record))
      try RecordedTomogram.check(volume.sha256(), of: subject.path, in: record)
      let pictures = Pictures(volume, memoryLimit: memoryLimit / Shelf.mostOpen)
      return try ViewSession(pictures, folder: results, isListed: true)
    }
  }
}

extension Project {
  /// Whether `folder` is that of a project.
  static func isThere(_ folder: String) -> Bool {
    Folder.isFolder(folder) && access("\(folder)/project.yaml", F_OK) == 0
  }
}

extension Shelf.Item {
  fileprivate init(_ row: ProjectStatus.Row) {
    switch row.state {
    case .done: self.init(row.name, .done, picks: row.picks)
    case .failed(let reason): self.init(row.name, .failed(reason))
    case .missing: self.init(row.name, .missing)
    }
  }
}

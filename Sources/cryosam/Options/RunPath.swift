import Files
import Platform

/// The folder of a run, as `pick` and `report` are given it.
enum RunPath {
  /// The folder that `path` names, by itself or by the record in it.
  ///
  /// - Throws: `Failure` if there is no complete run.
  static func folder(_ path: String) throws -> String {
    let folder = Path.name(path) == "run.json" && !Folder.isFolder(path) ? Path.folder(path) : path
    guard access("\(folder)/run.json", F_OK) != 0 else { return folder }
    guard Folder.isFolder(folder) else {
      throw Failure(
        .noInput, path: path,
        access(path, F_OK) == 0 ? "is not the folder of a run" : "there is no such folder",
        remedy: "give the folder that 'cryosam segment' wrote its results to")
    }
    let isUnfinished = access("\(folder)/.unfinished", F_OK) == 0
    throw Failure(
      .noInput, path: path,
      isUnfinished ? "its run is not complete" : "holds no run.json: it is not the folder of a run",
      remedy: isUnfinished
        ? "start the same command again: it goes on where it stopped"
        : "give the folder that 'cryosam segment' wrote its results to")
  }
}

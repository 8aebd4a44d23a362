import ArgumentParser
import Copick
import Cryo
import Files
import Points
import Volumes

/// Where in a copick project results go.
struct CopickTarget {
  let run: CopickRun
  let spacing: Double
  let author: CopickAuthor
  let object: String?

  /// What one kind gives.
  struct Place {
    let kind: String?
    let object: String
    let segmentation: String
    let picks: String
  }

  /// The places of what `kinds` give, by their numbers.
  ///
  /// - Throws: `Failure` if one is of no object of the project's, or is there already and may not be replaced.
  func places(of kinds: [String?], force: Bool) throws -> [Place] {
    if object != nil, kinds.count > 1 {
      throw ValidationError(
        "'--copick-object' is for one kind of particles: name the kinds as the project's objects")
    }
    return try kinds.map { kind in
      let object = try run.project.object(object ?? kind)
      let place = Place(
        kind: kind, object: object, segmentation: run.segmentation(object, at: spacing, by: author),
        picks: run.picks(of: object, by: author))
      try run.checkFree(place.segmentation, force: force)
      if !force { try run.checkFree(place.picks, force: false) }
      return place
    }
  }

  /// Writes a mask and the picks of each kind of `map`.
  ///
  /// - Throws: `Failure` if a file cannot be written, or the tomogram has no voxel size.
  func write(_ map: InstanceMap, of tomogram: Tomogram, to places: [Place]) throws {
    let table = map.pickTable(of: tomogram)
    for (index, place) in places.enumerated() {
      try run.write(to: place.segmentation, geometry: tomogram.geometry) { append in
        try map.forEachSection(ofKind: index + 1, append)
      }
      var names = PickNames(main: Path.name(place.picks), folder: Path.folder(place.picks))
      (names.user, names.session, names.run) = (author.user, author.session, run.name)
      names.object = place.object
      let files = try PickFormat.copick.files([table.ofKind(place.kind).renamed(place.object)], named: names)
      try Folder.make(names.folder)
      for (name, bytes) in files.files { try AtomicFile.write(bytes, to: names.path(name)) }
    }
  }
}

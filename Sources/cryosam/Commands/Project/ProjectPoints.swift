import Cryo
import Files
import Points
import Project
import Volumes

/// The points of every tomogram of a new project, as `segment --point` takes them.
struct ProjectPoints {
  private(set) var points: [[String]]
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - reading: what the user says of the tables.
  ///   - judges: whether points may be of several kinds.
  /// - Throws: `Failure` if a point lies outside, is on no tomogram of the project, or a table cannot be read.
  init(
    _ tables: [String], _ arguments: [NamedPointArgument], named name: String?, in tomograms: [FoundTomogram],
    reading: PointReading, judges: Bool
  ) throws {
    points = tomograms.map { _ in [] }
    let chosen = try Self.chosen(name, among: tomograms)
    for argument in arguments {
      let point = argument.point.point
      if let geometry = tomograms[chosen].geometry, !geometry.contains(x: point.x, y: point.y, z: point.z) {
        throw Failure(
          .usage, path: tomograms[chosen].path,
          "the point \(point.x),\(point.y),\(point.z) lies outside its \(geometry.width) x \(geometry.height) x "
            + "\(geometry.depth) voxels", remedy: "say which tomogram it is in with --tomogram-name")
      }
      points[chosen].append(Self.text(argument.point.name, point))
    }
    for path in tables {
      let table = try PointTable(path).taken(as: reading)
      let isNamed = !table.micrographs.isEmpty
      var count = 0
      for (number, tomogram) in tomograms.enumerated() where isNamed || number == chosen {
        guard let geometry = tomogram.geometry, try table.hasPoints(on: tomogram.tableName) else { continue }
        let (located, remarks) = try table.located(
          in: geometry, named: tomogram.tableName, taken: reading)
        points[number] += located.map { Self.text(judges ? $0.entry.className : nil, $0.point) }
        notes += remarks.map { "\(path): \($0)" }.filter { !notes.contains($0) }
        count += located.count
      }
      guard count > 0 else {
        throw Failure(
          .badData, path: path, "none of its \(table.entries.count) points is on a tomogram of the project",
          remedy: isNamed
            ? "it names \(table.micrographs.prefix(3).joined(separator: ", ")): give those tomograms"
            : "say which tomogram it is of with --tomogram-name")
      }
    }
  }

  /// The number of the tomogram called `name`; the first that can be read if that is nil.
  private static func chosen(_ name: String?, among tomograms: [FoundTomogram]) throws -> Int {
    guard let name else { return tomograms.firstIndex { $0.geometry != nil } ?? 0 }
    let same = tomograms.indices.filter {
      [tomograms[$0].name, tomograms[$0].path, Path.name(tomograms[$0].tableName)].contains(name)
        || tomograms[$0].path == Path.absolute(name)
    }
    guard same.count == 1 else {
      throw Failure(
        .usage, "\(same.isEmpty ? "no tomogram" : "several tomograms") of the project may be '\(name)'",
        remedy: "give one of \(tomograms.prefix(5).map(\.name).joined(separator: ", "))")
    }
    return same[0]
  }

  private static func text(_ kind: String?, _ point: VoxelPoint) -> String {
    let place = [point.x, point.y, point.z].map(Self.number).joined(separator: ",")
    return kind.map { "\($0)=\(place)" } ?? place
  }

  /// 4, not 4.0; all digits of others.
  private static func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }
}

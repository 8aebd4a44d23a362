import Files
import Volumes

extension PointTable {
  /// Whether every line is a JSON object of the data portal: whether the first one is.
  static func looksLikePortal(_ lines: TextLines) -> Bool {
    guard let line = lines.lines.first(where: { !lines.words($0).isEmpty }) else { return false }
    return (try? JSON(parsing: Array(lines.bytes[line]), as: .python))?["location"] != nil
  }

  /// The `.ndjson` of the CryoET Data Portal: an object `{"type": "point", "location": {"x", "y", "z"}}` to a line, in
  /// voxels; `orientedPoint` and `instancePoint` too.
  ///
  /// - Throws: `Failure` that names the line of what is malformed.
  init(portal lines: TextLines) throws {
    var entries: [Entry] = []
    for (index, line) in lines.lines.enumerated() where !lines.words(line).isEmpty {
      guard let point = try? JSON(parsing: Array(lines.bytes[line]), as: .python),
        let place = Self.location(point)
      else {
        throw Failure(
          .badData, "line \(index + 1) is no object with a location x, y, z",
          remedy: "the data portal's .ndjson has one object to a line")
      }
      entries.append(
        Entry(position: place, label: point["instance_id"]?.double.flatMap(Self.label), line: index + 1))
    }
    self.init(format: "NDJSON", units: .voxels, entries: entries)
  }

  /// The place in `location` of a point of the portal or of copick.
  static func location(_ point: JSON) -> SIMD3<Double>? {
    let numbers = ["x", "y", "z"].compactMap { point["location"]?[$0]?.double }.filter(\.isFinite)
    return numbers.count == 3 ? SIMD3(numbers[0], numbers[1], numbers[2]) : nil
  }
}

/// The data portal's points: voxels, an object to a line; `instancePoint`s have the number of their particle.
///
/// Source: the validators of cryoet-data-portal-backend, which refuse what lies outside the centres of the outer voxels.
enum Portal {
  static func files(_ table: PickTable, _ names: PickNames, instances: Bool) -> PickFiles {
    var free = FreeNumbers(table.picks)
    let lines = table.picks.map { pick -> String in
      let place = pick.position
      let location: JSON = ["x": .number(place.x), "y": .number(place.y), "z": .number(place.z)]
      let line: JSON =
        instances
        ? [
          "type": "instancePoint", "location": location, "instance_id": .integer(pick.label ?? free.next()),
        ]
        : ["type": "point", "location": location]
      return line.text + "\n"
    }
    var files = PickFiles(names.main, lines.joined())
    if let outside = table.geometry?.countOutsideCentres(table.picks), outside > 0 {
      files.notes = [
        "\(outside) points lie beyond the centres of the outer voxels, where the data portal's checks refuse them"
      ]
    }
    return files
  }
}

/// Numbers from 1 that no pick has.
private struct FreeNumbers {
  private let taken: Set<Int>
  private var last = 0

  init(_ picks: [Pick]) { taken = Set(picks.compactMap(\.label)) }

  mutating func next() -> Int {
    repeat { last += 1 } while taken.contains(last)
    return last
  }
}

extension Geometry {
  fileprivate func countOutsideCentres(_ picks: [Pick]) -> Int {
    let last = SIMD3(Double(width - 1), Double(height - 1), Double(depth - 1))
    return picks.count { $0.position.position.min() < 0 || ($0.position.position - last).max() > 0 }
  }
}

import Files

/// Tables of picks as the files of one format.
public struct PickFiles: Sendable {
  /// One of them; its name may have folders.
  public typealias File = (name: String, bytes: [UInt8])

  /// The first is the table itself.
  public internal(set) var files: [File]
  /// What the format cannot hold, and what was made of it.
  public internal(set) var notes: [String] = []

  init(_ name: String, _ text: String) { files = [(name, Array(text.utf8))] }

  init(_ name: String, bytes: [UInt8]) { files = [(name, bytes)] }

  mutating func add(_ name: String, _ text: String) { files.append((name, Array(text.utf8))) }
}

/// What files of picks are called, and what they call others.
public struct PickNames: Sendable {
  /// The table's file.
  public var main: String
  /// The folder that it is written to, as other programs will see it.
  public var folder: String
  /// copick's names: who made the picks, in which session, of which object where kinds have no names, and the run if it
  /// is not called as the tomogram is.
  public var (user, session, object) = ("cryosam", "0", "particle")
  public var run: String?

  public init(main: String, folder: String) { (self.main, self.folder) = (main, folder) }

  /// The path of the file `name` in the folder.
  public func path(_ name: String) -> String { folder == "." ? name : "\(folder)/\(name)" }
}

extension PickFormat {
  /// `tables`, each of another tomogram, as files.
  ///
  /// - Parameter tables: one, unless the format holds several.
  /// - Throws: `Failure` if what the format needs of a tomogram is not known.
  public func files(_ tables: [PickTable], named names: PickNames) throws -> PickFiles {
    precondition(holdsSeveralTomograms || tables.count == 1)
    for table in tables { try check(table) }
    var files =
      switch self {
      case .star: PickFiles(names.main, STAR.text(tables))
      case .csv: PickFiles(names.main, CSVPicks.text(tables))
      case .txt: PickFiles(names.main, tables[0].plainText)
      case .relion4: RELION4.files(tables, names)
      case .relion5: RELION5.files(tables, names)
      case .warp: Warp.files(tables, names, normalized: false)
      case .warpNormalized: Warp.files(tables, names, normalized: true)
      case .copick: CopickPicks.files(tables[0], names)
      case .ndjson: Portal.files(tables[0], names, instances: false)
      case .ndjsonInstances: Portal.files(tables[0], names, instances: true)
      case .imod: PickFiles(names.main, bytes: IMODModel.bytes(tables[0]))
      case .imodText: PickFiles(names.main, IMODText.text(tables[0]))
      case .dynamo: Dynamo.files(tables, names)
      case .eman2: PickFiles(names.main, EMAN2.text(tables[0]))
      case .chimerax: PickFiles(names.main, ChimeraX.text(tables[0]))
      }
    if tables.haveKinds, !holdsKinds { files.notes.append("\(rawValue) has no classes: they are left out") }
    return files
  }

  /// Whether it tells kinds of particles apart.
  private var holdsKinds: Bool {
    switch self {
    case .txt, .ndjson, .ndjsonInstances: false
    default: true
    }
  }
}

/// Numbers for the kinds of picks, from 1, where a format has no names: names that are such numbers stay what they are.
struct KindNumbers {
  private let numbers: [String?: Int]
  /// What number is which kind.
  let notes: [String]

  init(_ tables: [PickTable]) {
    let kinds = tables.kinds
    let given = kinds.map { $0.flatMap { Int($0) } ?? 0 }
    let areNumbers = given.allSatisfy { $0 > 0 }
    numbers = Dictionary(
      kinds.enumerated().map { ($1, areNumbers ? given[$0] : $0 + 1) }
    ) { first, _ in first }
    notes =
      areNumbers || !tables.haveKinds
      ? []
      : [
        "classes are numbers: "
          + kinds.enumerated().map { "\($0 + 1) is \($1 ?? "none")" }.joined(separator: ", ")
      ]
  }

  subscript(_ kind: String?) -> Int { numbers[kind] ?? 1 }
}

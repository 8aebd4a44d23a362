import Files
import Platform

/// The finished runs of a study: a file for each, named after its parameters, written whole or not at all.
struct StudyFiles: Sendable {
  let folder: String

  /// Makes `folder`, and removes what killed studies left half-written.
  init(_ folder: String) throws {
    self.folder = folder
    try Folder.make(folder)
    AtomicFile.sweep(folder)
  }

  /// `text` as a part of a file's name: letters, digits, points, hyphens; everything else is an underscore.
  static func slug(_ text: String) -> String {
    let kept = text.unicodeScalars.prefix(80).map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "-": Character(scalar)
      default: "_"
      }
    }
    return kept.first == "." ? "_" + String(kept.dropFirst()) : String(kept)
  }

  /// The path of what has the key `key`: `NAME-` and 16 digits of the key's SHA-256.
  func path(_ name: String, _ key: JSON) -> String {
    let digest = Array(key.text.utf8).withUnsafeBytes { SHA256.hexDigest(of: $0) }
    return "\(folder)/\(name)-\(digest.prefix(16)).json"
  }

  /// The name of a run, without the digest.
  static func name(_ run: StudyRun, _ subject: StudyConfiguration.Subject) -> String {
    let method = run.method
    return [
      slug(subject.name), slug(run.annotation.description.replacing("%", with: "")), "set\(run.set)",
      method.features.rawValue, method.matching.rawValue, "k\(method.topKText)", method.profile.rawValue,
    ].joined(separator: "-")
  }

  /// What is stored under `name` and `key`; nil if there is nothing, or something else.
  func load(_ name: String, _ key: JSON) -> JSON? {
    let path = path(name, key)
    guard access(path, F_OK) == 0, let json = try? JSON(contentsOf: path), json["key"] == key else {
      return nil
    }
    return json["result"]
  }

  func save(_ result: JSON, _ name: String, _ key: JSON) throws {
    let text = (["key": key, "result": result] as JSON).prettyText
    try AtomicFile.write(Array(text.utf8), to: path(name, key))
  }
}

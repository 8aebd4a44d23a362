import Files

extension Project.Subject {
  private static let endings = [".gz", ".bz2", ".mrc", ".map", ".rec", ".st", ".ali", ".zarr"]

  /// The name of the file at `path` without its ending, as a name of results.
  static func name(of path: String) -> String { slug(Path.stem(path, without: endings)) }

  /// Whether `text` can be a name.
  static func isName(_ text: String) -> Bool { !text.isEmpty && slug(text) == text }

  /// `text` in letters, digits, hyphens, points and underscores; not as hidden files are called.
  private static func slug(_ text: String) -> String {
    let kept = text.unicodeScalars.prefix(120).map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": Character(scalar)
      default: "_"
      }
    }
    return kept.first == "." || kept.isEmpty ? "_" + String(kept.dropFirst()) : String(kept)
  }

  /// A name for each of `paths`, no two alike: the file's, else its folder's before it, else a number behind it.
  public static func names(of paths: [String]) -> [String] {
    let plain = paths.map(name)
    func count(_ name: String, in names: [String]) -> Int {
      names.count { $0.lowercased() == name.lowercased() }
    }
    let named = zip(paths, plain).map { path, name in
      count(name, in: plain) == 1 ? name : slug("\(Path.name(Path.folder(path)))-\(name)")
    }
    var seen = Set<String>()
    return named.map { name in
      var (unique, number) = (name, 2)
      while !seen.insert(unique.lowercased()).inserted {
        (unique, number) = ("\(name)-\(number)", number + 1)
      }
      return unique
    }
  }
}

import ArgumentParser
import Platform

/// A command line that names no subcommand where one belongs.
struct UnknownCommand {
  /// The word in its place.
  let word: String
  /// The commands before it: `cryosam weights`.
  let path: String
  /// The subcommand that it seems to mean.
  let meant: String?

  /// Nil: `arguments` name a subcommand of `root`, or begin with an option.
  init?(_ arguments: [String], of root: any ParsableCommand.Type) {
    var (command, path) = (root, root._commandName)
    for argument in arguments {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return nil }
      guard let next = subcommands.first(where: { $0._commandName == argument }) else {
        word = argument
        self.path = path
        meant = Self.nearest(to: argument, of: subcommands.map { $0._commandName })
        return
      }
      (command, path) = (next, "\(path) \(argument)")
    }
    return nil
  }

  /// What is wrong, for the user.
  var message: String {
    if let meant { return "There is no command '\(word)', did you mean '\(path) \(meant)'" }
    if access(word, F_OK) == 0 { return "There is no command before '\(word)', did you mean '\(path) info'" }
    return "Unexpected argument '\(word)'"
  }

  /// The name of `names` that `word` is nearest to: begun or gone beyond, or mistyped in a letter of three.
  static func nearest(to word: String, of names: [String]) -> String? {
    let word = word.lowercased()
    let begun = names.filter { word.count > 2 && $0.hasPrefix(word) || word.hasPrefix($0) }
    if begun.count == 1 { return begun[0] }
    let distances = names.map { (name: $0, distance: distance(word, $0)) }
    guard let best = distances.min(by: { $0.distance < $1.distance }),
      best.distance <= max(word.count, best.name.count) / 3
    else { return nil }
    return best.name
  }

  /// Letters that must be put in, left out, replaced or exchanged with their neighbour to make one word of the other.
  static func distance(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one), Array(other))
    var rows = [Array(0...other.count)]
    for i in 1..<one.count + 1 {
      var row = [i]
      for j in 1..<other.count + 1 {
        let same = one[i - 1] == other[j - 1]
        var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (same ? 0 : 1))
        if i > 1, j > 1, one[i - 1] == other[j - 2], one[i - 2] == other[j - 1] {
          least = min(least, rows[i - 2][j - 2] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[one.count][other.count]
  }
}

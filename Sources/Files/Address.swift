/// Addresses of the network, which may hold passwords and keys: those are neither shown nor stored.
public enum Address {
  /// `address` without user and password, and without its query and its fragment: `https://host/file?...` of
  /// `https://me:secret@host/file?key=secret`.
  public static func withoutSecrets(_ address: some StringProtocol) -> String {
    let start = address.firstRange(of: "://")?.upperBound ?? address.startIndex
    let named = address[start...].prefix { !"?#".contains($0) }
    let hidden = named.endIndex < address.endIndex ? "\(address[named.endIndex])..." : ""
    return "\(address[..<start])\(withoutUser(named))\(hidden)"
  }

  /// `host/file` of `me:secret@host/file`.
  private static func withoutUser(_ named: some StringProtocol) -> String {
    let authority = named.prefix { !"/\\".contains($0) }
    // A password may hold an @ or a slash itself; then what stands before the slash has no number of a port.
    let port = authority.split(separator: ":", omittingEmptySubsequences: false).dropFirst().last ?? ""
    let isWhole = authority.contains("@") || authority.hasSuffix("]") || port.allSatisfy(\.isNumber)
    guard let at = (isWhole ? authority.lastIndex(of: "@") : named.lastIndex(of: "@")) else {
      return String(named)
    }
    return String(named[named.index(after: at)...])
  }

  /// `text` with every address in it as `withoutSecrets` has it: each word with `://` in it, as far as a blank or a
  /// quotation mark, without the colon or the like that follows.
  public static func hidingSecrets(in text: String) -> String {
    guard text.contains("://") else { return text }
    var (result, word) = ("", "")
    func end() {
      let address = word.prefix(word.count - word.reversed().prefix { ":;,)".contains($0) }.count)
      result += word.contains("://") ? withoutSecrets(address) + word[address.endIndex...] : word
      word = ""
    }
    for character in text {
      if character.isWhitespace || "'\"<>".contains(character) {
        end()
        result.append(character)
      } else {
        word.append(character)
      }
    }
    end()
    return result
  }
}

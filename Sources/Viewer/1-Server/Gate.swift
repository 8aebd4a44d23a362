/// Who is answered: only one who has the token, asks this machine by its own name, and is no other page.
public struct Gate: Sendable {
  /// The first part of every path.
  public let token: String

  public init(token: String) { self.token = token }

  /// A token that nobody guesses: 128 random bits.
  public static func random() -> Gate {
    var token = ""
    for _ in 0..<2 {
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      token += String(repeating: "0", count: 16 - digits.count) + digits
    }
    return Gate(token: token)
  }

  /// The names of this machine to itself. The port may be another where it is forwarded.
  private static let names = ["127.0.0.1", "localhost", "[::1]"]

  /// The path of `request` behind the token, without the slash.
  ///
  /// - Throws: `Refusal` to who is not answered.
  public func path(of request: Request) throws(Refusal) -> String {
    guard let host = request.fields["host"], Self.isThisMachine(host),
      request.fields["origin"].map({ $0 == "http://\(host)" }) ?? true,
      request.fields["sec-fetch-site"].map({ $0 == "same-origin" || $0 == "none" }) ?? true
    else { throw .foreign }
    let parts = request.path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, isToken(parts[1]) else { throw .foreign }
    guard request.method == "GET" || request.method == "POST" else { throw .malformed }
    return String(parts[2])
  }

  private static func isThisMachine(_ host: String) -> Bool {
    names.contains { name in
      guard host.hasPrefix(name) else { return false }
      let rest = host.dropFirst(name.count)
      return rest.isEmpty
        || (rest.first == ":" && rest.count > 1 && rest.count <= 6
          && rest.dropFirst().allSatisfy { ("0"..."9").contains($0) })
    }
  }

  /// Takes as long for every text of the token's length.
  private func isToken(_ text: Substring) -> Bool {
    guard text.utf8.count == token.utf8.count else { return false }
    return zip(text.utf8, token.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

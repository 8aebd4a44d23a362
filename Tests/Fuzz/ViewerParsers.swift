import Files
import Viewer

/// What a browser sends, and the journal of what it did.
let viewerParsers: [String: Parser] = [
  "request": { path in
    let bytes = try MappedFile(path).withBytes { Array($0) }
    guard let request = try? Request(head: bytes) else { return }
    _ = try? request.bodyLength()
    _ = try? Gate(token: "0123456789abcdef").path(of: request)
    for name in ["at", "slab"] { _ = request.value(name) }
  },
  "journal": { path in
    let entries = try Journal.entries(try MappedFile(path).withBytes { Array($0) })
    _ = Decisions(entries)
    for entry in entries {
      guard Entry(entry.json) == entry else { throw Finding("an entry does not survive a round trip") }
    }
  },
]

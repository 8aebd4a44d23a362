import Files
import Viewer
import Volumes

/// What a browser sends, and the journal of what it did.
let viewerParsers: [String: Parser] = [
  "request": { path in
    let bytes = try MappedFile(path).withBytes { Array($0) }
    guard let request = try? Request(head: bytes) else { return }
    _ = try? request.bodyLength()
    _ = try? Gate(token: "0123456789abcdef").path(of: request)
    for name in ["at", "slab"] { _ = request.value(name) }
  },
  "box": { path in
    let bytes = try MappedFile(path).withBytes { Array($0) }
    let shape = VolumeShape(8, 16, 24)
    guard let json = try? JSON(parsing: bytes), let box = SliceBox(json, in: shape) else { return }
    let (rows, columns) = shape.plane(box.axis)
    guard box.rows.lowerBound >= 0, box.rows.upperBound < Double(rows), box.columns.lowerBound >= 0,
      box.columns.upperBound < Double(columns)
    else { throw Finding("a box reaches out of its slice") }
  },
  "journal": { path in
    let entries = try Journal.entries(try MappedFile(path).withBytes { Array($0) })
    _ = Decisions(entries)
    for entry in entries {
      guard Entry(entry.json) == entry else { throw Finding("an entry does not survive a round trip") }
    }
  },
]

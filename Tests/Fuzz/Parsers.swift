import Checkpoints
import Files
import NN

/// Reads the file at a path as one format. May throw `Failure`; anything else that goes wrong is a finding.
typealias Parser = @Sendable (_ path: String) throws -> Void

/// The parsers by the names they have on the command line.
let parsers: [String: Parser] = [
  "json": { path in
    let json = try JSON(contentsOf: path)
    // What was read and is written must read the same.
    guard try JSON(parsing: json.text) == json, try JSON(parsing: json.prettyText) == json else {
      throw Finding("JSON does not survive a round trip")
    }
  },
  "yaml": { path in
    var left = [try YAML(contentsOf: path)]
    while let yaml = left.popLast() {
      guard yaml.line >= 1 else { throw Finding("a value without a line") }
      switch yaml.content {
      case .nothing, .scalar: break
      case .list(let items): left += items
      case .map(let members):
        guard Set(members.map(\.key)).count == members.count else { throw Finding("a key occurs twice") }
        left += members.map(\.value)
      }
    }
  },
  "safetensors": { path in
    let file = try SafetensorsFile(path)
    for name in file.names { _ = try? file.floats(name) }
    _ = try? file.family()
  },
  "pickle": { path in
    _ = try PickleReader.read(try MappedFile(path).withBytes { Array($0) })
  },
  "checkpoint": { path in
    let checkpoint = try Checkpoint([path])
    let conversion = try Conversion(checkpoint, heads: 1)
    for source in conversion.parameters.flatMap(\.sources) { _ = try source.floats() }
  },
]

/// Something that a parser must not do.
struct Finding: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

import ArgumentParser
import Checkpoints
import CommandLineKit
import Files
import Platform

/// `cryosam weights`: the published checkpoints.
struct WeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights",
    abstract: "List, fetch and verify the published checkpoints.",
    discussion: """
      EXAMPLES
        cryosam weights list
        cryosam weights fetch sam_vit_h
        cryosam weights verify ~/.local/share/cryosam/sam_vit_h.safetensors
      """,
    subcommands: [WeightsList.self, WeightsFetch.self, WeightsVerify.self])
}

/// `cryosam weights list`.
struct WeightsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the published checkpoints: source, what to check them by, and whether they are here.",
    discussion: """
      MD5 digits stand in the published file's name. SHA-256: reported by others who check their downloads by it. \
      Structure: nothing is known to check the bytes by; the conversion checks that every tensor of the named model is \
      there, in its shape, and nothing else.

      EXAMPLES
        cryosam weights list
        cryosam weights list --directory /data/weights --json
      """)

  @OptionGroup var folder: WeightsFolder
  @OptionGroup var output: JSONOption

  func run() throws {
    let folder = try folder.path()
    let checkpoints = OfficialCheckpoint.all
    let demo = ["demo-sam", "demo-dinov2"].map { "Weights/\($0).safetensors" }.filter(Self.isFile)
    if output.json {
      Output.json(
        .members([
          "directory": .string(folder),
          "checkpoints": .array(checkpoints.map { Self.json($0, in: folder) }),
          "demo": .array(demo.map { .string($0) }),
        ]))
      return
    }
    let rows = [["name", "checked by", "here", "source"]] + checkpoints.map { Self.row($0, in: folder) }
    Output.line(alignedTable(rows))
    Output.line("folder: \(folder)")
    for path in demo { Output.line("for demonstrations, in this folder: \(path)") }
  }

  private static func row(_ checkpoint: OfficialCheckpoint, in folder: String) -> [String] {
    var checks: [String] = []
    if let start = checkpoint.publishedMD5Start { checks.append("MD5 \(start)...") }
    if checkpoint.reportedSHA256 != nil { checks.append("SHA-256") }
    checks.append("structure")
    return [
      checkpoint.name, checks.joined(separator: ", "), present(checkpoint, in: folder) == nil ? "-" : "yes",
      checkpoint.url,
    ]
  }

  private static func json(_ checkpoint: OfficialCheckpoint, in folder: String) -> JSON {
    .members([
      "name": .string(checkpoint.name), "url": .string(checkpoint.url),
      "file": .string(checkpoint.fileName),
      "published_md5_start": checkpoint.publishedMD5Start.map { .string($0) } ?? .null,
      "reported_sha256": checkpoint.reportedSHA256.map { .string($0) } ?? .null,
      "present": present(checkpoint, in: folder).map { .string($0) } ?? .null,
    ])
  }

  private static func present(_ checkpoint: OfficialCheckpoint, in folder: String) -> String? {
    let path = "\(folder)/\(checkpoint.name).safetensors"
    return isFile(path) ? path : nil
  }

  private static func isFile(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

import ArgumentParser
import Checkpoints
import CommandLineKit
import Files

/// `cryosam weights verify`.
struct WeightsVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare a weights file with what is published and recorded about it.",
    discussion: """
      FILE is a checkpoint (.pth), a converted file (.safetensors), or a list of checksums (.sha256) as sha256sum \
      writes it, whose files are compared with it. The exit code is 65 if anything differs.

      EXAMPLES
        cryosam weights verify sam_vit_h_4b8939.pth
        cryosam weights verify ~/.local/share/cryosam/sam_vit_h.safetensors --json
        cryosam weights verify ~/.local/share/cryosam/sam_vit_h.safetensors.sha256
      """)

  @Argument(help: "The file.")
  var file: String

  @Option(help: "Attention heads of a DINO encoder whose width is not that of a published model.")
  var heads: Int?

  @Flag(help: "Show no progress.")
  var quiet = false

  @OptionGroup var output: JSONOption

  func run() throws {
    let results: [CheckpointCheck]
    if file.hasSuffix(ChecksumFile.suffix) {
      let list = try ChecksumFile(file)
      results = try list.lines.map { line in
        try check(Path.beside(file, line.name), recorded: line.sha256)
      }
    } else {
      results = [try check(file)]
    }
    if output.json {
      let values = results.map(Self.json)
      Output.json(file.hasSuffix(ChecksumFile.suffix) ? .array(values) : values[0])
    } else {
      Output.line(results.map(Self.text).joined(separator: "\n\n"))
    }
    for result in results {
      guard let fault = result.faults.first else { continue }
      throw Failure(
        .badData, path: result.path, "\(fault.name): \(fault.text)", remedy: "obtain it again and compare")
    }
  }

  private func check(_ path: String, recorded: String? = nil) throws -> CheckpointCheck {
    let counter = ByteProgress("reading", quiet: quiet)
    defer { counter.finish() }
    counter.start(total: try ByteProgress.size(of: path))
    return try CheckpointCheck(path, heads: heads, recorded: recorded.map { (file, $0) }) {
      counter.advance($0)
    }
  }

  private static func text(_ check: CheckpointCheck) -> String {
    var rows = [("file", check.path), ("SHA-256", check.digests.sha256)]
    rows.append(("name", check.official?.name ?? "none of the published checkpoints"))
    if let summary = check.summary { rows.append(("model", summary)) }
    for item in check.items {
      rows.append(
        (item.name, item.verdict == .unknown ? "-: \(item.text)" : "\(item.verdict.rawValue): \(item.text)"))
    }
    return alignedTable(rows.map { [$0.0, $0.1] })
  }

  private static func json(_ check: CheckpointCheck) -> JSON {
    .members([
      "file": .string(check.path), "sha256": .string(check.digests.sha256),
      "name": check.official.map { .string($0.name) } ?? .null,
      "model": check.summary.map { .string($0) } ?? .null,
      "agrees": .bool(check.faults.isEmpty),
      "checks": .array(
        check.items.map {
          .members([
            "check": .string($0.name), "verdict": .string($0.verdict.rawValue), "text": .string($0.text),
          ])
        }),
    ])
  }
}

import Checkpoints
import CommandLineKit
import Files
import NN
import Platform

/// What becomes of a complete checkpoint: compared with what is published, converted, its checksum recorded.
struct FetchedConversion {
  /// What the checkpoint is called where it comes from.
  let name: String
  let url: String
  let folder: String
  /// The weights file to write.
  let target: String
  let official: OfficialCheckpoint?
  let command: WeightsFetch

  /// Whether the weights that are there were made by a fetch of this checkpoint that did not come to its end.
  var isUnfinished: Bool {
    access(target + ChecksumFile.suffix, F_OK) != 0
      && (try? SafetensorsFile(target))?.metadata["cryosam.source_url"] == url
  }

  /// - Parameter path: the checkpoint.
  /// - Throws: `Failure` of kind `badData` if the checkpoint is not what it should be.
  func run(_ path: String) throws {
    try check(path)
    let conversion = try Conversion(Checkpoint([path]), heads: command.heads)
    if let item = official?.checkModel(conversion) { try report(item, of: path) }
    let progress = ByteProgress("converting", quiet: command.quiet)
    progress.start(total: conversion.workload)
    // A record of an older file must not stand beside the new one.
    unlink(target + ChecksumFile.suffix)
    try conversion.write(
      to: target, as: command.dtype, tool: "cryosam \(Version.current)", source: (name, url)
    ) { progress.advance($0) }
    progress.finish()
    try ChecksumFile.write(FileDigests(ofFile: target).sha256, of: target)
    for note in conversion.notes { Output.note(note, quiet: command.quiet) }
    Output.note("\(target): \(conversion.summary)", quiet: command.quiet)
  }

  /// Compares the checkpoint's digests with those that are published, reported or asked for.
  private func check(_ path: String) throws {
    let progress = ByteProgress("checking", quiet: command.quiet)
    progress.start(total: try ByteProgress.size(of: path))
    let digests = try FileDigests(ofFile: path) { progress.advance($0) }
    progress.finish()
    Output.note("\(name): SHA-256 \(digests.sha256)", quiet: command.quiet)
    if let wanted = command.sha256, wanted.lowercased() != digests.sha256 {
      throw refusal(of: path, "--sha256 asks for \(wanted.lowercased()), the file has \(digests.sha256)")
    }
    guard let official else { return }
    try report(official.checkMD5(digests), of: path)
    try report(official.checkSHA256(digests.sha256, ofSource: false), of: path)
  }

  private func report(_ item: CheckpointCheck.Item, of path: String) throws {
    guard item.verdict != .differs else { throw refusal(of: path, "\(item.name): \(item.text)") }
    Output.note("\(item.name): \(item.verdict == .agrees ? "agrees" : item.text)", quiet: command.quiet)
  }

  private func refusal(of path: String, _ reason: String) -> Failure {
    let here = path.hasSuffix(".partial") ? "it was removed; fetch it again" : "replace it, or use --force"
    return Failure(.badData, path: path, reason, remedy: here)
  }
}

import ArgumentParser
import Checkpoints
import CommandLineKit
import Files
import Images
import Volumes

/// `cryosam info`: what a file holds.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a file holds: a tomogram, a table of points, weights, an image, an array or a run.",
    discussion: """
      Reads MRC (also gzip or bzip2), OME-Zarr folders, STAR, CSV and text tables of points, safetensors, PyTorch checkpoints (.pth,
      .pt, .bin), PNG and NPY, and checks each as strictly as the other commands do.

      EXAMPLES
        cryosam info tomogram.mrc
        cryosam info picks.star --json
        cryosam info sam_vit_h_4b8939.pth
        cryosam info result
      """)

  @Argument(help: "The file, or the folder of a run, of tomograms or of an OME-Zarr volume.")
  var file: String

  @OptionGroup var output: JSONOption

  func run() throws {
    let report = try FileReport(file)
    if output.json { Output.json(report.json) } else { Output.line(report.text) }
  }
}

/// The facts about a file, for people and as JSON.
struct FileReport {
  struct Fact {
    let label: String
    let text: String
    let key: String
    let value: JSON
  }

  private(set) var facts: [Fact] = []
  /// Lines after the facts: tables of tensors, notes.
  private(set) var details: [String] = []

  /// Reads the file at `path`, whatever it is.
  init(_ path: String) throws {
    if OMEZarr.isOne(path) {
      try describeTomogram(path)
    } else if Folder.isFolder(path) {
      try describeFolder(path)
    } else if let record = Self.record(path) {
      describeRun(record, at: path)
    } else {
      try describeFile(path)
    }
  }

  private mutating func describeFile(_ path: String) throws {
    switch try FileKind(path) {
    case .mrc: try describeTomogram(path)
    case .points: try describePoints(path)
    case .safetensors: try describeSafetensors(path)
    case .checkpoint: try describeCheckpoint(path)
    case .png:
      let image = try PNGFile.read(path)
      add("format", "PNG image")
      add(
        "size", "\(image.width) x \(image.height) pixels", "shape",
        [.integer(image.height), .integer(image.width)])
    case .npy:
      let array = try NPYFile(path)
      add("format", "NPY array")
      add("shape", "\(array.shape)", "shape", .array(array.shape.map { .integer($0) }))
      add("elements", array.element.name)
    }
  }

  var text: String {
    let lines = [alignedTable(facts.map { [$0.label, $0.text] })]
    return (lines + details).joined(separator: "\n")
  }

  var json: JSON {
    var object = JSON.Object()
    for fact in facts { object.append(fact.key, fact.value) }
    return .object(object)
  }

  mutating func add(_ label: String, _ text: String, _ key: String? = nil, _ value: JSON? = nil) {
    facts.append(Fact(label: label, text: text, key: key ?? label, value: value ?? .string(text)))
  }

  mutating func add(details lines: [String]) { details += lines.map(\.printableLine) }

  mutating func add(notes: [String]) {
    add(details: notes.map { "note: \($0)" })
    facts.append(
      Fact(label: "notes", text: "\(notes.count)", key: "notes", value: .array(notes.map { .string($0) })))
  }
}

/// What a file is, by its first bytes and, where they do not tell, its name.
enum FileKind {
  case mrc
  case points
  case safetensors
  case checkpoint
  case png
  case npy

  init(_ path: String) throws {
    let bytes = try MappedFile(path).withBytes { Array($0.prefix(4096)) }
    let signature = FileSignature(bytes)
    switch signature {
    case .png: self = .png
    case .npy: self = .npy
    case .safetensors: self = .safetensors
    case .zip, .pickle: self = .checkpoint
    case .mrc, .gzip, .bzip2: self = .mrc
    default:
      if Path.ends(path, in: ".safetensors") {
        self = .safetensors
      } else if Path.ends(path, in: ".pth", ".pt", ".bin", ".ckpt") {
        self = .checkpoint
      } else if Path.ends(path, in: ".mrc", ".map", ".rec", ".st", ".ali", ".mrcs") {
        self = .mrc
      } else if Path.ends(path, in: ".star", ".csv", ".txt", ".xyz", ".coords") || Self.isText(bytes)
        || bytes.starts(with: Array("IMODV".utf8))
      {
        self = .points
      } else {
        throw Failure(
          .badData, path: path, signature.description ?? "is of no kind that is known here",
          remedy: "MRC, STAR, CSV, text, safetensors, .pth, PNG and NPY files are read")
      }
    }
  }

  /// Printable ASCII, blanks and bytes of UTF-8, and something at all.
  private static func isText(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 || $0 == 10 || $0 == 13 }
  }
}

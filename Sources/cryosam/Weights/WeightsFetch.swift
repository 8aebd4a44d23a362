import ArgumentParser
import Checkpoints
import CommandLineKit
import Downloads
import Files
import Platform

extension WeightElement: ExpressibleByArgument {}

/// `cryosam weights fetch`.
struct WeightsFetch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Download a published checkpoint, check it and convert it.",
    discussion: """
      NAME is one of 'cryosam weights list'; with --url any name for a checkpoint of your own. The result is \
      NAME.safetensors in the folder of the weights, whose path is printed, with its SHA-256 beside it in \
      NAME.safetensors.sha256. Interrupted at any time, the same command goes on where it stopped.

      Proxies are taken from http_proxy, https_proxy, all_proxy and no_proxy. Without a network, download the file \
      elsewhere, put it into the folder and run the command: a file that is there is not downloaded.

      EXAMPLES
        cryosam weights fetch sam_vit_h
        cryosam weights fetch dinov2_vitl14_reg --directory /data/weights --keep
        cryosam weights fetch sam_vit_b --url https://mirror.example.org/sam_vit_b_01ec64.pth
      """)

  @Argument(help: "The checkpoint's name.")
  var name: String

  @Option(help: "Download from this address instead of the published one.")
  var url: String?

  @OptionGroup var folder: WeightsFolder

  @Option(help: "Type in which the weights are stored: f32, f16 or bf16. Arithmetic is float32 in any case.")
  var dtype = WeightElement.f32

  @Option(help: "Attention heads of a DINO encoder whose width is not that of a published model.")
  var heads: Int?

  @Option(help: ArgumentHelp("Refuse the download if its SHA-256 is another.", valueName: "hex"))
  var sha256: String?

  @Option(
    help: ArgumentHelp(
      "Attempts in a row that may bring nothing when a connection breaks.", default: 5, valueName: "n"),
    transform: within(0...Int.max))
  var retries = 5

  @Flag(help: "Keep the downloaded checkpoint too.")
  var keep = false

  @Flag(help: "Fetch it again and overwrite what is there.")
  var force = false

  @Flag(help: "Show no progress and no notes.")
  var quiet = false

  func validate() throws {
    let letters = name.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard letters, !name.hasPrefix("."), !name.isEmpty else {
      throw ValidationError("The name '\(name)' may have letters, digits, '.', '_' and '-' only")
    }
    guard url != nil || OfficialCheckpoint.named(name) != nil else {
      throw ValidationError(
        "There is no published checkpoint '\(name)': see 'cryosam weights list', or give an address with --url"
      )
    }
    if let sha256, sha256.count != 64 || !sha256.allSatisfy(\.isHexDigit) {
      throw ValidationError("'--sha256' must be 64 hexadecimal digits")
    }
  }

  func run() throws {
    let official = OfficialCheckpoint.named(name)
    let address = url ?? official?.url ?? ""
    let folder = try folder.make()
    let target = "\(folder)/\(official?.name ?? name).safetensors"
    let safetensors = OfficialCheckpoint.fileName(ofURL: address).hasSuffix(".safetensors")
    let file = official?.fileName ?? "\(name).\(safetensors ? "original.safetensors" : "pth")"
    let conversion = FetchedConversion(
      name: file, url: Address.withoutSecrets(address), folder: folder, target: target, official: official,
      command: self)
    let path = "\(folder)/\(file)"
    // The checksum is written last, and the download goes then: while that is there, what a killed run converted is
    // unfinished. Weights that have a checksum, or that no download became, are the user's.
    let isUnfinished = access("\(path).partial", F_OK) == 0 && conversion.isUnfinished
    guard force || isUnfinished || access(target, F_OK) != 0 else {
      throw Failure(.cannotCreate, path: target, "exists already", remedy: "use --force to fetch it again")
    }
    if !force, access(path, F_OK) == 0 {
      Output.note("\(path) is there and not downloaded", quiet: quiet)
      try conversion.run(path)
    } else {
      let download = Download(
        address, to: path, retries: retries,
        byHand:
          "without a network, download it elsewhere, put it into \(folder) as \(file) and run this again")
      let display = DownloadDisplay(quiet: quiet)
      let use = { (complete: String) in
        display.finish()
        try conversion.run(complete)
        if keep { try ChecksumFile.write(FileDigests(ofFile: complete).sha256, of: path) }
      }
      Signals.endCleanly(goingOn: true)
      try download.run(keeping: keep, progress: display.show, use: use)
    }
    Output.line(target)
  }
}

/// Shows a download's progress.
private final class DownloadDisplay {
  private let bytes: ByteProgress
  private let quiet: Bool

  init(quiet: Bool) {
    bytes = ByteProgress("downloading", quiet: quiet)
    self.quiet = quiet
  }

  func show(_ event: Download.Event) {
    switch event {
    case .started(let total, let present):
      if present > 0 { Output.note("going on after \(present) bytes", quiet: quiet) }
      if let total { bytes.start(total: total, present: present) }
    case .received(let count): bytes.advance(count)
    case .retrying(let reason, let seconds):
      bytes.finish()
      Output.note("\(reason); trying again in \(seconds) s", quiet: quiet)
    }
  }

  func finish() { bytes.finish() }
}

import ArgumentParser
import CommandLineKit
import Cryo
import Files
import FoundationEssentials
import Platform
import Project
import Runs
import Viewer
import Volumes

/// `cryosam view`: a tomogram in the browser.
struct ViewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "view",
    abstract: "Look at a tomogram in the browser: click a particle, find all, correct, export.",
    discussion: """
      EXAMPLES
        cryosam view tomo.mrc
        cryosam view tomo.mrc --dino dinov2.safetensors --sam sam.safetensors
        cryosam view result
        cryosam view tomo.mrc result --dino dinov2.safetensors --sam sam.safetensors
        cryosam view lab

      Prints an address for the browser on this machine, and opens it if there is a desktop. Without weights slices can be \
      looked at, and the finds of a run of 'cryosam segment' be judged; with them particles are marked by a click, and all \
      of their kind are found as 'cryosam segment' finds them. The folder of a project gives a list of its tomograms; those \
      that are done can be judged, the others be looked at.

      Everything that is done is kept in the folder of results at once (view.jsonl); 'Export' writes picks.star and all \
      other results again as decided, and who decided what and when into run.json. Ctrl-C ends it; the same command goes on.
      """)

  @Argument(
    help: ArgumentHelp(
      "The tomogram (MRC, also gzip or bzip2), or the folder of a run or a project.", valueName: "tomogram"))
  var tomogram: String
  @Argument(
    help: ArgumentHelp(
      "Folder of results, of a run or a new one (default: the tomogram's name and -picks, here).",
      valueName: "result"))
  var result: String?
  @Option(
    help: ArgumentHelp(
      "DINOv2's or DINO's weights, from convert-weights (default: SAM's own features are matched).",
      valueName: "weights"))
  var dino: String?
  @Option(help: ArgumentHelp("SAM's weights, from convert-weights.", valueName: "weights"))
  var sam: String?
  @Option(
    help: ArgumentHelp("The port of this machine to listen on (default: any that is free).", valueName: "n"))
  var port: UInt16 = 0
  @Flag(help: "Print the address, and open no browser.")
  var noBrowser = false
  @OptionGroup(title: "Segmentation") var segmentation: SegmentationOptions
  @OptionGroup(title: "Voxels") var voxels: VoxelOptions
  @Option(
    help: ArgumentHelp(
      "Folder that keeps what networks made of slices, for this run and others (default: encoded-slices in the folder for the results).",
      valueName: "folder"))
  var cache: String?
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if dino != nil && sam == nil { throw ValidationError("'--dino' needs '--sam <weights>' beside it") }
  }

  func run() throws {
    Signals.endCleanly(goingOn: true)
    let (answer, place) = try answering()
    let server = try Server(port: port, answer: answer)
    Output.line(server.url)
    Output.note(
      "open this address in a browser on this machine; from another one forward the port first: "
        + "ssh -L \(server.port):127.0.0.1:\(server.port) \(Journal.userName)@\(hostName)",
      quiet: common.quiet)
    Output.note(
      (place.map { "everything is kept in \($0); " } ?? "nothing is written; ") + "Ctrl-C ends it",
      quiet: common.quiet)
    if !noBrowser { Browser.open(server.url) }
    server.run()
  }

  /// What answers requests, and where what is done is kept.
  private func answering() throws -> (answer: @Sendable (String, Request) -> Response, place: String?) {
    guard Project.isThere(tomogram), result == nil else {
      let session = try session()
      return ({ session.answer($0, $1) }, session.folder)
    }
    guard sam == nil else {
      throw Failure(
        .usage, "the tomograms of a project are looked at and judged, not marked",
        remedy: "leave --sam out, or name one tomogram")
    }
    let shelf = try ProjectShelf.open(Path.absolute(tomogram), memoryLimit: memory.bytes / 2)
    return ({ shelf.answer($0, $1) }, "\(tomogram)/results")
  }

  private func session() throws -> ViewSession {
    let isRun = Folder.isFolder(tomogram) && result == nil
    if !isRun { try TomogramPath.check(tomogram) }
    let given = isRun ? try RunPath.folder(tomogram) : result
    let record = try given.flatMap {
      access("\($0)/run.json", F_OK) == 0 ? try JSON(contentsOf: "\($0)/run.json") : nil
    }
    if let record, let given { try JudgedRun.check(record, of: given) }
    let path =
      try record.flatMap { isRun ? try RecordedTomogram.path(in: $0, of: given ?? ".") : nil } ?? tomogram
    let folder =
      given ?? sam.map { _ in "\(Path.stem(path, without: [".gz", ".bz2", ".mrc", ".rec"]))-picks" }
    if let folder { try Folder.make(folder) }
    // Half of the memory for the slices that are shown, half for what networks made of slices.
    let half = memory.bytes / 2
    guard let sam, let folder else {
      var parameters = record.map { PipelineParameters(contrastOf: $0) } ?? PipelineParameters()
      if record == nil { voxels.set(&parameters) }
      let volume = try parameters.tomogram(path)
      if let record { try RecordedTomogram.check(volume.sha256(), of: path, in: record) }
      return try ViewSession(Pictures(volume, memoryLimit: half), folder: folder)
    }
    let context = try context(path, sam: sam, folder: folder, memory: half)
    if let record { try RecordedTomogram.check(context.tomogramInput.sha256, of: path, in: record) }
    let networks = try Networks(
      context, dino: dino, sam: sam, record: .ofThisCommand(), memoryLimit: half)
    return try ViewSession(
      Pictures(context.tomogram, memoryLimit: half), folder: folder, networks: networks)
  }

  /// What the networks need, set as for `cryosam segment`.
  private func context(_ path: String, sam: String, folder: String, memory: Int) throws -> RunContext {
    var parameters = PipelineParameters()
    for weights in [dino, sam].compactMap({ $0 }) { parameters.adopt(try weights.recommendedSettings()) }
    voxels.set(&parameters)
    segmentation.set(&parameters)
    var features = FeatureOptions()
    (features.dino, features.features, features.dinoSize) = (dino, dino == nil ? .sam : nil, nil)
    try features.set(&parameters)
    try parameters.validate()
    try common.prepareForNetworks()
    let own = "\(folder)/encoded-slices"
    if cache == nil { try SliceStore.makeOwn(own) }
    return try RunContext(
      path, cache: cache ?? own, memoryLimit: memory, parameters: parameters,
      diameter: segmentation.diameterIfGiven, observer: CommandLineObserver(common))
  }

  /// What other machines may call this one.
  private var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "this-machine" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

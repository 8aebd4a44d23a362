import DINOv2
import Files
import FoundationEssentials
import Images
import NN
import Parallel
import Points
import Runs
import SAM
import Volumes

/// What the stages of a run share: the tomogram, the cache, and the files' checksums, each file read once.
public struct RunContext: Sendable {
  /// What is worked on: the given tomogram, or the binned one that `binning` made of it.
  public let tomogram: Tomogram
  /// As it was given: what users' coordinates and results are in.
  public let given: Tomogram
  public let binning: Binning
  public let tomogramInput: RunRecord.Input
  public private(set) var parameters: PipelineParameters
  public let observer: any RunObserver
  /// What stored slices are known by: the checksum of what is worked on.
  private let digest: String
  /// Called before each slice that a network is asked about; what it throws ends the run.
  public var beforeSlice: @Sendable () throws -> Void = {}
  private let cache: String
  private let memory: SliceMemory

  /// An eighth of the memory that there is for this process, at most half a GB: the rest is in the system's own cache of
  /// files.
  public static let usualMemory = min(AvailableMemory.bytes / 8, 1 << 29)

  /// Opens the tomogram at `path`.
  ///
  /// - Parameter diameter: the particle's, if the user tells it, and whether the parameters' largest area stays.
  /// - Parameter cache: the folder that slices' features and embeddings are stored in.
  /// - Parameter memoryLimit: bytes of them kept in memory.
  /// - Parameter name: what tables call the tomogram, if not as its file.
  /// - Throws: `Failure` if the tomogram cannot be read, or not be searched as the parameters say.
  public init(
    _ path: String, name: String? = nil, cache: String, memoryLimit: Int = usualMemory,
    parameters: PipelineParameters,
    diameter: (length: Length, keepsArea: Bool)? = nil, observer: any RunObserver
  ) throws {
    given = try parameters.tomogram(path, name: name)
    binning = try inFile(path) { [given] in try parameters.binning.binning(of: given.geometry) }
    tomogram = try given.binned(by: binning)
    var parameters = parameters
    parameters.binning = .factor(binning.factor)
    if let diameter {
      let voxels = try diameter.length.voxels(in: given.geometry) / Double(binning.factor)
      guard PipelineParameters.diameterRange.contains(voxels) else {
        throw Failure(
          .usage, path: path,
          "a particle of \(diameter.length) is \(decimal(voxels, places: 1)) voxels wide there; "
            + "3 to 1000 can be looked for", remedy: "check --diameter and the voxel size")
      }
      parameters.adopt(diameter: voxels, keepingArea: diameter.keepsArea)
    }
    try parameters.search().check(tomogram)
    for note in given.notes { observer.note("\(path): \(note)") }
    if binning.factor > 1 {
      let (shape, size) = (tomogram.shape, tomogram.geometry.pixelSizeAngstroms)
      observer.note(
        "\(path): binned by \(binning.factor) to \(shape.width) x \(shape.height) x \(shape.depth) voxels"
          + (size.map { " of \(decimal($0, places: 2)) A" } ?? "") + "; results are in the voxels given")
    }
    tomogramInput = RunRecord.Input(path, sha256: given.sha256())
    digest = binning.factor > 1 ? tomogram.sha256() : tomogramInput.sha256
    memory = SliceMemory(limit: memoryLimit)
    (self.cache, self.parameters, self.observer) = (cache, parameters, observer)
  }

  /// The slices' features by the DINO weights at `weights`. (SAM's are `SliceFeatures(slices)`.)
  ///
  /// - Throws: `Failure` if the weights cannot be used or are not of the extractor that the parameters name, or the
  ///   input size is no multiple of the patch size.
  public func features(_ weights: String) throws -> (features: SliceFeatures, input: RunRecord.Input) {
    let file = try SafetensorsFile(weights)
    let encoder = try DINOEncoder(file, precision: parameters.precision)
    try parameters.features?.check(file)
    let side = try encoder.configuration.inputSide(parameters.featureInputSide, option: "--dino-size")
    let input = RunRecord.Input(weights, sha256: try SHA256.hexDigest(ofFile: weights))
    let encoderInput = EncoderInput(tomogram.statistics, side: side)
    let key = SliceKey.features(
      tomogram: digest, shape: tomogram.shape, weights: input.sha256, input: encoderInput,
      cleaning: tomogram.cleaning, precision: parameters.precision, storage: parameters.storage)
    let grid = encoder.configuration.grid(height: side, width: side)
    let store = try store(key) { [channels = encoder.configuration.width] record in
      FeatureGrid.isSound(record) && record.sizes == [grid.rows, grid.columns]
        && record.tensor.shape[1] == channels
    }
    let features = SliceFeatures(tomogram, encoder: DINOSliceEncoder(encoder, encoderInput), store: store)
    return (features, input)
  }

  /// What encodes slices as for `features`, in float32.
  func wideEncoder(_ weights: String) throws -> DINOSliceEncoder {
    let encoder = try DINOEncoder(try SafetensorsFile(weights))
    let side = try encoder.configuration.inputSide(parameters.featureInputSide, option: "--dino-size")
    return DINOSliceEncoder(encoder, EncoderInput(tomogram.statistics, side: side))
  }

  /// Computes in float32 from here on.
  public mutating func fallBack() { parameters.precision = .float32 }

  /// The slices for SAM with the weights at `weights`.
  ///
  /// - Throws: `Failure` if the weights cannot be used, or the tomogram has no contrast.
  public func slices(_ weights: String) throws -> (slices: EmbeddedSlices, input: RunRecord.Input) {
    let segmenter = try SegmentAnything(try SafetensorsFile(weights), precision: parameters.precision)
    let input = RunRecord.Input(weights, sha256: try SHA256.hexDigest(ofFile: weights))
    if let remark = parameters.profile.remark(onLogits: segmenter.configuration.lowResolutionSide) {
      observer.note("\(weights): \(remark)")
    }
    let stretch = try parameters.stretch(tomogram)
    let (least, most) = (tomogram.statistics.minimum, tomogram.statistics.maximum)
    if stretch.wraps(least...most) {
      observer.note(
        "\(tomogramInput.path): voxels from \(least) to \(most) are not between 0 and 1; as in the released code, "
          + "255 times them is taken modulo 256 for SAM; rescale the tomogram, or give --contrast")
    }
    let key = SliceKey.embeddings(
      tomogram: digest, shape: tomogram.shape, weights: input.sha256, stretch: stretch,
      cleaning: tomogram.cleaning, precision: parameters.precision, storage: parameters.storage)
    let store = try store(key) { [sizes = segmenter.configuration] record in
      EmbeddedImage.isSound(record, of: sizes)
    }
    return (EmbeddedSlices(tomogram, stretch: stretch, segmenter: segmenter, store: store), input)
  }

  private func store(
    _ key: SliceKey, isSound: @escaping @Sendable (SliceRecord) -> Bool
  ) throws -> SliceStore {
    try SliceStore(
      in: cache, key: key, memory: memory, isSound: isSound, report: { [observer] in observer.note($0) },
      checkSource: { [tomogram] in try tomogram.checkUnchanged() }, beforeSlice: beforeSlice)
  }

  /// The points of `files` (STAR, CSV, text), named by their column of classes if finds are judged, and `points`, all
  /// inside the given tomogram and in its voxels; and what was done to coordinates, which is noted too.
  ///
  /// - Parameter reading: what the user says of the files.
  /// - Throws: `Failure` if one lies outside, a file has none, or cannot be read.
  public func prompts(
    files: [String], points: [NamedPoint], reading: PointReading = PointReading()
  ) throws -> (points: [NamedPoint], notes: [String]) {
    let geometry = given.geometry
    var notes: [String] = []
    let read = try files.flatMap { file in
      let table = try PointTable(file).taken(as: reading)
      let (located, remarks) = try table.located(
        in: geometry, named: given.name, taken: reading)
      notes += remarks.map { "\(file): \($0)" }
      return located.map { point, entry in NamedPoint(parameters.judges ? entry.className : nil, point) }
    }
    for note in notes { observer.note(note) }
    for point in points.map(\.point) where !geometry.contains(x: point.x, y: point.y, z: point.z) {
      throw Failure(
        .usage, path: tomogramInput.path,
        "the point \(point.x),\(point.y),\(point.z) lies outside its \(geometry.width) x \(geometry.height) x "
          + "\(geometry.depth) voxels",
        remedy: geometry.remedy(forOutside: [point]) ?? "give X,Y,Z in voxels, counted from 0")
    }
    return (read + points, notes)
  }

  /// `points` of the given tomogram in the voxels that are worked on.
  public func worked(_ points: [NamedPoint]) -> [NamedPoint] {
    points.map { NamedPoint($0.name, binning.binned($0.point, in: tomogram.shape)) }
  }

  /// The shapes that results are brought between.
  public var shapes: (binned: VolumeShape, given: VolumeShape) { (tomogram.shape, given.shape) }

  /// How the given tomogram's voxels become grey, where `stretch` is that of what is worked on.
  public func stretchOfGiven(_ stretch: ContrastStretch) throws -> ContrastStretch {
    binning.factor > 1 ? try parameters.stretch(given) : stretch
  }

  /// Where queries of this run come from.
  ///
  /// - Parameter weights: those that features are by.
  public func origin(_ weights: RunRecord.Input) -> QueryOrigin {
    let geometry = tomogram.geometry
    return QueryOrigin(
      weights: weights.sha256, inputSide: parameters.features == .sam ? nil : parameters.featureInputSide,
      voxelSize: geometry.hasVoxelSize ? geometry.voxelSizeAngstroms.sum() / 3 : nil)
  }
}

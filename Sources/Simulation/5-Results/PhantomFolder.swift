import Files
import FoundationEssentials
import Images
import Points
import Runs
import Volumes

/// The folder that a phantom is written to; `simulate.json` comes last.
public struct PhantomFolder {
  private let folder: RunFolder
  private let writesDensity: Bool

  /// Pixels between the two halves of the picture.
  private static let gap = 12

  private static let fixedNames = [
    "simulate.json", "tomogram.mrc", "tomogram-filtered.mrc", "particles.star", "instances.mrc",
    "species.mrc", "density.mrc", "overview.png",
  ]

  /// Takes the folder `path` for a phantom of `species`, making it if need be.
  ///
  /// - Parameter inputs: files that the phantom is made of, none of which is written over.
  /// - Throws: `Failure` if it holds results and `force` is false, or if it cannot be made.
  public init(
    _ path: String, species: [String], force: Bool, inputs: [String] = [], writesDensity: Bool
  ) throws {
    let there = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let tables = there.filter { $0.hasPrefix("particles-") && $0.hasSuffix(".star") }.sorted()
    let own = species.map(Self.tableName).filter { !tables.contains($0) }
    folder = try RunFolder(path, force: force, names: Self.fixedNames + tables + own, inputs: inputs)
    self.writesDensity = writesDensity
  }

  /// The table of the species `name` alone.
  public static func tableName(_ name: String) -> String { "particles-\(name).star" }

  /// Writes everything; `record` is the phantom's own, which may be extended before.
  public func write(_ phantom: Phantom, record: JSON) throws {
    let geometry = phantom.geometry
    try MRCWriter<Float>.write(phantom.tomogram, to: folder.file("tomogram.mrc"), geometry: geometry)
    if let filtered = phantom.filtered {
      try MRCWriter<Float>.write(filtered, to: folder.file("tomogram-filtered.mrc"), geometry: geometry)
    }
    try MRCWriter<UInt16>.write(phantom.instances, to: folder.file("instances.mrc"), geometry: geometry)
    try MRCWriter<Int8>.write(
      phantom.classes.map { Int8(clamping: $0) }, to: folder.file("species.mrc"), geometry: geometry)
    if writesDensity {
      try MRCWriter<Float>.write(phantom.density, to: folder.file("density.mrc"), geometry: geometry)
    }
    try PickTable.write(phantom.particleTable(), to: folder.file("particles.star"))
    for (index, request) in phantom.requests.enumerated() {
      let name = Self.tableName(request.species.name)
      try PickTable.write(phantom.particleTable(species: index), to: folder.file(name))
    }
    try PNGFile.write(try picture(phantom), to: folder.file("overview.png"))
    try folder.finish(record)
  }

  /// The central slices: as they are, and with the truth.
  private func picture(_ phantom: Phantom) throws -> RGBImage {
    let tomogram = try Tomogram(voxels: phantom.filtered ?? phantom.tomogram, geometry: phantom.geometry)
    let stretch = try ContrastStretch(tomogram, .usual, inverted: false)
    let shape = tomogram.shape
    let plain = Overview.image(tomogram, stretch, labels: LabelVolume(empty: shape), picks: [])
    let truth = LabelVolume(phantom.instances.map { UInt32($0) }, in: shape)
    let centroids = truth.places().filter { $0.voxels > 0 }.map(\.centroid)
    let tinted = Overview.image(tomogram, stretch, labels: truth, picks: centroids)
    let row = plain.width * 3
    let gap = [UInt8](repeating: 255, count: 3 * Self.gap)
    var pixels: [UInt8] = []
    for y in 0..<plain.height {
      pixels += plain.pixels[y * row..<(y + 1) * row] + gap + tinted.pixels[y * row..<(y + 1) * row]
    }
    return RGBImage(height: plain.height, width: 2 * plain.width + Self.gap, pixels: pixels)
  }
}

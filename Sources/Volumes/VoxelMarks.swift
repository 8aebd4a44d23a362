import Files

/// A volume as a mask or as labels, whatever values a program writes for them: which value is the background, and what
/// number each of the others is.
///
/// Of two values 0 is the background, or else the lower one, and the other is marked, whatever its sign. Of more it is 0, but
/// if IMOD has shifted bytes or words (0 is stored as -128): there it is the least value, if that is commoner than 0.
/// Other bytes below 0 are those over 127. Voxels that are not finite are background.
public struct VoxelMarks: Sendable {
  private let volume: Tomogram
  private let background: Float
  /// Whether any other value than the background marks one and the same thing.
  private let isTwoValued: Bool

  /// - Throws: `Failure` if the voxels vary as a density's do.
  public init(_ volume: Tomogram) throws {
    let shape = volume.shape
    let least = volume.statistics.minimum
    var values = Set<Float>()
    var (zeros, leasts, changes) = (0, 0, 0)
    for z in 0..<shape.depth {
      let section = volume.source.plane(.z, z, shape)
      for (place, value) in section.enumerated() where value.isFinite {
        if values.count < 3 { values.insert(value) }
        if value == 0 { zeros += 1 }
        if value == least { leasts += 1 }
        if place % shape.width > 0, section[place - 1] != value { changes += 1 }
      }
    }
    self.volume = volume
    isTwoValued = values.count == 2
    guard values.count < 3 || 2 * changes <= shape.depth * shape.height * (shape.width - 1) else {
      throw Failure(
        .badData, path: volume.path,
        "is neither a mask nor a label volume: most of its voxels differ from their neighbours, as a density's do",
        remedy: "give a volume that is 0 outside of the particles")
    }
    let hasShift = leasts > zeros && Self.shifts.contains(least)
    background = isTwoValued && zeros == 0 || hasShift ? least : 0
  }

  /// What 0 becomes where signed numbers are stored as unsigned ones or the other way about.
  private static let shifts: [Float] = [-128, 128, -32_768, 32_768]

  /// Whether all voxels have one value.
  public var isUniform: Bool {
    let statistics = volume.statistics
    return statistics.minimum == statistics.maximum && statistics.nonFiniteCount == 0
  }

  /// Section `z`, row-major: 0 is background, and what is marked has its number.
  public func section(_ z: Int) -> [Float] {
    volume.source.plane(.z, z, volume.shape).map(mark)
  }

  private func mark(_ value: Float) -> Float {
    guard value.isFinite, value != background else { return 0 }
    if Self.shifts.contains(background) { return value - background }
    if value > 0 { return value }
    if isTwoValued { return abs(value - background) }
    return volume.source.format == .int8 ? value + 256 : value
  }
}

import Files
import Platform
import Volumes

extension PointTable {
  /// What coordinates are brought to: the voxels of a tomogram, or, if none is named, voxels of a size.
  struct Frame {
    let geometry: Geometry?
    /// Angstroms; nil if unknown.
    let voxelSize: SIMD3<Double>?

    init(_ geometry: Geometry?, voxelSizeAngstroms: Double? = nil) {
      self.geometry = geometry
      voxelSize =
        geometry.flatMap { $0.hasVoxelSize ? $0.voxelSizeAngstroms : nil }
        ?? voxelSizeAngstroms.map { SIMD3(repeating: $0) }
    }

    /// Sizes that differ by less are the same size, rounded or calibrated differently.
    private static let tolerance = 0.01

    /// Whether voxels of `pixelSize` are these voxels. Tables have room for one size, that along x.
    func has(_ pixelSize: Double) -> Bool {
      guard let voxelSize else { return true }
      return abs(pixelSize / voxelSize.x - 1) < Self.tolerance
    }

    /// The voxel size in words.
    var text: String {
      guard let size = voxelSize else { return "unknown" }
      return size.min() == size.max()
        ? "\(shortest(size.x)) A" : "\(shortest(size.x)) x \(shortest(size.y)) x \(shortest(size.z)) A"
    }
  }

  /// The table's points in the tomogram `name` (a path or a bare name), in voxels.
  ///
  /// Points of other tomograms are left out, if the table names tomograms.
  ///
  /// - Throws: `Failure` when the table has no points, none on this tomogram, needs a voxel size that is unknown,
  ///   or has a point outside the volume.
  public func points(in geometry: Geometry, named name: String) throws -> [VoxelPoint] {
    try located(in: geometry, named: name).map(\.point)
  }

  /// The points in the tomogram at `path` with their entries, equal ones once, and what was assumed and done to
  /// coordinates.
  ///
  /// - Parameter reading: may name the tomogram as the table does.
  /// - Throws: as `points(in:named:)`.
  public func located(
    in geometry: Geometry, named path: String, taken reading: PointReading
  ) throws -> (points: [(point: VoxelPoint, entry: Entry)], remarks: [String]) {
    let name = reading.tomogram ?? path
    let all = try located(in: geometry, named: name)
    var seen = Set<Prompt>()
    let points = all.filter { seen.insert(Prompt(point: $0.point, kind: $0.entry.className)).inserted }
    let equal = all.count - points.count
    return (
      points,
      notes + remarks(onName: name) + remarks(points.map(\.entry), geometry)
        + (equal > 0 ? ["\(equal) of its \(all.count) points are equal to others and were left out"] : [])
    )
  }

  /// What makes two points of a table the same.
  private struct Prompt: Hashable {
    let point: VoxelPoint
    let kind: String?
  }

  /// The same with the entry of each.
  public func located(
    in geometry: Geometry, named name: String
  ) throws -> [(point: VoxelPoint, entry: Entry)] {
    let kept = try entries(on: name)
    guard !kept.isEmpty else { throw noneKept(name) }
    let positions = try voxels(kept, geometry)
    for (entry, point) in zip(kept, positions)
    where !geometry.contains(x: point.x, y: point.y, z: point.z) {
      let place = [point.x, point.y, point.z].map { decimal($0, places: 2) }.joined(separator: ", ")
      throw Failure(
        .badData, path: path,
        "\(entryName) \(entry.line): the point (\(place)) lies outside the "
          + "tomogram of \(geometry.width) x \(geometry.height) x \(geometry.depth) voxels",
        remedy: geometry.remedy(forOutside: positions)
          ?? "coordinates are voxels of this tomogram, counted from 0; scale those picked at another binning with "
          + "--point-pixel-size")
    }
    return zip(positions, kept).map { ($0, $1) }
  }

  /// What an entry is called in messages.
  private var entryName: String {
    switch format {
    case Self.emanFormat: "box"
    case Self.modelFormat, Self.copickFormat: "point"
    default: "line"
    }
  }

  /// `entries` in voxels. All but voxels whose size is not stated need the tomogram's geometry.
  public func voxels(_ entries: [Entry], _ geometry: Geometry?) throws -> [VoxelPoint] {
    try voxels(entries, Frame(geometry))
  }

  func voxels(_ entries: [Entry], _ frame: Frame) throws -> [VoxelPoint] {
    switch units {
    case .voxels: return try scaled(entries, frame).map { VoxelPoint($0) }
    case .cornerPixels: return try scaled(entries, frame).map { VoxelPoint($0 - IMODModel.centre) }
    case .angstroms:
      return try entries.map { entry in
        guard let size = frame.voxelSize ?? entry.pixelSize.map({ SIMD3(repeating: $0) }) else {
          throw unknownVoxelSize
        }
        if let stated = entry.pixelSize, !frame.has(stated) { try check(size, against: stated, frame) }
        return VoxelPoint(entry.position / size)
      }
    case .fractions:
      let geometry = try known(frame, "fractions of the sides", sized: false)
      let sides = SIMD3(Double(geometry.width), Double(geometry.height), Double(geometry.depth))
      return entries.map { VoxelPoint($0.position * sides) }
    case .centredAngstroms:
      return try entries.map { entry in
        if let place = series(of: entry)?.voxel(
          centredAngstroms: entry.position, voxelSize: frame.voxelSize?.x)
        {
          return VoxelPoint(place)
        }
        // RELION 5: voxel = Angstroms / pixel size + size / 2, the half of an odd size not rounded.
        let geometry = try known(frame, "lengths from the middle")
        return VoxelPoint(entry.position / geometry.voxelSizeAngstroms + geometry.middle)
      }
    case .sceneAngstroms:
      let geometry = try known(frame, "lengths from the origin")
      let origin = geometry.sceneOrigin
      return entries.map { VoxelPoint(($0.position - origin) / geometry.voxelSizeAngstroms) }
    case .centredPixels(let size):
      let geometry = try known(frame, "lengths from the middle")
      return entries.map {
        VoxelPoint($0.position * size / geometry.voxelSizeAngstroms + geometry.roundedMiddle)
      }
    }
  }

  /// What RELION knows of the tomogram of `entry`.
  func series(of entry: Entry) -> TiltSeries? {
    guard let tiltSeries else { return nil }
    guard let name = entry.micrograph else {
      return tiltSeries.series.count == 1 ? tiltSeries.series[0] : nil
    }
    return tiltSeries.series(of: name)
  }

  /// The radius of `entry` in voxels of the tomogram; nil if the table says none.
  func radius(_ entry: Entry, _ frame: Frame) -> Double? {
    guard let radius = entry.radius else { return nil }
    let size = frame.voxelSize.map { cbrt($0.x * $0.y * $0.z) }
    switch units {
    case .voxels, .cornerPixels:
      guard let stated = entry.pixelSize, let size, !frame.has(stated) else { return radius }
      return radius * stated / size
    case .angstroms, .centredAngstroms, .sceneAngstroms: return size.map { radius / $0 }
    case .centredPixels(let pixel): return size.map { radius * pixel / $0 }
    case .fractions: return nil
    }
  }

  /// Voxels of the stated sizes in voxels of `frame`. A voxel's number is multiplied: the first voxels' centres agree.
  private func scaled(_ entries: [Entry], _ frame: Frame) throws -> [SIMD3<Double>] {
    if let contradiction, frame.voxelSize != nil, !entries.isEmpty {
      throw path.map(contradiction.inFile) ?? contradiction
    }
    return try entries.map { entry in
      guard let size = entry.pixelSize, let voxelSize = frame.voxelSize, !frame.has(size) else {
        return entry.position
      }
      try check(voxelSize, against: size, frame)
      return entry.position * size / voxelSize
    }
  }

  /// Checks that a tomogram's voxel size, which is not the `stated` one, is one: headers that nobody filled in say 1.
  private func check(_ voxelSize: SIMD3<Double>, against stated: Double, _ frame: Frame) throws {
    guard frame.geometry != nil, voxelSize == SIMD3(repeating: 1) else { return }
    throw Failure(
      .badData, path: path,
      "\(pixelSizeSource ?? "the table") says \(shortest(stated)) A a pixel, but the "
        + "tomogram's header that its voxels are 1 A, as headers do that nobody filled in",
      remedy: "give the tomogram its voxel size, or --point-unit voxel if these are its voxels")
  }

  /// What bringing `entries` to voxels of the tomogram does, and what it takes for granted.
  public func remarks(_ entries: [Entry], _ geometry: Geometry) -> [String] {
    remarks(entries, Frame(geometry), of: "the tomogram")
  }

  func remarks(_ entries: [Entry], _ frame: Frame, of owner: String) -> [String] {
    switch units {
    case .fractions:
      return [
        "all coordinates are between 0 and 1: they were taken as fractions of the tomogram's sides, as Warp's template "
          + "matching writes them (--point-unit voxel if they are voxels)"
      ]
    case .angstroms:
      return [
        "coordinates are Angstroms from the first voxel: they were divided by the voxel size, "
          + (frame.voxelSize == nil
            ? entries.first?.pixelSize.map { "\(shortest($0)) A as the table says" } ?? "unknown"
            : frame.text)
      ]
    case .sceneAngstroms:
      return ["coordinates are Angstroms of ChimeraX: they were brought to voxels by the tomogram's header"]
    case .centredAngstroms, .centredPixels: return []
    case .voxels, .cornerPixels: break
    }
    if countsSeriesPixels, entries.contains(where: { $0.pixelSize == nil }) {
      return [
        "coordinates were taken as voxels of \(owner); RELION's are pixels of the tilt series without binning, whose size "
          + "the table does not state (--tomograms or --point-pixel-size gives it)"
      ]
    }
    let source = pixelSizeSource ?? "the table"
    var seen = Set<Double>()
    return entries.compactMap(\.pixelSize).filter { seen.insert($0).inserted }.prefix(3).compactMap { size in
      guard let voxelSize = frame.voxelSize else {
        return
          "\(source) says that coordinates are pixels of \(shortest(size)) A, but the voxel size of \(owner) is "
          + "unknown: they were taken as its voxels"
      }
      if frame.has(size) {
        guard abs(size / voxelSize.x - 1) > 0.001 else { return nil }
        return
          "\(source) says \(shortest(size)) A, the voxel size of \(owner) is \(frame.text): taken as the same voxels"
      }
      let factor = SIMD3(repeating: size) / voxelSize
      let shown =
        factor.min() == factor.max()
        ? shortest(factor.x) : "\(shortest(factor.x)), \(shortest(factor.y)), \(shortest(factor.z))"
      return
        "\(source) says that coordinates are pixels of \(shortest(size)) A, the voxel size of \(owner) is "
        + "\(frame.text): they were multiplied by \(shown)"
    }
  }

  /// Whether the coordinates are fractions of the sides: all between 0 and 1, and not only in the first voxels' centres.
  static func areFractions(_ entries: [Entry]) -> Bool {
    // Picks in the outer voxels may lie a little outside.
    let (least, most) = (-0.5, 1.05)
    let isInside = entries.contains {
      $0.position.min() > least && $0.position.max() < 1 && $0.position.x != 0 && $0.position.y != 0
        && $0.position.z != 0
    }
    return isInside && entries.allSatisfy { $0.position.min() >= least && $0.position.max() <= most }
  }

  /// The geometry that coordinates relative to the tomogram need.
  private func known(_ frame: Frame, _ what: String, sized: Bool = true) throws -> Geometry {
    guard let geometry = frame.geometry else {
      throw Failure(
        .usage, path: path, "holds \(what) of the tomogram, whose size is not known here",
        remedy: "name the tomogram")
    }
    guard !sized || geometry.hasVoxelSize else { throw unknownVoxelSize }
    return geometry
  }

  private var unknownVoxelSize: Failure {
    Failure(
      .badData, path: path, "holds Angstroms, but the tomogram's voxel size is unknown",
      remedy: "give voxel coordinates")
  }
}

/// A number as short as it can be, with at most four places.
private func shortest(_ value: Double) -> String {
  let text = decimal(value, places: 4)
  guard text.contains(".") else { return text }
  let cut = text.reversed().drop { $0 == "0" }
  return String((cut.first == "." ? cut.dropFirst() : cut).reversed())
}

extension Geometry {
  /// What to say of points that all lie outside.
  func remark(onPoints points: [VoxelPoint]) -> String? {
    guard !points.isEmpty, !points.contains(where: { contains(x: $0.x, y: $0.y, z: $0.z) }) else {
      return nil
    }
    let remedy = remedy(forOutside: points).map { "; \($0)" } ?? ""
    return "all its points lie outside of the tomogram of \(width) x \(height) x \(depth) voxels\(remedy)"
  }

  /// What to do about points of which one or all lie outside, if they would all be inside in another order or unit.
  public func remedy(forOutside points: [VoxelPoint]) -> String? {
    func areInside(_ place: (VoxelPoint) -> VoxelPoint) -> Bool {
      points.map(place).allSatisfy { contains(x: $0.x, y: $0.y, z: $0.z) }
    }
    let several = points.count > 1
    let (they, them) = several ? ("all points", "they are") : ("it", "it is")
    if areInside({ VoxelPoint(x: $0.z, y: $0.y, z: $0.x) }) {
      return "in the order z,y,x \(they) would lie inside: give x,y,z"
    }
    let size = voxelSizeAngstroms
    if hasVoxelSize, size.max() > 1, areInside({ VoxelPoint($0.position / size) }) {
      return "as Angstroms \(they) would lie inside: if \(them), "
        + (several ? "give --point-unit angstrom" : "divide by the voxel size")
    }
    return nil
  }
}

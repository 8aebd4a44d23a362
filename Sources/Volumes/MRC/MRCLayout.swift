import Files

/// Whether bytes have a sign.
public enum ByteSigns: Sendable, Equatable {
  /// By header and voxels.
  case found
  case signed
  case unsigned
}

/// What an MRC header says about the bytes that follow, checked and turned to the standard axis order.
struct MRCLayout: Sendable {
  /// The geometry of one volume.
  let geometry: Geometry
  private(set) var format: VoxelFormat
  let bigEndian: Bool
  /// The volumes in the file: 1 unless it is a stack of volumes.
  let volumeCount: Int
  /// Voxels from one to the next along z, y, x, as stored.
  let stride: (z: Int, y: Int, x: Int)
  /// The byte where the voxels start.
  private(set) var dataOffset: Int
  /// The bytes of all voxels of all volumes.
  let dataBytes: Int
  /// What was lenient or ambiguous.
  private(set) var notes: [String]
  /// Whether the bytes of mode 0 have the sign that the header's own statistics ask for: then it is sure.
  private let isSignSure: Bool

  /// The bytes of the whole file, as far as the header speaks of them.
  var fileBytes: Int { dataOffset + dataBytes }

  /// Checks `header` in itself; that the file is long enough is the caller's to check.
  ///
  /// - Parameter voxelSize: in Angstroms, in place of the header's.
  ///
  /// - Throws: `Failure` for sizes that are not positive or overflow, modes without a scalar voxel, axes that are
  ///   not a permutation, a negative extended header, a stack that does not hold whole volumes.
  init(_ header: MRCHeader, voxelSize: Double? = nil) throws {
    var notes = header.notes
    format = try Self.format(header, &notes)
    isSignSure = header.hasStatistics && (header.minimum < 0 || header.maximum > 127)
    bigEndian = header.bigEndian
    let stored = [("nx", header.columns), ("ny", header.rows), ("nz", header.sections)]
    for (name, count) in stored where count < 1 {
      throw Failure(
        .badData, "\(name) is \(count): a volume has at least one voxel along each axis", remedy: damaged)
    }
    guard header.extendedHeaderBytes >= 0 else {
      throw Failure(
        .badData, "the extended header is \(header.extendedHeaderBytes) bytes long (nsymbt)", remedy: damaged)
    }
    let axes = try Self.axes(header, &notes)

    var sections = header.sections
    var volumes = 1
    if (401...630).contains(header.spaceGroup) {
      let depth = Int(header.intervals.z)
      guard depth > 0, sections % depth == 0 else {
        throw Failure(
          .badData,
          "is a stack of volumes (ispg \(header.spaceGroup)) whose \(sections) sections are not a multiple "
            + "of mz, \(depth)", remedy: damaged)
      }
      volumes = sections / depth
      sections = depth
    }
    volumeCount = volumes

    var bytes = format.size
    for count in [header.columns, header.rows, header.sections] {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: count)
      guard !overflow, product < Int.max / 2 else {
        throw Failure(
          .badData,
          "\(header.columns) x \(header.rows) x \(header.sections) voxels are more than a file can hold",
          remedy: damaged)
      }
      bytes = product
    }
    dataBytes = bytes
    dataOffset = MRCHeader.size + header.extendedHeaderBytes

    // Turn columns, rows, sections to x, y, z.
    var counts = SIMD3(0, 0, 0)
    var strides = SIMD3(0, 0, 0)
    var start = SIMD3<Int32>(0, 0, 0)
    let storedCounts = [header.columns, header.rows, sections]
    let storedStrides = [1, header.columns, header.columns * header.rows]
    for position in 0..<3 {
      let axis = axes[position]
      counts[axis] = storedCounts[position]
      strides[axis] = storedStrides[position]
      start[axis] = header.start[position]
    }
    stride = (strides.z, strides.y, strides.x)
    geometry = Geometry(
      depth: counts.z, height: counts.y, width: counts.x,
      voxelSizeAngstroms: try voxelSize.map { SIMD3(repeating: $0) } ?? Self.voxelSize(header, &notes),
      originAngstroms: Self.origin(header, &notes),
      start: start)
    if axes != [0, 1, 2] {
      notes.append(
        "columns, rows and sections are stored along \(axes.map { ["x", "y", "z"][$0] }.joined(separator: ", ")); "
          + "turned to x, y, z")
    }
    self.notes = notes
  }

  /// Takes the voxels from the end of the header on if its word for the extended header is a leftover: the file, of `bytes`
  /// bytes, has no room for one.
  mutating func dropStaleExtension(ofFileOf bytes: Int) {
    let announced = dataOffset - MRCHeader.size
    guard announced > 0, announced % 1024 == 0, announced <= 1 << 24, bytes == MRCHeader.size + dataBytes
    else {
      return
    }
    dataOffset = MRCHeader.size
    notes.append(
      "the header announces an extended header of \(announced) bytes (nsymbt) that is not there; the voxels follow at once"
    )
  }

  /// Takes the sign of bytes from `signs` or, where the header leaves a doubt, from the voxels: of neighbours the right
  /// sign makes the differences small.
  mutating func settleSign(_ signs: ByteSigns, _ voxels: UnsafeRawBufferPointer) {
    guard format == .int8 || format == .uint8 else { return }
    switch signs {
    case .signed: format = .int8
    case .unsigned: format = .uint8
    case .found:
      guard !isSignSure else { return }
      var (asSigned, asUnsigned) = (0, 0)
      let count = min(voxels.count, 1 << 22)
      let first = (voxels.count - count) / 2
      for place in first..<first + max(0, count - 1) {
        let (a, b) = (voxels[place], voxels[place + 1])
        asUnsigned += abs(Int(a) - Int(b))
        asSigned += abs(Int(Int8(bitPattern: a)) - Int(Int8(bitPattern: b)))
      }
      let found: VoxelFormat =
        2 * asUnsigned < asSigned ? .uint8 : 2 * asSigned < asUnsigned ? .int8 : format
      guard found != format else { return }
      format = found
      let name = found == .int8 ? "signed" : "unsigned"
      notes.append(
        "the voxels of mode 0 make sense as \(name) bytes alone; read as such (--signed, --unsigned overrule)"
      )
    }
  }

  /// The axes (0 x, 1 y, 2 z) of columns, rows, sections.
  private static func axes(_ header: MRCHeader, _ notes: inout [String]) throws -> [Int] {
    let axes = (0..<3).map { Int(header.axes[$0]) }
    if axes == [0, 0, 0] {
      notes.append("mapc, mapr, maps are 0; read as 1, 2, 3")
      return [0, 1, 2]
    }
    guard axes.sorted() == [1, 2, 3] else {
      let shown = axes.map(String.init).joined(separator: ", ")
      throw Failure(
        .badData, "mapc, mapr, maps are \(shown): not an order of the axes 1, 2, 3", remedy: damaged)
    }
    return axes.map { $0 - 1 }
  }

  /// The voxel size; 0 with a note if the header leaves it open.
  ///
  /// - Throws: `Failure` for a cell that is negative or no number: a size lost in silence costs more than a refusal.
  private static func voxelSize(_ header: MRCHeader, _ notes: inout [String]) throws -> SIMD3<Double> {
    let cell = SIMD3<Double>(header.cellAngstroms)
    let unknown = "the voxel size is unknown: "
    let angles = header.cellAnglesDegrees
    if (0..<3).contains(where: { abs(angles[$0] - 90) > 0.01 && angles[$0] != 0 }) {
      notes.append("the cell's angles are not 90 degrees; its axes are treated as orthogonal")
    }
    if (0..<3).contains(where: { !cell[$0].isFinite || cell[$0] < 0 }) {
      throw Failure(
        .badData,
        "the cell's lengths are \(cell.x), \(cell.y), \(cell.z) Angstroms: no voxel size can be read",
        remedy: "give it with --voxel-size, or set it in the header, for example with IMOD's alterheader")
    }
    if (0..<3).contains(where: { cell[$0] == 0 }) {
      notes.append(unknown + "the cell's lengths are \(cell.x), \(cell.y), \(cell.z) Angstroms")
      return .zero
    }
    if (0..<3).contains(where: { header.intervals[$0] <= 0 }) {
      let intervals = header.intervals
      notes.append(unknown + "mx, my, mz are \(intervals.x), \(intervals.y), \(intervals.z)")
      return .zero
    }
    let size = cell / SIMD3<Double>(header.intervals)
    if !(0..<3).allSatisfy({ plausibleVoxelSizes.contains(size[$0]) }) {
      let shown = (0..<3).map { "\(Float(size[$0]))" }.joined(separator: ", ")
      notes.append(
        unknown + "the header's would be \(shown) A, which no tomogram has; give it with --voxel-size")
      return .zero
    }
    return size
  }

  private static func origin(_ header: MRCHeader, _ notes: inout [String]) -> SIMD3<Double> {
    let origin = SIMD3<Double>(header.originAngstroms)
    if origin.x.isFinite && origin.y.isFinite && origin.z.isFinite { return origin }
    notes.append("the origin is not finite; read as 0, 0, 0")
    return .zero
  }

  private static func format(_ header: MRCHeader, _ notes: inout [String]) throws -> VoxelFormat {
    switch header.mode {
    case 0: return byteFormat(header, &notes)
    case 1: return .int16
    case 2: return .float32
    case 6: return .uint16
    case 12: return .float16
    default: break
    }
    let names = [
      3: "complex numbers of 16-bit integers", 4: "complex numbers, a transform", 16: "RGB colours",
      101: "4-bit integers",
    ]
    guard let name = names[header.mode] else {
      throw Failure(
        .badData, "mode \(header.mode) does not exist",
        remedy: "the file is damaged or its machine stamp is wrong")
    }
    throw Failure(
      .badData, "mode \(header.mode) (\(name)) is not supported",
      remedy: "convert it to mode 0, 1, 2, 6 or 12")
  }

  /// Mode 0 is signed by the standard; older files of IMOD and others hold unsigned bytes.
  ///
  /// The header's own minimum and maximum decide where only one sign can have them, then IMOD's flag, then the
  /// standard.
  private static func byteFormat(_ header: MRCHeader, _ notes: inout [String]) -> VoxelFormat {
    let byIMOD = header.imodStamp == 1_146_047_817
    let flaggedUnsigned = byIMOD && header.imodFlags & 1 == 0
    if header.hasStatistics && header.minimum < 0 {
      if flaggedUnsigned {
        notes.append(
          "mode 0 with IMOD's flag for unsigned bytes, but the header's minimum is \(header.minimum); read as signed"
        )
      }
      return .int8
    }
    if header.hasStatistics && header.maximum > 127 {
      notes.append("mode 0 with a header's maximum of \(header.maximum); the bytes are read as unsigned")
      return .uint8
    }
    if flaggedUnsigned {
      notes.append("mode 0 with IMOD's flag for unsigned bytes; read as unsigned")
      return .uint8
    }
    return .int8
  }
}

/// What a tomogram's or a map's voxel may measure, in Angstroms.
let plausibleVoxelSizes = 0.05...1000.0

private let damaged = "the file is damaged or not an MRC file"

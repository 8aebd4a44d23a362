import Platform

/// A rotation of space; it takes (x, y, z) of a molecule to (x, y, z) of the tomogram.
public struct Rotation: Sendable, Equatable {
  /// The matrix's rows.
  public let rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  public static let identity = Rotation(SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1))

  public init(_ first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
    rows = (first, second, third)
  }

  /// Of the unit quaternion (w, x, y, z).
  public init(quaternion q: SIMD4<Double>) {
    let (w, x, y, z) = (q[0], q[1], q[2], q[3])
    self.init(
      SIMD3(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
      SIMD3(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
      SIMD3(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)))
  }

  /// By `degrees` about `axis`, counter-clockwise when the axis points to the viewer.
  public init(about axis: SIMD3<Double>, degrees: Double) {
    let unit = axis / (axis * axis).sum().squareRoot()
    let half = degrees * Double.pi / 360
    let xyz = unit * sin(half)
    self.init(quaternion: SIMD4(cos(half), xyz.x, xyz.y, xyz.z))
  }

  /// `vector`, rotated.
  @inline(__always)
  public func callAsFunction(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3((rows.0 * vector).sum(), (rows.1 * vector).sum(), (rows.2 * vector).sum())
  }

  public var inverse: Rotation {
    Rotation(
      SIMD3(rows.0.x, rows.1.x, rows.2.x), SIMD3(rows.0.y, rows.1.y, rows.2.y),
      SIMD3(rows.0.z, rows.1.z, rows.2.z))
  }

  /// First `other`, then this one.
  public func after(_ other: Rotation) -> Rotation {
    let columns = other.inverse.rows
    func row(_ r: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3((r * columns.0).sum(), (r * columns.1).sum(), (r * columns.2).sum())
    }
    return Rotation(row(rows.0), row(rows.1), row(rows.2))
  }

  /// How far the matrices' elements are apart.
  func difference(_ other: Rotation) -> Double {
    let parts = [rows.0 - other.rows.0, rows.1 - other.rows.1, rows.2 - other.rows.2]
    return parts.map { ($0 * $0).sum() }.reduce(0, +).squareRoot()
  }

  public static func == (a: Rotation, b: Rotation) -> Bool {
    a.rows.0 == b.rows.0 && a.rows.1 == b.rows.1 && a.rows.2 == b.rows.2
  }

  /// RELION's `rlnAngleRot`, `rlnAngleTilt`, `rlnAnglePsi` in degrees: this matrix is
  /// Rz(-psi) Ry(-tilt) Rz(-rot), Rz and Ry being the usual counter-clockwise ones.
  public var relionAngles: (rot: Double, tilt: Double, psi: Double) {
    let degrees = 180 / Double.pi
    let sine = (rows.2.x * rows.2.x + rows.2.y * rows.2.y).squareRoot()
    let tilt = atan2(sine, rows.2.z) * degrees
    guard sine > 1e-9 else {  // Only the sum or the difference of the two others is defined.
      return (0, tilt, atan2(rows.2.z > 0 ? -rows.1.x : rows.1.x, rows.1.y) * degrees)
    }
    return (
      atan2(rows.2.y, rows.2.x) * degrees, tilt, atan2(rows.1.z, -rows.0.z) * degrees
    )
  }

  /// The rotation of RELION's angles.
  public init(rot: Double, tilt: Double, psi: Double) {
    let z = SIMD3(0.0, 0, 1)
    self = Rotation(about: z, degrees: -psi).after(
      Rotation(about: SIMD3(0, 1, 0), degrees: -tilt).after(Rotation(about: z, degrees: -rot)))
  }

  /// The group that `generators` make.
  public static func group(_ generators: [Rotation]) -> [Rotation] {
    var members = [identity]
    var next = 0
    while next < members.count && members.count <= 120 {
      for generator in generators {
        let product = generator.after(members[next])
        if !members.contains(where: { $0.difference(product) < 1e-6 }) { members.append(product) }
      }
      next += 1
    }
    return members
  }
}

/// A point group of rotations.
public enum Symmetry: Sendable, Equatable {
  /// n-fold about z.
  case cyclic(Int)
  /// n-fold about z, twofold about x.
  case dihedral(Int)
  case tetrahedral
  case octahedral
  case icosahedral

  public var rotations: [Rotation] {
    let (x, z, diagonal) = (SIMD3(1.0, 0, 0), SIMD3(0.0, 0, 1), SIMD3(1.0, 1, 1))
    let golden = (1 + 5.0.squareRoot()) / 2
    return switch self {
    case .cyclic(let n): (0..<n).map { Rotation(about: z, degrees: 360 * Double($0) / Double(n)) }
    case .dihedral(let n):
      Rotation.group([Rotation(about: z, degrees: 360 / Double(n)), Rotation(about: x, degrees: 180)])
    case .tetrahedral:
      Rotation.group([Rotation(about: z, degrees: 180), Rotation(about: diagonal, degrees: 120)])
    case .octahedral:
      Rotation.group([Rotation(about: z, degrees: 90), Rotation(about: diagonal, degrees: 120)])
    case .icosahedral:
      Rotation.group([
        Rotation(about: SIMD3(0, 1, golden), degrees: 72), Rotation(about: diagonal, degrees: 120),
      ])
    }
  }

  public var name: String {
    switch self {
    case .cyclic(let n): "C\(n)"
    case .dihedral(let n): "D\(n)"
    case .tetrahedral: "T"
    case .octahedral: "O"
    case .icosahedral: "I"
    }
  }
}

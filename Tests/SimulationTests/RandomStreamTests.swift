import Platform
import Simulation
import Testing

@Suite("Random numbers")
struct RandomStreamTests {
  @Test("streams repeat, and differ by seed, purpose and path") func streams() {
    func first(_ stream: RandomStream) -> UInt64 {
      var stream = stream
      return stream.next()
    }
    #expect(first(RandomStream(1, .particle, 2, 3)) == first(RandomStream(1, .particle, 2, 3)))
    let others = [
      RandomStream(1, .particle, 2, 3), RandomStream(2, .particle, 2, 3), RandomStream(1, .tilt, 2, 3),
      RandomStream(1, .particle, 3, 2), RandomStream(1, .particle, 2), RandomStream(1, .particle, 2, 4),
      RandomStream(0, .choice), RandomStream(.max, .choice),
    ]
    #expect(Set(others.map(first)).count == others.count)
  }

  /// Mean and variance of `count` values.
  static func moments(_ count: Int, _ value: () -> Double) -> (mean: Double, variance: Double) {
    let values = (0..<count).map { _ in value() }
    let mean = values.reduce(0, +) / Double(count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count))
  }

  @Test("moments of the distributions") func distributions() {
    var random = RandomStream(5, .choice)
    let uniform = Self.moments(20_000) { random.uniform() }
    #expect(abs(uniform.mean - 0.5) < 0.01 && abs(uniform.variance - 1 / 12.0) < 0.003)
    let normal = Self.moments(20_000) { random.normal() }
    #expect(abs(normal.mean) < 0.03 && abs(normal.variance - 1) < 0.05)
    for mean in [0.0, 0.3, 5, 40, 63, 200] {
      let poisson = Self.moments(20_000) { random.poisson(mean) }
      #expect(abs(poisson.mean - mean) <= 0.03 * max(1, mean.squareRoot()), "mean for \(mean)")
      #expect(abs(poisson.variance - mean) <= 0.06 * max(1, mean), "variance for \(mean)")
    }
  }

  @Test("rotations are uniform") func rotations() {
    var random = RandomStream(6, .choice)
    var images: [SIMD3<Double>] = []
    var angles: [Double] = []
    for _ in 0..<8000 {
      let rotation = random.rotation()
      images.append(rotation(SIMD3(0, 0, 1)))
      let trace = rotation.rows.0.x + rotation.rows.1.y + rotation.rows.2.z
      angles.append(acos(min(1, max(-1, (trace - 1) / 2))))
    }
    let mean = images.reduce(.zero, +) / 8000
    #expect(abs(mean.x) < 0.03 && abs(mean.y) < 0.03 && abs(mean.z) < 0.03)
    // The angle's density is (1 - cos a) / pi: its mean is pi / 2 + 2 / pi.
    let angle = angles.reduce(0, +) / 8000
    #expect(abs(angle - (Double.pi / 2 + 2 / Double.pi)) < 0.03)
  }
}

@Suite("Rotations")
struct RotationTests {
  static func difference(_ a: Rotation, _ b: Rotation) -> Double {
    let rows = [a.rows.0 - b.rows.0, a.rows.1 - b.rows.1, a.rows.2 - b.rows.2]
    return rows.map { max(abs($0.x), abs($0.y), abs($0.z)) }.max() ?? 1
  }

  /// RELION's `Euler_angles2matrix`, written out.
  static func relion(_ rot: Double, _ tilt: Double, _ psi: Double) -> Rotation {
    func parts(_ degrees: Double) -> (c: Double, s: Double) {
      (cos(degrees * Double.pi / 180), sin(degrees * Double.pi / 180))
    }
    let (a, b, g) = (parts(rot), parts(tilt), parts(psi))
    return Rotation(
      SIMD3(g.c * b.c * a.c - g.s * a.s, g.c * b.c * a.s + g.s * a.c, -g.c * b.s),
      SIMD3(-g.s * b.c * a.c - g.c * a.s, -g.s * b.c * a.s + g.c * a.c, g.s * b.s),
      SIMD3(b.s * a.c, b.s * a.s, b.c))
  }

  @Test("RELION's angles give the matrix back") func relionAngles() {
    var random = RandomStream(7, .choice)
    var rotations = (0..<200).map { _ in random.rotation() }
    rotations += [.identity] + Symmetry.octahedral.rotations
    for rotation in rotations {
      let angles = rotation.relionAngles
      #expect(Self.difference(Self.relion(angles.rot, angles.tilt, angles.psi), rotation) < 1e-9)
      let again = Rotation(rot: angles.rot, tilt: angles.tilt, psi: angles.psi)
      #expect(Self.difference(again, rotation) < 1e-9)
    }
  }

  @Test("a rotation about z is counter-clockwise, and products apply from the right") func sense() {
    let quarter = Rotation(about: SIMD3(0, 0, 1), degrees: 90)
    let image = quarter(SIMD3(1, 0, 0))
    #expect(abs(image.y - 1) < 1e-12 && abs(image.x) < 1e-12)
    let flip = Rotation(about: SIMD3(1, 0, 0), degrees: 180)
    let both = flip.after(quarter)(SIMD3(1, 0, 0))
    #expect(abs(both.y + 1) < 1e-12)
    #expect(Self.difference(quarter.inverse.after(quarter), .identity) < 1e-12)
  }

  @Test(
    "groups have their order",
    arguments: [
      (Symmetry.cyclic(1), 1), (.cyclic(7), 7), (.dihedral(7), 14), (.tetrahedral, 12), (.octahedral, 24),
      (.icosahedral, 60),
    ])
  func order(symmetry: Symmetry, order: Int) {
    #expect(symmetry.rotations.count == order)
    #expect(Self.difference(symmetry.rotations[0], .identity) < 1e-12)
  }
}

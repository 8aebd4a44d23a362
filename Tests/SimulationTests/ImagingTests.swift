import Platform
import Runs
import Simulation
import Testing

@Suite("Imaging")
struct ImagingTests {
  @Test(
    "wavelength and interaction constant",
    arguments: [(300.0, 0.019_687, 6.526e-4), (200, 0.025_079, 7.288e-4)])
  func constants(kilovolts: Double, wavelength: Double, interaction: Double) {
    var parameters = ImagingParameters()
    parameters.kilovolts = kilovolts
    let optics = Optics(parameters)
    #expect(abs(optics.wavelength - wavelength) < 1e-6)
    #expect(abs(optics.interaction - interaction) < 1e-7)
  }

  @Test("radiation damage: the critical exposure of Grant and Grigorieff") func damage() {
    // Ne(1/20 A) = 38.7 electrons; the amplitude falls as exp(-N / 2 Ne).
    #expect(abs(Optics.damage(0.05, dose: 2 * 38.73) - exp(-1)) < 2e-3)
    #expect(Optics.damage(0, dose: 100) == 1)
    #expect(Optics.damage(0.1, dose: 50) < Optics.damage(0.05, dose: 50))
  }

  /// Frequencies at which the phase is n pi - asin A, so that the CTF is 0.
  static func zeros(_ count: Int, _ parameters: ImagingParameters) -> [Double] {
    let wavelength = 0.019_687_5
    let a = Double.pi * wavelength * parameters.defocusMicrometres * 1e4
    let b = Double.pi / 2 * parameters.sphericalAberrationMillimetres * 1e7 * pow(wavelength, 3)
    return (1...count).map { n in
      let phase = Double(n) * Double.pi - asin(parameters.amplitudeContrast)
      return ((a - (a * a - 4 * b * phase).squareRoot()) / (2 * b)).squareRoot()
    }
  }

  /// The spectrum's magnitude along u of an image of one narrow blob at the middle, by frequency in steps of
  /// 1 / (256 voxels).
  static func spectrumOfDot(_ parameters: PhantomParameters) throws -> [Double] {
    let angles = parameters.imaging.angles
    let detector = Detector(parameters.field, angles: angles)
    var specimen = try Specimen(
      parameters.field, marginX: detector.marginX(parameters.field, angles: angles),
      marginY: detector.marginY, memoryLimit: 1 << 30)
    let dot = Species("dot", blobs: [SIMD4(0, 0, 0, 500)], sigmaAngstroms: 1, description: "")
    let patch = ParticlePatch(
      dot, rotation: .identity, offset: SIMD3(repeating: 0.5),
      voxelSizeAngstroms: parameters.voxelSizeAngstroms)
    specimen.add(
      patch, z: 15, x: 63 + specimen.marginX, y: 63 + specimen.marginY, instance: 1, code: 1)
    let series = TiltSeries(specimen, detector, parameters: parameters, observer: SilentObserver())
    let middle = angles.firstIndex(of: 0) ?? 0
    let image = series.images[middle].contrast
    // Along u the image is summed over y: the spectrum's line of y frequency 0.
    var line = [Float](repeating: 0, count: 256)
    for u in 0..<detector.width {
      for y in 0..<detector.height { line[u] += image[u * detector.height + y] }
    }
    let spectrum = ImageSpectrum(line, rows: 256, columns: 1)
    return (0...128).map { index in
      let value = spectrum.value(row: index, column: 0)
      return Double(value.re * value.re + value.im * value.im).squareRoot()
    }
  }

  @Test("the CTF's zeros are at their frequencies in the image") func zerosInTheImage() throws {
    var parameters = PhantomParameters()
    parameters.size = SIMD3(128, 128, 32)
    parameters.voxelSizeAngstroms = 4
    parameters.imaging.signalToNoise = .infinity
    parameters.imaging.defocusVariationMicrometres = 0
    parameters.imaging.tiltRange = (-3, 3)
    let spectrum = try Self.spectrumOfDot(parameters)
    let step = 1 / (256 * 4.0)
    for zero in Self.zeros(5, parameters.imaging) {
      let expected = zero / step
      let near = Int(expected) - 3...Int(expected) + 4
      let least = near.min { spectrum[$0] < spectrum[$1] } ?? 0
      #expect(abs(Double(least) - expected) < 0.75, "a zero at \(expected) steps was found at \(least)")
      let around = spectrum[near.lowerBound - 3...near.upperBound + 3].max() ?? 0
      #expect(spectrum[least] < 0.12 * around)
    }
  }

  @Test("the contrast at low frequency is dark for dense matter, of the amplitude contrast's strength")
  func sign() {
    var parameters = ImagingParameters()
    parameters.amplitudeContrast = 0.1
    #expect(abs(Optics(parameters).contrastTransfer(0, defocusMicrometres: 3) + 0.1) < 1e-12)
    #expect(Optics(parameters).contrastTransfer(0.02, defocusMicrometres: 3) < -0.3)
  }

  @Test("a projection keeps the mass, at every tilt", arguments: [-60.0, -31, 0, 45])
  func mass(angle: Double) throws {
    var parameters = PhantomParameters()
    parameters.size = SIMD3(48, 48, 32)
    let detector = Detector(parameters.field, angles: [-60, 60])
    var specimen = try Specimen(
      parameters.field, marginX: detector.marginX(parameters.field, angles: [-60, 60]),
      marginY: detector.marginY, memoryLimit: 1 << 30)
    let species = NamedSpecies.globule.species
    let patch = ParticlePatch(
      species, rotation: .identity, offset: SIMD3(0.2, -0.1, 0.3), voxelSizeAngstroms: 10)
    specimen.add(patch, z: 14, x: 20 + specimen.marginX, y: 28 + specimen.marginY, instance: 1, code: 1)
    let image = detector.project(specimen, angle: angle)
    let total = image.reduce(0.0) { $0 + Double($1) }
    #expect(abs(total / (species.volumeCubicAngstroms / 1000) - 1) < 1e-4)
    // Its middle is where the tilt geometry puts it.
    var (u, y) = (0.0, 0.0)
    for pixel in image.indices {
      u += Double(image[pixel]) * Double(pixel / detector.height) / total
      y += Double(image[pixel]) * Double(pixel % detector.height) / total
    }
    let radians = angle * Double.pi / 180
    let expected =
      (20.2 - 23.5) * cos(radians) + (14.3 - 15.5) * sin(radians) + Double(detector.width - 1) / 2
    #expect(abs(u - expected) < 0.02, "u is \(u), not \(expected)")
    #expect(abs(y - (27.9 + Double(detector.marginY))) < 0.02)
  }

  @Test("tilts are recorded from 0 outwards") func order() {
    var parameters = ImagingParameters()
    parameters.tiltRange = (-6, 6)
    let angles = parameters.angles
    #expect(parameters.order.map { angles[$0] } == [0, 3, -3, 6, -6])
    #expect(ImagingParameters().angles.count == 41)
  }
}

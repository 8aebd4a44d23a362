import Cryo
import Files
import NN
import Parallel

/// One image of a tilt series, as recorded.
package struct TiltImage: Sendable {
  package let angle: Double
  /// Contrast: counts over their mean, less 1; `[u, y]`.
  package let contrast: [Float]
  /// Variance of the part that the specimen made, and of the noise.
  package let signalVariance: Double
  package let noiseVariance: Double
}

/// The tilt series of a specimen.
package struct TiltSeries: Sendable {
  package let detector: Detector
  package let images: [TiltImage]

  /// Records `specimen`: line integrals, optics, damage, shifts, electrons.
  package init(
    _ specimen: Specimen, _ detector: Detector, parameters: PhantomParameters, observer: any RunObserver
  ) {
    let imaging = parameters.imaging
    let angles = imaging.angles
    var rank = [Int](repeating: 0, count: angles.count)
    for (position, index) in imaging.order.enumerated() { rank[index] = position }
    let stage = observer.begin("tilt series", total: angles.count, unit: "images")
    let camera = Camera(parameters, detector)
    var noise: Double?
    if let ratio = imaging.signalToNoise,
      let level = angles.indices.min(by: { abs(angles[$0]) < abs(angles[$1]) })
    {
      let signal = camera.signal(specimen, angle: angles[level], rank: rank[level], index: level)
      noise = ratio.isFinite ? (Camera.variance(signal) / ratio).squareRoot() : 0
    }
    images = Parallel.map(angles.count) { index in
      let image = camera.record(
        specimen, angle: angles[index], rank: rank[index], index: index, noise: noise)
      stage.advance(by: 1)
      return image
    }
    self.detector = detector
    stage.finish()
  }
}

/// Makes images of a specimen.
private struct Camera: Sendable {
  let parameters: PhantomParameters
  let detector: Detector
  let optics: Optics

  init(_ parameters: PhantomParameters, _ detector: Detector) {
    (self.parameters, self.detector) = (parameters, detector)
    optics = Optics(parameters.imaging)
  }

  /// The contrast without noise: twice the phase shift, seen through the optics; `[u, y]`.
  func signal(_ specimen: Specimen, angle: Double, rank: Int, index: Int) -> [Float] {
    let imaging = parameters.imaging
    let voxel = parameters.voxelSizeAngstroms
    var random = RandomStream(parameters.seed, .tilt, index, 0)
    let defocus = imaging.defocusMicrometres + imaging.defocusVariationMicrometres * random.normal()
    let shift = SIMD2(random.normal(), random.normal()) * imaging.jitter
    let dose = imaging.dose * (Double(rank) + 0.5) / Double(imaging.angles.count)
    var spectrum = ImageSpectrum(
      detector.padded(detector.project(specimen, angle: angle)), rows: detector.paddedWidth,
      columns: detector.paddedHeight)
    let strength = 2 * optics.interaction * imaging.proteinPotentialVolts * voxel
    spectrum.multiply { u, y in
      let frequency = (u * u + y * y).squareRoot() / voxel
      return strength * optics.contrastTransfer(frequency, defocusMicrometres: defocus)
        * Optics.damage(frequency, dose: dose)
    }
    if shift != .zero { spectrum.shift(rows: shift.x, columns: shift.y) }
    return detector.cropped(spectrum.image())
  }

  /// The image with noise: white of standard deviation `noise`, or that of the electrons.
  func record(_ specimen: Specimen, angle: Double, rank: Int, index: Int, noise: Double?) -> TiltImage {
    let signal = signal(specimen, angle: angle, rank: rank, index: index)
    var random = RandomStream(parameters.seed, .tilt, index, 1)
    var contrast = signal
    var variance = 0.0
    if let noise {
      variance = noise * noise
      if noise > 0 { for pixel in contrast.indices { contrast[pixel] += Float(noise * random.normal()) } }
    } else {
      let electrons = electrons(angle)
      variance = 1 / electrons
      for pixel in contrast.indices {
        let mean = electrons * max(0, 1 + Double(signal[pixel]))
        contrast[pixel] = Float(random.poisson(mean) / electrons - 1)
      }
    }
    let mean = Float(contrast.reduce(0.0) { $0 + Double($1) } / Double(contrast.count))
    for pixel in contrast.indices { contrast[pixel] -= mean }
    return TiltImage(
      angle: angle, contrast: contrast, signalVariance: Self.variance(signal), noiseVariance: variance)
  }

  /// Electrons that are counted in a pixel of the image at `angle`.
  private func electrons(_ angle: Double) -> Double {
    let imaging = parameters.imaging
    let voxel = parameters.voxelSizeAngstroms
    let thickness = Double(parameters.size.z - 2 * parameters.iceMargin) * voxel / cosine(degrees: angle)
    return max(
      1e-3,
      imaging.dose / Double(imaging.angles.count) * voxel * voxel * optics.transmission(thickness)
        * imaging.detectiveQuantumEfficiency)
  }

  static func variance(_ values: [Float]) -> Double {
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    return values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
  }
}

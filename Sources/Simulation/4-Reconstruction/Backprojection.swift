import Cryo
import NN
import Parallel
import Platform

func cosine(degrees: Double) -> Double { cos(degrees * Double.pi / 180) }

/// Weighted back-projection: each image is filtered, then smeared along its rays through the field of view.
///
/// What no image saw stays empty: the missing wedge.
package struct Backprojection {
  let field: FieldOfView
  let detector: Detector
  let parameters: PhantomParameters

  package init(field: FieldOfView, detector: Detector, parameters: PhantomParameters) {
    (self.field, self.detector, self.parameters) = (field, detector, parameters)
  }

  /// The tomogram `[z, y, x]` of `series`, mean 0 and standard deviation 1; a filter more if `filtered`.
  package func reconstruct(_ series: TiltSeries, filtered: Bool, stage: any StageProgress) -> [Float] {
    let images = Parallel.map(series.images.count) { index in
      let image = series.images[index]
      stage.advance(by: 1)
      return filter(image, filtered: filtered)
    }
    let rays = series.images.map { image in
      let radians = image.angle * Double.pi / 180
      return (cosine: cos(radians), sine: sin(radians))
    }
    let (width, height, depth) = (field.width, field.height, field.depth)
    let sections = Parallel.map(depth) { z in
      section(z, images, rays)
    }
    var voxels = [Float](repeating: 0, count: width * height * depth)
    for z in 0..<depth {
      let base = z * width * height
      sections[z].withUnsafeBufferPointer { section in
        for x in 0..<width {
          for y in 0..<height { voxels[base + y * width + x] = section[x * height + y] }
        }
      }
    }
    normalise(&voxels)
    return voxels
  }

  /// Phase flip, ramp and low-pass of one image.
  private func filter(_ image: TiltImage, filtered: Bool) -> [Float] {
    let imaging = parameters.imaging
    let options = parameters.reconstruction
    let voxel = parameters.voxelSizeAngstroms
    let optics = Optics(imaging)
    let sign = options.inverted ? -1.0 : 1.0
    let extra = filtered ? VolumeFilter(parameters) : nil
    var spectrum = ImageSpectrum(
      detector.padded(image.contrast), rows: detector.paddedWidth, columns: detector.paddedHeight)
    spectrum.multiply { u, y in
      let radius = (u * u + y * y).squareRoot()
      let transfer = optics.contrastTransfer(radius / voxel, defocusMicrometres: imaging.defocusMicrometres)
      let flip = options.flipsPhases && transfer > 0 ? -1.0 : 1.0
      let beyond = max(0, radius - options.cutoff) / options.falloff
      let factor = sign * flip * abs(u) * exp(-0.5 * beyond * beyond)
      return extra.map { factor * $0(radius) } ?? factor
    }
    return detector.cropped(spectrum.image())
  }

  /// Section z, `[x, y]`.
  private func section(_ z: Int, _ images: [[Float]], _ rays: [(cosine: Double, sine: Double)]) -> [Float] {
    let (width, height) = (field.width, field.height)
    var section = [Float](repeating: 0, count: width * height)
    let (middleX, middleZ) = (Double(width - 1) / 2, Double(field.depth - 1) / 2)
    section.withUnsafeMutableBufferPointer { section in
      guard let target = section.baseAddress else { return }
      for (image, ray) in zip(images, rays) {
        image.withUnsafeBufferPointer { image in
          guard let source = image.baseAddress else { return }
          for x in 0..<width {
            let u =
              (Double(x) - middleX) * ray.cosine + (Double(z) - middleZ) * ray.sine + detector.middle
            let pixel = min(detector.width - 2, max(0, Int(u.rounded(.down))))
            let share = Float(u - Double(pixel))
            let line = source + pixel * detector.height + detector.marginY
            Detector.add(line, 1 - share, to: target + x * height, count: height)
            Detector.add(line + detector.height, share, to: target + x * height, count: height)
          }
        }
      }
    }
    return section
  }

  private func normalise(_ voxels: inout [Float]) {
    let mean = voxels.reduce(0.0) { $0 + Double($1) } / Double(voxels.count)
    let variance =
      voxels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(voxels.count)
    let scale = variance > 0 ? 1 / variance.squareRoot() : 1
    for index in voxels.indices { voxels[index] = Float((Double(voxels[index]) - mean) * scale) }
  }
}

/// The filter of the second tomogram, by frequency in cycles per voxel.
///
/// Filters of the volume that depend on the length of the frequency alone are applied to the images: by the
/// central slice theorem it is the same.
struct VolumeFilter: Sendable {
  private let optics: Optics
  private let parameters: PhantomParameters

  init(_ parameters: PhantomParameters) {
    self.parameters = parameters
    optics = Optics(parameters.imaging)
  }

  func callAsFunction(_ frequency: Double) -> Double {
    var factor = 1.0
    let voxel = parameters.voxelSizeAngstroms
    if let resolution = parameters.reconstruction.lowPassAngstroms {
      // A Gaussian that leaves one half at the resolution.
      let ratio = frequency / voxel * resolution
      factor *= exp(-0.693_147_18 * ratio * ratio)
    }
    if let strength = parameters.reconstruction.deconvolution {
      factor *= deconvolution(frequency, strength: strength)
    }
    return factor
  }

  /// Wiener's filter |CTF| / (CTF^2 + 1 / SNR) with the SNR that Warp assumes: exponential in the frequency, with a
  /// high-pass at 0.02 of Nyquist's (Tegunov and Cramer 2019).
  private func deconvolution(_ frequency: Double, strength: Double) -> Double {
    let voxel = parameters.voxelSizeAngstroms
    let relative = min(1, 2 * frequency)
    let rise = min(1, relative / 0.02)
    let highPass = 1 - cos(rise * Double.pi / 2)
    let ratio = exp(-relative * 100 / voxel) * pow(10, 3 * strength) * highPass + 1e-6
    let transfer = abs(
      optics.contrastTransfer(
        frequency / voxel, defocusMicrometres: parameters.imaging.defocusMicrometres))
    return transfer / (transfer * transfer + 1 / ratio)
  }
}

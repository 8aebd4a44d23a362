import Platform

/// The microscope's optics and what the beam does to the specimen, by spatial frequency in 1/Angstrom.
package struct Optics: Sendable {
  private let parameters: ImagingParameters
  /// The electrons' wavelength in Angstroms.
  package let wavelength: Double
  /// Radians of phase per volt and Angstrom.
  package let interaction: Double

  package init(_ parameters: ImagingParameters) {
    self.parameters = parameters
    let volts = parameters.kilovolts * 1000
    // h / sqrt(2 m e V (1 + e V / (2 m c^2))), in Angstroms; the rest energy is 510,999 eV.
    wavelength = 12.264_26 / (volts * (1 + volts / 1_021_998)).squareRoot()
    // 2 pi / (wavelength V) times (mc^2 + eV) / (2 mc^2 + eV)
    interaction = 2 * Double.pi / (wavelength * volts) * (510_999 + volts) / (1_021_998 + volts)
  }

  /// The contrast transfer function; negative near 0, where dense matter is dark.
  ///
  /// -(sqrt(1 - A^2) sin X + A cos X) with X = pi lambda defocus k^2 - pi/2 Cs lambda^3 k^4.
  package func contrastTransfer(_ frequency: Double, defocusMicrometres: Double) -> Double {
    let square = frequency * frequency
    let aberration = parameters.sphericalAberrationMillimetres * 1e7
    let phase =
      Double.pi * wavelength * defocusMicrometres * 1e4 * square
      - Double.pi / 2 * aberration * wavelength * wavelength * wavelength * square * square
    let amplitude = parameters.amplitudeContrast
    return -((1 - amplitude * amplitude).squareRoot() * sin(phase) + amplitude * cos(phase))
  }

  /// What `dose` electrons per square Angstrom leave of the signal (Grant and Grigorieff 2015, eq. 3; at 300 kV).
  package static func damage(_ frequency: Double, dose: Double) -> Double {
    guard frequency > 1e-4 else { return 1 }
    let critical = 0.244_99 * pow(frequency, -1.6649) + 2.8141
    return exp(-dose / (2 * critical))
  }

  /// The share of electrons that come through `angstroms` of ice.
  package func transmission(_ angstroms: Double) -> Double {
    exp(-angstroms / parameters.meanFreePathAngstroms)
  }
}

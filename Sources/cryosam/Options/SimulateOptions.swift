import ArgumentParser
import CommandLineKit
import Files
import Runs
import Simulation

/// Where the options' defaults come from.
private let usual = PhantomParameters()

/// What is in the phantom.
struct SpecimenOptions: ParsableArguments {
  @Option(
    name: .customLong("species"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A built-in species and how many of it are in the field of view (may be repeated).",
      valueName: "name:count"))
  var species: [SpeciesArgument] = []
  @Option(
    name: .customLong("template"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A species from a map, protein bright, background 0 (may be repeated; 10 of it if no count is given).",
      valueName: "map.mrc:count"))
  var templates: [TemplateArgument] = []
  @Option(
    help: ArgumentHelp(
      "Species made up by the seed; they fill 6 to 14 % of the ice.", default: 0, valueName: "n"),
    transform: within(0...ClassCode.mostSpecies))
  var randomSpecies = 0
  @Option(help: ArgumentHelp("Least and greatest diameter of these.", valueName: "angstrom,angstrom"))
  var randomSizes = DiameterRange(RandomSpecies.usualSizes)
  @Option(help: ArgumentHelp("Voxels along x, y, z.", valueName: "x,y,z"))
  var size = SizeArgument.usual
  @Option(
    help: ArgumentHelp("Voxel size.", default: usual.voxelSizeAngstroms, valueName: "angstrom"),
    transform: within(1...50))
  var voxelSize = usual.voxelSizeAngstroms
  @Option(help: ArgumentHelp("Each seed gives another phantom.", valueName: "n"))
  var seed = usual.seed
  @Option(
    help: ArgumentHelp("Vesicles and sheets (default: none to two, by the seed).", valueName: "n"),
    transform: within(0...1000))
  var membranes: Int?
  @Option(
    help: ArgumentHelp("Gold beads of 10 nm (default: none to two, by the seed).", valueName: "n"),
    transform: within(0...1000))
  var gold: Int?
  @Option(
    help: ArgumentHelp("Small proteins everywhere.", default: usual.crowding, valueName: "mg/ml"),
    transform: within(0...300))
  var crowding = usual.crowding
  @Option(
    help: ArgumentHelp(
      "Share of the ice's faces that denatured protein covers.", default: usual.film, valueName: "share"),
    transform: within(0...10))
  var film = usual.film
  @Option(help: ArgumentHelp("Voxels without ice at the top and at the bottom.", valueName: "voxels"))
  var iceMargin = usual.iceMargin

  func validate() throws {
    for argument in species { _ = try argument.species() }
    guard iceMargin >= 0, size.size.z - 2 * iceMargin >= 8 else {
      throw ValidationError("'--ice-margin' must not be negative and leave at least 8 voxels of ice")
    }
  }

  func set(_ parameters: inout PhantomParameters) {
    parameters.size = size.size
    parameters.voxelSizeAngstroms = voxelSize
    parameters.seed = seed
    parameters.membranes = membranes
    parameters.gold = gold
    parameters.crowding = crowding
    parameters.film = film
    parameters.iceMargin = iceMargin
  }

  /// The templates' files, for the record.
  func inputs() throws -> [(role: String, input: RunRecord.Input)] {
    try templates.enumerated().map { index, template in
      let input = RunRecord.Input(template.path, sha256: try SHA256.hexDigest(ofFile: template.path))
      return ("template_\(index + 1)", input)
    }
  }

  /// The species and their numbers.
  func requests(_ parameters: PhantomParameters) throws -> [SpeciesRequest] {
    let maps = try templates.map { template in
      SpeciesRequest(
        try TemplateSpecies.species(template.path, voxelSizeAngstroms: voxelSize), count: template.count)
    }
    return try SpeciesMix.requests(
      named: species.map { try $0.species() }, templates: maps, random: randomSpecies,
      sizes: randomSizes.range, parameters)
  }
}

/// What the microscope does.
struct ImagingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: ArgumentHelp("First and last tilt angle.", valueName: "degrees,degrees"))
  var tiltRange = AngleRange(low: -60, high: 60)
  @Option(
    help: ArgumentHelp("From one tilt to the next.", default: usual.imaging.tiltStep, valueName: "degrees"),
    transform: within(0.5...30))
  var tiltStep = usual.imaging.tiltStep
  @Option(
    help: ArgumentHelp("Acceleration voltage.", default: usual.imaging.kilovolts, valueName: "kV"),
    transform: within(60...1000))
  var voltage = usual.imaging.kilovolts
  @Option(
    help: ArgumentHelp(
      "Spherical aberration.", default: usual.imaging.sphericalAberrationMillimetres, valueName: "mm"),
    transform: within(0...10))
  var cs = usual.imaging.sphericalAberrationMillimetres
  @Option(
    help: ArgumentHelp("Amplitude contrast.", default: usual.imaging.amplitudeContrast, valueName: "share"),
    transform: within(0...1))
  var amplitudeContrast = usual.imaging.amplitudeContrast
  @Option(
    help: ArgumentHelp("Underfocus.", default: usual.imaging.defocusMicrometres, valueName: "um"),
    transform: within(0...20))
  var defocus = usual.imaging.defocusMicrometres
  @Option(
    help: ArgumentHelp(
      "Standard deviation of each tilt's defocus, not known to the correction.",
      default: usual.imaging.defocusVariationMicrometres, valueName: "um"),
    transform: within(0...5))
  var defocusVariation = usual.imaging.defocusVariationMicrometres
  @Option(
    help: ArgumentHelp(
      "Electrons per square Angstrom, over the series.", default: usual.imaging.dose, valueName: "e/A2"),
    transform: within(0.1...10_000))
  var dose = usual.imaging.dose
  @Option(
    help: ArgumentHelp(
      "Variance of signal over noise in the untilted image, instead of the electrons' noise; inf: no noise.",
      valueName: "ratio"))
  var snr: Double?
  @Option(
    help: ArgumentHelp(
      "Standard deviation of the images' shifts.", default: usual.imaging.jitter, valueName: "voxels"),
    transform: within(0...10))
  var jitter = usual.imaging.jitter

  func validate() throws {
    if let snr {
      guard snr > 0 else { throw ValidationError("'--snr' must be above 0; inf means no noise") }
    }
  }

  func set(_ parameters: inout ImagingParameters) {
    parameters.tiltRange = (tiltRange.low, tiltRange.high)
    parameters.tiltStep = tiltStep
    parameters.kilovolts = voltage
    parameters.sphericalAberrationMillimetres = cs
    parameters.amplitudeContrast = amplitudeContrast
    parameters.defocusMicrometres = defocus
    parameters.defocusVariationMicrometres = defocusVariation
    parameters.dose = dose
    parameters.signalToNoise = snr
    parameters.jitter = jitter
  }
}

/// What is made of the images.
struct ReconstructionOptions: ParsableArguments {
  @Flag(inversion: .prefixedNo, help: "Correct the phases that the CTF turned over.")
  var phaseFlip = true
  @Option(
    help: ArgumentHelp(
      "Frequency above which the images are damped, per voxel.", default: usual.reconstruction.cutoff,
      valueName: "cycles"),
    transform: within(0.05...0.5))
  var cutoff = usual.reconstruction.cutoff
  @Option(
    help: ArgumentHelp("Also write tomogram-filtered.mrc, low-passed here.", valueName: "angstrom"),
    transform: within(1...1000))
  var lowPass: Double?
  @Option(
    help: ArgumentHelp(
      "Also write tomogram-filtered.mrc, deconvolved by the CTF as in Warp; 1 is usual.",
      valueName: "strength"), transform: within(0...3))
  var deconvolve: Double?
  @Flag(help: "Dense matter bright; without it it is dark, as in raw tomograms.")
  var invert = false

  func validate() throws {
  }

  func set(_ parameters: inout ReconstructionParameters) {
    parameters.flipsPhases = phaseFlip
    parameters.cutoff = cutoff
    parameters.lowPassAngstroms = lowPass
    parameters.deconvolution = deconvolve
    parameters.inverted = invert
  }
}

/// `ribosome:12`, or `ribosome` alone. `NAME` is checked when all options are read, for a message of our own.
struct SpeciesArgument: ExpressibleByArgument {
  let name: String
  let count: Int?

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    name = parts.first.map(String.init) ?? ""
    count = parts.count == 2 ? Int(parts[1]) : nil
    guard parts.count == 1 || count.map((0...10_000).contains) ?? false else { return nil }
  }

  /// The species and its number.
  func species() throws -> (species: NamedSpecies, count: Int) {
    guard let species = NamedSpecies(rawValue: name) else {
      let names = NamedSpecies.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("There is no species '\(name)'; there are \(names)")
    }
    return (species, count ?? species.usualCount)
  }
}

/// `map.mrc:12`, or `map.mrc` alone.
struct TemplateArgument: ExpressibleByArgument {
  let path: String
  let count: Int

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), let count = Int(argument[argument.index(after: colon)...])
    else {
      (path, count) = (argument, 10)
      return
    }
    guard (0...10_000).contains(count), colon > argument.startIndex else { return nil }
    (path, self.count) = (String(argument[..<colon]), count)
  }
}

/// `160,160,64`
struct SizeArgument: ExpressibleByArgument {
  let size: SIMD3<Int>
  static let usual = SizeArgument(size: SIMD3(160, 160, 64))

  private init(size: SIMD3<Int>) { self.size = size }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard parts.count == 3, numbers.count == 3, numbers.allSatisfy({ (16...4096).contains($0) }) else {
      return nil
    }
    size = SIMD3(numbers[0], numbers[1], numbers[2])
  }

  var defaultValueDescription: String { "\(size.x),\(size.y),\(size.z)" }
}

/// `80,350`
struct DiameterRange: ExpressibleByArgument {
  let range: ClosedRange<Double>

  init(_ range: ClosedRange<Double>) { self.range = range }

  init?(argument: String) {
    guard let (low, high) = twoNumbers(argument), low >= 30, low <= high, high <= 2000 else { return nil }
    range = low...high
  }

  var defaultValueDescription: String { "\(Int(range.lowerBound)),\(Int(range.upperBound))" }
}

/// `-60,60`
struct AngleRange: ExpressibleByArgument {
  let low: Double
  let high: Double

  init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  init?(argument: String) {
    guard let (low, high) = twoNumbers(argument), low >= -75, high <= 75, low < high else { return nil }
    self.init(low: low, high: high)
  }

  var defaultValueDescription: String { "\(Int(low)),\(Int(high))" }
}

/// `LOW,HIGH`
private func twoNumbers(_ argument: String) -> (Double, Double)? {
  let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
  guard parts.count == 2, let low = Double(parts[0]), let high = Double(parts[1]) else { return nil }
  return (low, high)
}

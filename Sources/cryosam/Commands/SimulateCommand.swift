import ArgumentParser
import CommandLineKit
import Files
import Runs
import Simulation

/// `cryosam simulate`: a tomogram of known contents.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulate a tomogram of known contents, with its truth.",
    discussion: """
      EXAMPLES
        cryosam simulate -o phantom --seed 7
        cryosam simulate -o phantom --species ribosome:20 --species tric:10 --deconvolve 1
        cryosam simulate -o phantom --template emd_1234.map:15 --species globule:30 --size 256,256,96
        cryosam simulate -o training/0001 --random-species 12 --seed 1

      Crowded ice, seen in a tilt series with CTF, radiation damage and electron noise, reconstructed by weighted
      back-projection: the missing wedge is a real one. Dense matter is dark. The folder gets tomogram.mrc (mean 0,
      standard deviation 1), the truth as particles.star (and one table for each species), instances.mrc (labels are
      rows of particles.star) and species.mrc, overview.png and simulate.json. The same seed and options give the
      same bytes. Without --species, --template or --random-species there is a mix of all built-in species.

      Species: \(NamedSpecies.allCases.map(\.rawValue).joined(separator: ", ")).
      """)

  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Specimen") var specimen: SpecimenOptions
  @OptionGroup(title: "Imaging") var imaging: ImagingOptions
  @OptionGroup(title: "Reconstruction") var reconstruction: ReconstructionOptions
  @Flag(help: "Also write density.mrc: the specimen without noise, solid protein being 1.")
  var writeDensity = false
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func run() throws {
    try output.place.check(output.output)
    common.apply()
    let observer = CommandLineObserver(common)
    var parameters = PhantomParameters()
    specimen.set(&parameters)
    imaging.set(&parameters.imaging)
    reconstruction.set(&parameters.reconstruction)
    let requests = try specimen.requests(parameters)
    let folder = try PhantomFolder(
      output.output, species: requests.map(\.species.name), force: output.force,
      inputs: specimen.templates.map(\.path),
      writesDensity: writeDensity)
    let phantom = try Phantom(parameters, requests, observer: observer)
    var record = RunRecord.ofThisCommand()
    record.add(inputs: try specimen.inputs())
    for member in phantom.json { record.add(member.name, member.value) }
    try folder.write(phantom, record: record.json)
    if result.json { return Output.line(String(record.json.prettyText.dropLast())) }
    Output.line("\(phantom.particles.count) particles of \(requests.count) species, in \(output.output)")
  }
}

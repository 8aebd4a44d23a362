import Files
import Foundation
import TestSupport
import Testing

@Suite("cryosam simulate")
struct SimulateTests {
  static let small = [
    "--size", "48,48,32", "--tilt-step", "10", "--species", "globule:4", "--random-species", "2",
    "--membranes", "1", "--gold", "1", "--low-pass", "50", "--quiet",
  ]

  static func simulate(_ folder: String, _ options: [String]) throws -> ProgramRun {
    try ProgramRun("cryosam", ["simulate", "-o", folder] + small + options).withoutFolder(folder)
  }

  @Test("the same bytes for every number of threads and every run, others for another seed") func sameBytes()
    throws
  {
    try TestData.withFolder { folder in
      let runs = [("a", "1", "9"), ("b", "2", "9"), ("c", "3", "9"), ("d", "2", "10")]
      for (name, threads, seed) in runs {
        let run = try Self.simulate("\(folder)/\(name)", ["--threads", threads, "--seed", seed])
        #expect(run.code == 0, "\(run.error)")
        #expect(run.error.isEmpty)
        #expect(run.output.contains("species, in "))
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/a").sorted()
      #expect(
        files == [
          "instances.mrc", "overview.png", "particles-globule.star", "particles-random-9-1.star",
          "particles-random-9-2.star", "particles.star", "simulate.json", "species.mrc",
          "tomogram-filtered.mrc", "tomogram.mrc",
        ])
      for file in files where file != "simulate.json" {
        let bytes = try TestData.bytes("\(folder)/a/\(file)")
        for other in ["b", "c"] {
          #expect(try TestData.bytes("\(folder)/\(other)/\(file)") == bytes, "\(file) of \(other)")
        }
      }
      for file in ["tomogram.mrc", "particles.star", "instances.mrc"] {
        #expect(try TestData.bytes("\(folder)/a/\(file)") != TestData.bytes("\(folder)/d/\(file)"))
      }
    }
  }

  @Test("a folder with results is kept unless forced") func force() throws {
    try TestData.withFolder { folder in
      #expect(try Self.simulate(folder, []).code == 0)
      let again = try Self.simulate(folder, [])
      #expect(again.code == 73)
      #expect(
        again.error
          == "cryosam: simulate.json: is there already; give another folder with -o, or --force to replace the results in this one\n"
      )
      let forced = try Self.simulate(folder, ["--force", "--json", "--seed", "2"])
      #expect(forced.code == 0)
      #expect(forced.output.contains("\"seed\": \"2\""))
    }
  }

  @Test(
    "species made up by the seed keep to --random-sizes",
    arguments: [("60,70", 48.0...88), ("120,130", 96...163)])
  func sizes(range: String, diameters: ClosedRange<Double>) throws {
    try TestData.withFolder { folder in
      #expect(try Self.simulate(folder, ["--random-sizes", range]).code == 0)
      let species = try #require(try JSON(contentsOf: "\(folder)/simulate.json")["species"]?.array)
      let random = species.filter { $0["name"]?.string?.hasPrefix("random") == true }
      #expect(random.count == 2)
      for each in random {
        #expect(diameters.contains(each["diameter_angstrom"]?.double ?? 0), "\(each.text)")
      }
    }
  }

  @Test(
    "what cannot be simulated is one line",
    arguments: [
      (
        ["--template", "missing.mrc"], Int32(66),
        "missing.mrc: cannot open: No such file or directory"
      ),
      (
        ["--species", "globule"], 64, "the species 'globule' is given twice; give it once, with its count"
      ),
      (
        ["--species", "capsid:1"], 64,
        "'capsid' needs 44 voxels in every direction; the field of view has 48 x 48, the ice 26; give a larger --size, "
          + "a coarser --voxel-size, or other species"
      ),
      (["--random-species", "98"], 64, "99 species are too many; give at most 98"),
    ] as [([String], Int32, String)])
  func refused(options: [String], code: Int32, message: String) throws {
    try TestData.withFolder { folder in
      let run = try Self.simulate("\(folder)/out", options)
      #expect(run.code == code)
      #expect(run.error == "cryosam: \(message)\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test("no range of diameters", arguments: ["300,100", "20,50", "nan,100", "100", "100,200,300"])
  func noSizes(text: String) throws {
    try TestData.withFolder { folder in
      let run = try Self.simulate("\(folder)/out", ["--random-sizes", text])
      #expect(run.code == 64)
      let message = "The value '\(text)' is invalid for '--random-sizes <angstrom,angstrom>'"
      #expect(run.error == "cryosam: \(message); see 'cryosam simulate --help'\n")
    }
  }
}

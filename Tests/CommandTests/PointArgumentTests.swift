import CommandLineKit
import TestSupport
import Testing

@Suite("Points on the command line")
struct PointArgumentTests {
  @Test(
    "a point that is written otherwise is answered with the right form",
    arguments: [
      (["--point", "98", "120", "21"], "'98' is invalid for '--point <x,y,z>'", "such as 98,120,21"),
      (["--point", "98;120;21"], "'98;120;21' is invalid for '--point <x,y,z>'", "between them: 98,120,21"),
      (["--point", "9, 12, 2.5"], "'9, 12, 2.5' is invalid for '--point <x,y,z>'", "between them: 9,12,2.5"),
      (["--point", "a=(1 2 3)"], "'a=(1 2 3)' is invalid for '--point <x,y,z>'", "between them: 1,2,3"),
      (["--point", "1,2,3", "--not-point", "1/2/3"], "for '--not-point <x,y,z>'", "between them: 1,2,3"),
      (["--point", "1,2,nan"], "'1,2,nan' is invalid", "such as 98,120,21"),
    ])
  func otherwise(options: [String], refused: String, form: String) throws {
    let run = try ProgramRun("cryosam", ["segment", "t", "--dino", "d", "--sam", "s", "-o", "o"] + options)
    #expect(run.code == 64)
    #expect(run.error.contains(refused) && run.error.contains("it must be X,Y,Z"), "\(run.error)")
    #expect(run.error.contains(form), "\(run.error)")
  }

  @Test("a unit and a pixel size that exclude each other", arguments: ["angstrom", "fraction"])
  func excluded(unit: String) throws {
    let run = try ProgramRun(
      "cryosam",
      [
        "instance", "t", "--sam", "s", "-o", "o", "--prompts", "p", "--point-unit", unit,
        "--point-pixel-size", "5",
      ])
    #expect(run.code == 64 && run.error.contains("not of '--point-unit \(unit)'"), "\(run.error)")
  }
}

import TestSupport
import Testing

@Suite("Command lines")
struct UsageTests {
  @Test(
    "a bad command line is one line on standard error, exit code 64",
    arguments: [
      ("nonsense", "Unexpected argument 'nonsense'; see 'cryosam --help'"),
      ("--nonsense", "Unknown option '--nonsense'; see 'cryosam --help'"),
      ("info", "Missing expected argument '<file>'; see 'cryosam info --help'"),
      ("info a b", "Unexpected argument 'b'; see 'cryosam info --help'"),
      ("evaluate a b", "Missing expected argument '--radius <r>'; see 'cryosam evaluate --help'"),
      ("evaluate a --radius 3", "Missing expected argument '<truth>'; see 'cryosam evaluate --help'"),
      (
        "evaluate a b --radius x",
        "The value 'x' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius 0",
        "The value '0' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius nan",
        "The value 'nan' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius 3B",
        "The value '3B' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      ("compare a", "Missing expected argument '<second>'; see 'cryosam compare --help'"),
      ("compare a b --rtol x", "The value 'x' is invalid for '--rtol <r>'; see 'cryosam compare --help'"),
      (
        "compare a b --atol=-1",
        "The value '-1.0' is invalid for '--atol': it must not be negative; see 'cryosam compare --help'"
      ),
      ("bench --repeats 0", "'--repeats' must be at least 1; see 'cryosam bench --help'"),
    ])
  func usage(line: String, message: String) throws {
    let run = try ProgramRun("cryosam", line.split(separator: " ").map(String.init))
    #expect(run.code == 64)
    #expect(run.error == "cryosam: \(message)\n")
    #expect(run.output.isEmpty)
  }

  @Test("help and version", arguments: ["cryosam", "convert-weights"])
  func help(program: String) throws {
    let version = try ProgramRun(program, ["--version"])
    #expect(version.code == 0)
    #expect(version.output == "\(program) 0.1.0\n")
    let help = try ProgramRun(program, ["--help"])
    #expect(help.code == 0)
    #expect(help.output.contains("USAGE: \(program)"))
    #expect(help.error.isEmpty)
  }

  @Test("every subcommand's help has examples", arguments: ["evaluate", "info", "compare", "bench"])
  func examples(command: String) throws {
    let help = try ProgramRun("cryosam", [command, "--help"])
    #expect(help.code == 0)
    #expect(help.output.contains("EXAMPLES\n  cryosam \(command) "))
  }
}

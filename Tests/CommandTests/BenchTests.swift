import TestSupport
import Testing

@Suite("cryosam bench")
struct BenchTests {
  @Test("lists its cases") func list() throws {
    let run = try ProgramRun("cryosam", ["bench", "--list"])
    #expect(run.code == 0)
    let names = run.output.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    let expected = [
      "dinov2-vitl14-518", "sam-vitb-1024", "sam-vith-1024", "sam-vith-400x1024", "decoder-1", "decoder-8",
      "decoder-64",
      "decoder-1-mask",
      "decoder-8-mask", "decoder-64-mask", "postprocess", "match-hierarchical", "match-exact", "mrc-read",
      "cache-write", "cache-read",
    ]
    #expect(names == expected)
    let chosen = try ProgramRun("cryosam", ["bench", "--list", "--case", "decoder-8"])
    #expect(chosen.output.hasPrefix("decoder-8 ") && chosen.output.split(separator: "\n").count == 1)
  }

  @Test("refuses cases that it does not have") func unknownCase() throws {
    let run = try ProgramRun("cryosam", ["bench", "--case", "decoder-2"])
    #expect(run.code == 64)
    #expect(run.error.hasPrefix("cryosam: The value 'decoder-2' is invalid for '--case <name>'. "))
    #expect(run.error.contains("match-exact"))
  }

  @Test("each case runs on its own, and the first failure is the exit code") func failures() throws {
    let run = try ProgramRun(
      "cryosam",
      [
        "bench", "--case", "mrc-read", "--case", "cache-read", "--quiet", "--json", "--scratch",
        "/nowhere/at/all",
      ])
    #expect(run.code == 73)
    #expect(run.output.isEmpty)
    let lines = run.error.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines.allSatisfy {
        $0.hasPrefix("cryosam: /nowhere/at/all/cryosam-bench-")
          && $0.hasSuffix(": cannot make this folder: No such file or directory; choose one with --scratch")
      })
  }
}

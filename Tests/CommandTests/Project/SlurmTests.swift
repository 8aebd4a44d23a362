import Foundation
import TestSupport
import Testing

/// Projects on a real Slurm, where it is installed and this process may start it.
@Suite("cryosam project submit, on Slurm")
struct SlurmTests {
  static let isThere =
    getuid() == 0
    && ["slurmctld", "slurmd", "munged", "sbatch"].allSatisfy { name in
      ["/usr/sbin", "/usr/bin"].contains { access("\($0)/\(name)", X_OK) == 0 }
    }

  @Test(
    "a task killed, a node drained, a tomogram damaged: the rest is done, the same bytes as of project run",
    .enabled(if: isThere, "Slurm is not installed (Debian's slurm-wlm), or this is not root"))
  func trouble() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 4)
      let process = Process()
      // A Slurm that does not answer must not hold up the suite: half a minute is usual.
      process.executableURL = URL(filePath: "/usr/bin/timeout")
      process.arguments =
        [
          "--kill-after=60", "600", "/bin/bash", "\(TestData.root)/tools/check_slurm.sh",
          TestData.program("cryosam"), "\(folder)/work", "4", "\(folder)/t4.mrc", "--tomograms", folder,
          "--point", SmallTomogram.point,
        ] + small.options
      let log = "\(folder)/log"
      try TestData.write([], to: log)
      let file = try FileHandle(forWritingTo: URL(filePath: log))
      (process.standardOutput, process.standardError) = (file, file)
      try process.run()
      process.waitUntilExit()
      let text = String(decoding: try TestData.bytes(log), as: UTF8.self)
      print(text)
      #expect(process.terminationStatus == 0, "\(text)")
      #expect(text.contains("the same bytes in "))
    }
  }
}

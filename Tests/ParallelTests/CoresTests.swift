import Parallel
import Testing

@Suite("The processors that may be used")
struct CoresTests {
  @Test(
    "are those of the mask",
    arguments: [
      ("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2), ("Cpus_allowed:\tff,ffffffff\n", 40),
      ("Cpus_allowed:\t00000000,00000010\n", 1), ("Cpus_allowed:\t0\n", nil),
      ("Cpus_allowed_list:\t0-3\n", nil), ("", nil),
    ])
  func mask(status: String, cores: Int?) {
    #expect(Parallel.allowedCores(inStatus: status) == cores)
  }
}

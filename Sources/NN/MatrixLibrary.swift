import COpenBLAS
import Files

/// The build of OpenBLAS that the program found.
public enum MatrixLibrary {
  /// Checks that it may be called from several threads at once, and gives the same bytes each time.
  ///
  /// - Throws: `Failure` for the sequential build, which has no locks, and the one on OpenMP. Debian's packages of all three
  ///   have the library under one name.
  public static func check() throws { try check(parallel: openblas_get_parallel()) }

  /// As `check`, for a library whose `openblas_get_parallel` answers `parallel`: 0 sequential, 1 threads, 2 OpenMP.
  package static func check(parallel: Int32) throws {
    guard parallel != 1 else { return }
    throw Failure(
      .unavailable,
      "the OpenBLAS found here is the \(parallel == 0 ? "sequential" : "OpenMP") build, which gives wrong or changing "
        + "results when several threads call it",
      remedy: "install the package libopenblas0-pthread, or choose it with update-alternatives")
  }
}

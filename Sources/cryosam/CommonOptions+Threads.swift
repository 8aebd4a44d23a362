import CommandLineKit
import NN

extension CommonOptions {
  /// Sets the number of threads.
  func apply() {
    if let threads { Parallel.threads = threads }
  }
}

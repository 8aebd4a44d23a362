import CommandLineKit
import NN
import Parallel

extension CommonOptions {
  /// Sets the number of threads.
  func apply() {
    if let threads { Parallel.threads = threads }
  }
}

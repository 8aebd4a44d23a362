import Dispatch
import Files
import FoundationEssentials
import Platform

/// A folder for the files of one case, made when it is first needed and removed at the end, on Ctrl-C too.
package final class Scratch {
  private let parent: String
  private var made: String?
  private var signals: [any DispatchSourceSignal] = []

  /// - Parameter parent: the folder it is made in.
  package init(in parent: String) { self.parent = parent }

  /// The folder.
  ///
  /// - Throws: `Failure` if it cannot be made, or has no room for `bytes` bytes.
  package func folder(bytes: Int) throws -> String {
    let folder = made ?? "\(parent)/cryosam-bench-\(getpid())"
    if made == nil {
      guard mkdir(folder, 0o755) == 0 else {
        throw Failure.system(
          .cannotCreate, folder, "cannot make this folder", remedy: "choose one with --scratch")
      }
      made = folder
      removeOnInterrupt(folder)
    }
    var space = statvfs()
    guard statvfs(folder, &space) == 0 else { throw Failure.system(.inputOutput, folder, "cannot look at") }
    let (free, overflow) = Int(space.f_bavail).multipliedReportingOverflow(by: Int(space.f_frsize))
    guard overflow || free >= bytes else {
      throw Failure(
        .unavailable, path: parent,
        "has \(decimal(Double(free) / 1e9, places: 1)) GB free, but this case writes "
          + "\(decimal(Double(bytes) / 1e9, places: 1)) GB",
        remedy: "choose another folder with --scratch, or leave this case out")
    }
    return folder
  }

  private func removeOnInterrupt(_ folder: String) {
    signals = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        Self.remove(folder)
        exit(128 + number)
      }
      source.resume()
      return source
    }
  }

  /// Removes `folder`, again and again while other threads still write to it.
  private static func remove(_ folder: String) {
    for _ in 0..<500 {
      try? FileManager.default.removeItem(atPath: folder)
      if access(folder, F_OK) != 0 { return }
      usleep(10_000)
    }
  }

  deinit {
    if let made { Self.remove(made) }
  }
}

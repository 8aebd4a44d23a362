import FoundationEssentials
import Platform

/// What stands for what is in a file: its size, and when it was last written to. In a folder, as an OME-Zarr volume is one,
/// the sum and the latest of all files in it.
struct FileStamp {
  private(set) var bytes = 0
  private(set) var (seconds, nanoseconds) = (0, 0)

  /// Nil if there is no file at `path`.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    add(path, status, depth: 0)
  }

  /// Folders that links make a ring of are not gone round for ever.
  private static let deepest = 16

  private mutating func add(_ path: String, _ status: stat, depth: Int) {
    guard status.st_mode & S_IFMT == S_IFDIR else {
      bytes += Int(status.st_size)
      if (seconds, nanoseconds) < status.written { (seconds, nanoseconds) = status.written }
      return
    }
    guard depth < Self.deepest else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      var inner = stat()
      if stat("\(path)/\(name)", &inner) == 0 { add("\(path)/\(name)", inner, depth: depth + 1) }
    }
  }
}

extension stat {
  fileprivate var written: (seconds: Int, nanoseconds: Int) {
    #if canImport(Glibc)
      (st_mtim.tv_sec, st_mtim.tv_nsec)
    #else
      (st_mtimespec.tv_sec, st_mtimespec.tv_nsec)
    #endif
  }
}

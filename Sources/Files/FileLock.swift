import Platform

/// Locks on open files. One lasts until the file is closed, or the process ends.
package enum FileLock {
  package enum Outcome: Equatable {
    case taken
    /// Another process has it.
    case another
    /// The file system has no locks (NFS and Lustre may be mounted so): why, in the system's words.
    case unavailable(String)
  }

  /// Locks the open file, without waiting for another process.
  package static func take(_ descriptor: Int32) -> Outcome {
    if retryingInterrupts({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return .taken }
    return outcome(ofError: errno)
  }

  /// What the error `code` of a lock means: only one says that another process has it.
  package static func outcome(ofError code: Int32) -> Outcome {
    code == EWOULDBLOCK ? .another : .unavailable(String(cString: strerror(code)))
  }

  /// Whether `path` is still the name of the open file: another process may have removed or replaced it before it was
  /// locked.
  package static func isNamed(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino
      && opened.st_dev == named.st_dev
  }
}

/// Flushes the open file to the disk, as far as its file system can.
///
/// - Returns: false, with `errno` set, if bytes may be lost.
package func flushToDisk(_ descriptor: Int32) -> Bool {
  if retryingInterrupts({ fsync(descriptor) }) == 0 { return true }
  return isMissingFlush(errno)
}

/// Whether the error `code` of `fsync` says that there is no such thing there, and nothing of the bytes.
package func isMissingFlush(_ code: Int32) -> Bool { [EINVAL, ENOSYS, EOPNOTSUPP, ENOTSUP].contains(code) }

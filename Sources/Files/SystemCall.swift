import Platform
import SystemPackage

/// Does `call`; an error of the system that it throws becomes a failure about `path`, which says `what` failed.
package func systemCall<Result>(
  _ kind: Failure.Kind, _ path: String, _ what: String, remedy: String? = nil, _ call: () throws -> Result
) throws -> Result {
  do { return try call() } catch let error as Errno {
    throw Failure(kind, path: path, "\(what): \(error)", remedy: remedy)
  }
}

/// The result of `call`, a function of the C library that gives -1 and sets `errno` when it fails; it is called again
/// for as long as signals interrupt it. For what `FileDescriptor`, which does the same, has no function for.
package func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

/// Opens the file at `path` for reading.
///
/// - Returns: the descriptor, which the caller closes, and the file's size in bytes.
/// - Throws: `Failure` when it cannot be opened, or is a folder or anything else that is no regular file.
package func openRegularFile(_ path: String) throws -> (descriptor: FileDescriptor, size: Int) {
  let descriptor = try systemCall(.noInput, path, "cannot open") {
    try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
  }
  do {
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else {
      throw Failure.system(.inputOutput, path, "cannot look at")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(.noInput, path: path, "is not a regular file")
    }
    return (descriptor, Int(status.st_size))
  } catch {
    try? descriptor.close()
    throw error
  }
}

import Platform

/// This process's resident memory: mapped weights that were touched, buffers and code.
enum ProcessMemory {
  /// The most there was since the last `forgetPeak`, in bytes (`VmHWM`; elsewhere than on Linux since the start).
  static var peak: Int {
    #if os(Linux)
      guard let file = fopen("/proc/self/status", "r") else { return usage }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 256)
      while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix("VmHWM:") else { continue }
        let digits = text.filter(\.isWholeNumber)
        return (Int(digits) ?? 0) << 10
      }
    #endif
    return usage
  }

  private static var usage: Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return Int(usage.ru_maxrss) << 10
    #else
      getrusage(RUSAGE_SELF, &usage)
      return Int(usage.ru_maxrss)
    #endif
  }

  /// Gives memory that is not in use back to the system, and lets the peak start from what is left.
  static func forgetPeak() {
    #if os(Linux)
      // `malloc_trim(0)`, which Swift's Glibc does not show.
      if let trim = dlsym(nil, "malloc_trim") {
        _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
      }
      let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return }
      // 5: reset the peak alone (proc(5)).
      _ = write(descriptor, "5", 1)
      close(descriptor)
    #endif
  }
}

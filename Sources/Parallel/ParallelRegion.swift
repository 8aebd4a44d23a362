import Platform

/// Whether this thread already works for a `Parallel.forEach`: nested ones then run on it alone.
enum Inside {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  static var parallelRegion: Bool { pthread_getspecific(key) != nil }
  static func enter() { pthread_setspecific(key, UnsafeRawPointer(bitPattern: 1)) }
  static func leave() { pthread_setspecific(key, nil) }
}

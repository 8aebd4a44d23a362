import CCompression
import Files

/// c-blosc, opened when the first chunk needs it.
struct Blosc: @unchecked Sendable {
  /// Functions of a library that stays open until the process ends.
  private let functions: BloscFunctions

  /// - Throws: `Failure` if there is no c-blosc.
  static func open() throws -> Blosc {
    guard let library else {
      throw Failure(
        .unavailable, "chunks in blosc need c-blosc, which is missing",
        remedy: "install the package libblosc1")
    }
    return library
  }

  private static let library: Blosc? = {
    var functions = BloscFunctions()
    return blosc_functions_open(&functions) == 1 ? Blosc(functions: functions) : nil
  }()

  /// The bytes that the container `bytes` says it holds; nil if it is damaged or cut off.
  func count(in bytes: UnsafeRawBufferPointer) -> Int? {
    var size = 0
    return functions.validate(bytes.baseAddress, bytes.count, &size) == 0 ? size : nil
  }

  /// Unpacks the container `bytes`, for which `count` gave a number, by one thread.
  ///
  /// - Returns: the bytes that were written; not more than 0 if it is damaged.
  func decompress(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
    Int(functions.decompress(bytes.baseAddress, target.baseAddress, target.count, 1))
  }

  /// The container of `bytes`, numbers of `width` bytes each: lz4 of level 5, bytes shuffled.
  ///
  /// - Throws: `Failure` if the library cannot.
  func compressed(_ bytes: UnsafeRawBufferPointer, width: Int) throws -> [UInt8] {
    let most = bytes.count + Int(BLOSC_MAX_OVERHEAD)
    return try [UInt8](unsafeUninitializedCapacity: most) { target, count in
      let size = functions.compress(
        5, Int32(BLOSC_SHUFFLE), width, bytes.count, bytes.baseAddress, target.baseAddress, most, "lz4", 0, 1)
      guard size > 0 else { throw Failure(.unavailable, "blosc cannot compress") }
      count = Int(size)
    }
  }
}

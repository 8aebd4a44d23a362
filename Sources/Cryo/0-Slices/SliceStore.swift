import CCompression
import Files
import FoundationEssentials
import NN
import Platform
import Volumes

/// A cache folder `KIND-KEY16/` with one file for each slice: `z-0012.safetensors`, and `key.json`, which says
/// what they were computed from.
///
/// Files are written whole or not at all, so a run that is killed loses only the slice it was working on.
/// A file is used only if its key, place, sizes and checksum (CRC-32) are right; any other is reported, and made
/// again by the caller. Several processes may fill one folder.
public final class SliceStore: Sendable {
  public let folder: String
  private let key: SliceKey
  private let memory: SliceMemory
  private let isSound: @Sendable (SliceRecord) -> Bool
  private let report: @Sendable (String) -> Void
  private let checkSource: @Sendable () throws -> Void
  private let beforeSlice: @Sendable () throws -> Void

  /// Opens or makes the folder for `key` in `cache`.
  ///
  /// - Parameter isSound: whether a record read from a file has the tensor shape and sizes of its kind.
  /// - Parameter report: told of files that cannot be used.
  /// - Parameter checkSource: called before a record is stored; throws if what it was made of has changed meanwhile.
  /// - Parameter beforeSlice: called before a record is loaded or made; throws if that is no longer wanted.
  /// - Throws: `Failure` if it cannot be made.
  public init(
    in cache: String, key: SliceKey, memory: SliceMemory,
    isSound: @escaping @Sendable (SliceRecord) -> Bool,
    report: @escaping @Sendable (String) -> Void,
    checkSource: @escaping @Sendable () throws -> Void = {},
    beforeSlice: @escaping @Sendable () throws -> Void = {}
  ) throws {
    self.key = key
    self.memory = memory
    self.isSound = isSound
    self.report = report
    self.checkSource = checkSource
    self.beforeSlice = beforeSlice
    folder = "\(cache)/\(key.folderName)"
    try Folder.make(folder)
    let path = "\(folder)/key.json"
    let text = Array(key.description.prettyText.utf8)
    let present = (try? MappedFile(path)).map { file in withExtendedLifetime(file) { Array(file.bytes) } }
    if present != text { try AtomicFile.write(text, to: path) }
  }

  /// The record of a slice, from memory or else from its file; nil if there is none that is sound.
  public func load(_ axis: Axis, _ index: Int) -> SliceRecord? {
    let place = SliceMemory.Key(store: key.digest, axis: axis, index: index)
    if let record = memory.record(place) { return record }
    guard hasFile(axis, index) else { return nil }
    do {
      let record = try read(axis, index)
      memory.keep(record, as: place)
      return record
    } catch {
      report("\(error); making it again")
      return nil
    }
  }

  /// Whether a slice has a file, sound or not.
  public func hasFile(_ axis: Axis, _ index: Int) -> Bool { access(path(axis, index), F_OK) == 0 }

  /// Writes the record of a slice. When it is needed it is read again, mapped: pages that the system can take back.
  ///
  /// - Parameter record: as `stored` has it.
  public func save(_ record: SliceRecord, _ axis: Axis, _ index: Int) throws {
    try checkSource()
    try SafetensorsFile.write(
      [("slice", key.storage.content(record.tensor))], metadata: metadata(record, axis, index),
      to: path(axis, index))
  }

  /// The record of a slice, made by `make` and saved if it is not there.
  public func load(
    _ axis: Axis, _ index: Int, orMake make: () -> SliceRecord
  ) throws -> (record: SliceRecord, made: Bool) {
    try beforeSlice()
    if let record = load(axis, index) { return (record, false) }
    let record = stored(make())
    try save(record, axis, index)
    return (record, true)
  }

  /// A record that was just made as it will be read.
  func stored(_ record: SliceRecord) -> SliceRecord { key.storage.stored(record) }

  private func path(_ axis: Axis, _ index: Int) -> String {
    let digits = String(index)
    return
      "\(folder)/\(axis.name)-\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).safetensors"
  }

  private func metadata(_ record: SliceRecord, _ axis: Axis, _ index: Int) -> [String: String] {
    let checksum = record.tensor.withElements { crc32(UnsafeRawBufferPointer($0)) }
    return [
      "key": key.digest, "slice": "\(axis.name) \(index)", "crc32": String(checksum, radix: 16),
      "sizes": record.sizes.map(String.init).joined(separator: " "),
    ]
  }

  private func read(_ axis: Axis, _ index: Int) throws -> SliceRecord {
    let file = try SafetensorsFile(path(axis, index))
    let tensor = try file.tensor("slice")
    let sizes = (file.metadata["sizes"] ?? "").split(separator: " ").compactMap { Int($0) }
    let record = SliceRecord(tensor, sizes: sizes)
    guard file.metadata == metadata(record, axis, index), isSound(record) else {
      throw Failure(.badData, path: file.path, "is damaged or belongs to another run")
    }
    return record
  }

  /// How many slices are stored in the cache `cache`, and the bytes of their files.
  ///
  /// - Parameter kind: `features` or `embeddings`; nil: both.
  /// - Parameter weights: the SHA-256 of the weights that made them; nil: any.
  /// - Parameter precisions: those that they were made in; nil: any.
  /// - Parameter storage: the numbers that they are stored in; nil: any.
  public static func contents(
    of cache: String, kind: String? = nil, weights: String? = nil, precisions: [Precision]? = nil,
    storage: SliceStorage? = nil
  ) -> (slices: Int, bytes: Int) {
    let kinds = kind.map { [$0] } ?? SliceKey.kinds
    func names(_ folder: String) -> [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
    var (slices, bytes) = (0, 0)
    for folder in names(cache) where kinds.contains(where: { folder.hasPrefix("\($0)-") }) {
      if weights != nil || precisions != nil || storage != nil {
        guard let key = SliceKey.Parts(ofFolder: "\(cache)/\(folder)"), weights ?? key.weights == key.weights,
          precisions?.contains(key.precision) ?? true, storage ?? key.storage == key.storage
        else { continue }
      }
      for name in names("\(cache)/\(folder)")
      where name.hasSuffix(".safetensors") && !AtomicFile.isPartial(name) {
        var status = stat()
        guard stat("\(cache)/\(folder)/\(name)", &status) == 0 else { continue }
        (slices, bytes) = (slices + 1, bytes + Int(status.st_size))
      }
    }
    return (slices, bytes)
  }

  /// Makes the folder `cache`, and in it the sign that it is a run's own, unless something is there already.
  public static func makeOwn(_ cache: String) throws {
    if mkdir(cache, 0o777) == 0 { try AtomicFile.write([], to: "\(cache)/\(ownSign)") }
  }

  /// In a cache that a run made for itself.
  private static let ownSign = ".of-this-run"

  /// Removes all slices stored in the cache `cache`, and itself when nothing else is in it; nothing, if a run did not
  /// make it for itself, or it is a link.
  ///
  /// - Returns: whether it was a run's own.
  @discardableResult
  public static func removeAll(in cache: String) -> Bool {
    var status = stat()
    guard lstat(cache, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      access("\(cache)/\(ownSign)", F_OK) == 0
    else { return false }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []
    where SliceKey.kinds.contains(where: { name.hasPrefix("\($0)-") }) {
      remove("\(cache)/\(name)")
    }
    // The sign goes last: one that is killed here can be called again.
    if (try? FileManager.default.contentsOfDirectory(atPath: cache)) == [ownSign] {
      unlink("\(cache)/\(ownSign)")
    }
    rmdir(cache)
    return true
  }

  /// Removes the files of the cache folder `folder`, and itself when nothing else is in it.
  static func remove(_ folder: String) {
    var status = stat()
    guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name == "key.json" || name.hasSuffix(".safetensors") || AtomicFile.isPartial(name) {
      unlink("\(folder)/\(name)")
    }
    rmdir(folder)
  }
}

/// CRC-32 (as in gzip and PNG) of `bytes`.
private func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt {
  UInt(crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
}

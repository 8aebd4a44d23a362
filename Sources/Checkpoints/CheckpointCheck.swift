import Files
import NN

/// What can be said of a weights file: what it is, and whether it agrees with everything that is published or recorded
/// about it.
public struct CheckpointCheck: Sendable {
  public enum Verdict: String, Sendable {
    case agrees, differs
    /// There is nothing to compare with.
    case unknown
  }

  /// One comparison.
  public struct Item: Sendable {
    public let name: String
    public let verdict: Verdict
    public let text: String
  }

  public let path: String
  public let digests: FileDigests
  /// The published checkpoint that it is by its name, its digest, or the name of what it was converted from.
  public let official: OfficialCheckpoint?
  /// The model in one line, if its names and shapes form one.
  public let summary: String?
  public let items: [Item]

  /// Those that say that this is not what it should be.
  public var faults: [Item] { items.filter { $0.verdict == .differs } }

  /// - Parameters:
  ///   - heads: heads of a DINO encoder of an unpublished width; a converted file tells them itself.
  ///   - recorded: the SHA-256 that a list says, and the list's path; if nil, `FILE.sha256` is looked for.
  ///   - progress: called with the bytes read since the last call.
  /// - Throws: `Failure` when the file cannot be read; what is wrong with its contents is an item.
  public init(
    _ path: String, heads: Int? = nil, recorded: (list: String, sha256: String)? = nil,
    progress: (Int) -> Void = { _ in }
  ) throws {
    self.path = path
    digests = try FileDigests(ofFile: path, progress: progress)
    let metadata = (try? SafetensorsFile(path))?.metadata ?? [:]
    let source = metadata["cryosam.source"]
    let sha256 = source == nil ? digests.sha256 : metadata["cryosam.source_sha256"]
    official =
      OfficialCheckpoint.all.first { $0.fileName == source ?? Path.name(path) }
      ?? OfficialCheckpoint.all.first { $0.reportedSHA256 != nil && $0.reportedSHA256 == sha256 }
    var items: [Item] = []
    if let official {
      items.append(source == nil ? official.checkMD5(digests) : official.checkMD5(nil))
      items.append(official.checkSHA256(sha256, ofSource: source != nil))
    }
    let record = try recorded ?? Self.record(of: path)
    items.append(Self.compare(record, with: digests.sha256))
    do {
      let configured = metadata[SafetensorsFile.configurationKey].flatMap { try? JSON(parsing: $0) }
      let inner = configured?["family"]?.string == "sam" ? nil : configured?["heads"]?.int
      let conversion = try Conversion(Checkpoint([path]), heads: heads ?? inner)
      summary = conversion.summary
      items.append(official?.checkModel(conversion) ?? Item("structure", .agrees, "a whole model"))
      if let fault = Self.valueFault(conversion) { items.append(fault) }
    } catch let failure as Failure {
      summary = nil
      items.append(Item("structure", failure.kind == .usage ? .unknown : .differs, failure.reason))
    }
    self.items = items
  }

  /// What is said of a parameter that holds NaN or infinity.
  private static func valueFault(_ conversion: Conversion) -> Item? {
    do {
      try conversion.checkValues()
      return nil
    } catch { return Item("values", .differs, (error as? Failure)?.reason ?? "\(error)") }
  }

  /// What `FILE.sha256` beside the file says of it.
  private static func record(of path: String) throws -> (list: String, sha256: String)? {
    guard let list = try ChecksumFile(beside: path) else { return nil }
    return list.lines.first { $0.name == Path.name(path) }.map { (list.path, $0.sha256) }
  }

  private static func compare(_ record: (list: String, sha256: String)?, with sha256: String) -> Item {
    let name = "recorded SHA-256"
    guard let record else { return Item(name, .unknown, "there is no record") }
    return record.sha256 == sha256
      ? Item(name, .agrees, record.list) : Item(name, .differs, "\(record.list) says \(record.sha256)")
  }
}

extension CheckpointCheck.Item {
  init(_ name: String, _ verdict: CheckpointCheck.Verdict, _ text: String) {
    (self.name, self.verdict, self.text) = (name, verdict, text)
  }
}

extension OfficialCheckpoint {
  /// Compares with the digits in the published name. `digests` is nil for a converted file, which does not tell.
  public func checkMD5(_ digests: FileDigests?) -> CheckpointCheck.Item {
    let name = "published MD5 start"
    guard let start = publishedMD5Start else { return .init(name, .unknown, "none is published") }
    guard let digests else { return .init(name, .unknown, "\(start), of the file before its conversion") }
    return digests.md5.hasPrefix(start)
      ? .init(name, .agrees, start)
      : .init(name, .differs, "should be \(start), the file's MD5 is \(digests.md5)")
  }

  /// Compares the SHA-256 of the published file with what others reported.
  public func checkSHA256(_ sha256: String?, ofSource: Bool) -> CheckpointCheck.Item {
    let name = "reported SHA-256"
    guard let reportedSHA256 else { return .init(name, .unknown, "none is known") }
    let what = ofSource ? "the file it was converted from has" : "the file has"
    guard let sha256 else {
      return .init(name, .unknown, "\(reportedSHA256), of the file before its conversion")
    }
    return sha256 == reportedSHA256
      ? .init(name, .agrees, sha256) : .init(name, .differs, "should be \(reportedSHA256), \(what) \(sha256)")
  }

  /// Compares the model that a checkpoint turned out to be.
  public func checkModel(_ conversion: Conversion) -> CheckpointCheck.Item {
    conversion.model == model
      ? .init("structure", .agrees, "a whole model, as published")
      : .init("structure", .differs, "is not \(name), but \(conversion.summary)")
  }
}

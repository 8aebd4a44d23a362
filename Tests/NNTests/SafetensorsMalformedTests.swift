import Files
import NN
import TestSupport
import Testing

/// Files made by `tools/make_malformed_safetensors.py`, whose index also holds the official library's verdict.
@Suite("Safetensors files, good and malformed")
struct SafetensorsMalformedTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// Words of the reason for which our reader refuses the file; nil if it reads it.
    let reason: String?
    /// Whether the official library refuses it.
    let refusedByOfficial: Bool
    var testDescription: String { name }
  }

  static let cases: [Case] = {
    let index = try? JSON(contentsOf: TestData.path("safetensors/index.json"))
    return (index?["files"]?.object?.members ?? []).map { member in
      Case(
        name: member.key, reason: member.value["ours"]?.string,
        refusedByOfficial: member.value["official"]?.string != nil)
    }
  }()

  @Test func indexIsThere() {
    #expect(Self.cases.count >= 60)
  }

  @Test("as the index says", arguments: cases)
  func verdict(_ file: Case) throws {
    let path = TestData.path("safetensors/\(file.name).safetensors")
    #expect(!file.refusedByOfficial || file.reason != nil, "the official library refuses it")
    do {
      let opened = try SafetensorsFile(path)
      #expect(file.reason == nil, "was read")
      for name in opened.names where opened.entry(name)?.element != .f4 { _ = try opened.floats(name) }
    } catch let failure as Failure {
      #expect(failure.kind == .badData)
      #expect(failure.path == path)
      #expect(failure.remedy != nil)
      #expect(failure.reason.contains(file.reason ?? "(it should be read)"), "\(failure)")
    }
  }
}

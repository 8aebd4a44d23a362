import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite("folders that appear when they are complete")
struct AtomicFolderTests {
  @Test("it has its name once it is complete, and leaves nothing without that")
  func completion() throws {
    try TestData.withFolder { parent in
      do {
        let folder = try AtomicFolder("\(parent)/a")
        try TestData.write([1], to: "\(folder.place)/x")
        #expect(!Folder.isFolder("\(parent)/a"))
      }
      #expect(try TestData.names(in: parent).isEmpty)
      let folder = try AtomicFolder("\(parent)/a")
      try TestData.write([2], to: "\(folder.place)/x")
      try folder.commit()
      #expect(try TestData.names(in: parent) == ["a"])
      #expect(try TestData.bytes("\(parent)/a/x") == [2])
    }
  }

  @Test("one of that name goes only if it may")
  func replacing() throws {
    try TestData.withFolder { parent in
      for (value, replacing) in [(UInt8(1), false), (2, true), (3, false)] {
        let folder = try AtomicFolder("\(parent)/a")
        try TestData.write([value], to: "\(folder.place)/x")
        if value == 3 {
          #expect(throws: Failure.self) { try folder.commit(replacing: replacing) }
        } else {
          try folder.commit(replacing: replacing)
        }
      }
      #expect(try TestData.bytes("\(parent)/a/x") == [2])
      #expect(try TestData.names(in: parent) == ["a"])
    }
  }

  @Test("what a killed process left goes, what another still writes and what is not such a folder stays")
  func sweeping() throws {
    try TestData.withFolder { parent in
      let written = try AtomicFolder("\(parent)/b")
      for name in [".a.0123456789abcdef.partial", ".a.partial", "a.0123456789abcdef.partial"] {
        try Folder.make("\(parent)/\(name)/inner")
        try TestData.write([1], to: "\(parent)/\(name)/inner/x")
      }
      _ = try AtomicFolder("\(parent)/c")
      #expect(
        Set(try TestData.names(in: parent))
          == [Path.name(written.place), ".a.partial", "a.0123456789abcdef.partial"])
    }
  }

  @Test("memory in a file without a name holds what is written to it", arguments: [true, false])
  func scratch(onDisk: Bool) throws {
    let memory = try MappedFile(inMemory: "made", count: 10_000, onDisk: onDisk) { bytes in
      bytes[9_999] = 7
    }
    #expect(memory.bytes[9_999] == 7 && memory.bytes[0] == 0)
    #expect(throws: Failure.self) {
      _ = try MappedFile(inMemory: "made", count: 10, onDisk: onDisk) { _ in throw Failure(.usage, "no") }
    }
  }
}

import Files
import FoundationEssentials
import Platform
import SystemPackage
import TestSupport
import Testing

@Suite("Files that appear when they are complete")
struct AtomicFileTests {
  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test(
    "what killed processes left is swept, what others write or have stays",
    arguments: [
      (".a.mrc.0123456789abcdef.partial", true), (".b.json.ffffffffffffffff.partial", true),
      (".a.b.c.00000000000000aa.partial", true), (".a.mrc.0123456789abcde.partial", false),
      ("a.mrc.0123456789abcdef.partial", false), (".a.mrc.0123456789abcdeg.partial", false),
      (".a.mrc.12.partial", false),
    ])
  func swept(name: String, goes: Bool) throws {
    try TestData.withFolder { folder in
      try TestData.write([1], to: "\(folder)/\(name)")
      let written = try AtomicFile("\(folder)/c.mrc")
      try written.write([1, 2, 3])
      AtomicFile.sweep(folder)
      #expect(try names(folder).contains(name) == !goes)
      try written.commit()
      #expect(try TestData.bytes("\(folder)/c.mrc") == [1, 2, 3])
    }
  }

  @Test("a link that has such a name is neither followed nor removed")
  func links() throws {
    try TestData.withFolder { folder in
      try TestData.write([7], to: "\(folder)/mine")
      let link = "\(folder)/.a.mrc.0123456789abcdef.partial"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "mine")
      AtomicFile.sweep(folder)
      try AtomicFile.write([1], to: "\(folder)/a.mrc")
      #expect(try TestData.bytes("\(folder)/mine") == [7])
      #expect(try names(folder) == [".a.mrc.0123456789abcdef.partial", "a.mrc", "mine"])
    }
  }

  @Test(
    "one error of a lock says that another has it",
    arguments: [EWOULDBLOCK, ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL, EIO])
  func locks(code: Int32) {
    #expect((FileLock.outcome(ofError: code) == .another) == (code == EWOULDBLOCK))
  }

  @Test(
    "a flush or a mapping that a file system does not have is no failure",
    arguments: [
      (EINVAL, true, true), (ENOSYS, true, true), (EIO, false, false), (ENOSPC, false, false),
      (ENODEV, false, true),
    ])
  func missing(code: Int32, flush: Bool, mapping: Bool) {
    #expect(isMissingFlush(code) == flush && MappedFile.isUnmappable(code) == mapping)
  }

  @Test(
    "a file that is written to while it is read is noticed",
    arguments: ["written", "cut", "longer", "replaced", "none"])
  func changed(how: String) throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/t.mrc"
      try TestData.write([1, 2, 3, 4], to: path)
      let file = try MappedFile(path)
      usleep(20_000)
      switch how {
      case "written", "cut", "longer":
        let descriptor = try FileDescriptor.open(FilePath(path), .readWrite)
        if how == "written" { try descriptor.writeAll([9]) }
        if how == "cut" { try descriptor.resize(to: 2) }
        if how == "longer" { try descriptor.resize(to: 9) }
        try descriptor.close()
      case "replaced": try AtomicFile.write([5, 6, 7, 8], to: path)
      default: break
      }
      if ["replaced", "none"].contains(how) {
        try file.checkUnchanged()
      } else {
        let failure = #expect(throws: Failure.self) { try file.checkUnchanged() }
        #expect(failure?.kind == .tryAgain)
      }
    }
  }
}

import Files
import Testing

@Suite("Paths")
struct PathTests {
  @Test(
    "folder and name",
    arguments: [
      ("a/b/c.mrc", "a/b", "c.mrc", "a/b/d"), ("c.mrc", ".", "c.mrc", "d"), ("/c", "/", "c", "/d"),
      ("./c", ".", "c", "./d"), ("../c", "..", "c", "../d"), ("a/b/", "a", "b", "a/d"), ("", ".", "", "d"),
      ("a b/ä.mrc", "a b", "ä.mrc", "a b/d"),
    ])
  func parts(path: String, folder: String, name: String, beside: String) {
    #expect(Path.folder(path) == folder && Path.name(path) == name && Path.beside(path, "d") == beside)
    #expect(Path.beside(path, "/x/y") == "/x/y")
  }

  @Test(
    "endings",
    arguments: [("a/c.mrc.gz", "c"), ("c.rec", "c.rec"), (".gz", ".gz"), ("c.gz.mrc.gz", "c"), ("c", "c")])
  func stems(path: String, stem: String) {
    #expect(Path.stem(path, without: [".gz", ".mrc"]) == stem)
  }

  @Test("endings in upper and lower case") func ends() {
    #expect(Path.ends("a/B.JSON", in: ".csv", ".json") && !Path.ends("json", in: ".json"))
  }

  @Test("names of partial files") func partial() {
    #expect(
      AtomicFile.isPartial(".a.mrc.12.partial") && AtomicFile.isPartial(".a.mrc.12.partial", of: "a.mrc"))
    #expect(
      !AtomicFile.isPartial("a.mrc.12.partial") && !AtomicFile.isPartial(".a.mrc.12.partial", of: "b.mrc"))
  }
}

@Suite("Failures of the system")
struct SystemFailureTests {
  @Test("a failure names the file once, the innermost") func files() {
    func thrown(_ failure: Failure) -> Failure? {
      #expect(throws: Failure.self) { try inFile("outer") { throw failure } }
    }
    #expect(thrown(Failure(.badData, "is wrong"))?.description == "outer: is wrong")
    #expect(thrown(Failure(.badData, path: "inner", "is wrong"))?.description == "inner: is wrong")
  }

  @Test("what cannot be opened or created says why") func messages() {
    let missing = #expect(throws: Failure.self) { try MappedFile("/nowhere/file") }
    #expect(missing?.kind == .noInput)
    #expect(missing?.description == "/nowhere/file: cannot open: No such file or directory")
    let folder = #expect(throws: Failure.self) { try MappedFile("/") }
    #expect(folder?.description == "/: is not a regular file")
    let created = #expect(throws: Failure.self) { try AtomicFile("/nowhere/file") }
    #expect(created?.kind == .cannotCreate)
    #expect(created?.description == "/nowhere/file: cannot create: No such file or directory")
  }
}

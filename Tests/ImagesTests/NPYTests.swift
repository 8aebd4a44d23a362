import Files
import Images
import TestSupport
import Testing

@Suite("NPY")
struct NPYTests {
  @Test(
    "all plain numbers in both orders",
    arguments: [
      "little-f4", "big-f4", "little-f8", "big-f8", "little-f2", "u1", "i1", "little-i2", "big-u2",
      "little-i4",
      "big-u4", "little-i8", "big-u8", "fortran", "version2", "version3",
    ])
  func reads(name: String) throws {
    let array = try NPYFile(TestData.path("npy/\(name).npy"))
    #expect(array.shape == [2, 3, 4])
    #expect(firstDifference(array.floats, (0..<24).map { Float($0) }) == nil)
  }

  @Test("odd shapes") func shapes() throws {
    let scalar = try NPYFile(TestData.path("npy/scalar.npy"))
    #expect(scalar.shape.isEmpty)
    #expect(scalar.floats.first == 7)
    #expect(try NPYFile(TestData.path("npy/vector.npy")).shape == [5])
    #expect(try NPYFile(TestData.path("npy/empty.npy")).floats.isEmpty)
  }

  @Test("bytes are bytes") func bytes() throws {
    let flags = try NPYFile(TestData.path("npy/bool.npy"))
    #expect(firstDifference(try flags.uint8Values(), (0..<24).map { UInt8($0 % 3 == 0 ? 1 : 0) }) == nil)
    #expect(firstDifference(flags.floats, (0..<24).map { Float($0 % 3 == 0 ? 1 : 0) }) == nil)
    let floats = try NPYFile(TestData.path("npy/little-f4.npy"))
    let failure = #expect(throws: Failure.self) { _ = try floats.uint8Values() }
    #expect(failure?.reason == "holds float32, not uint8")
  }

  @Test("what is written reads the same") func roundTrip() throws {
    try TestData.withFolder { folder in
      let values: [Float] = [1, -2, 3.5, .infinity, 0, .leastNonzeroMagnitude]
      try NPYFile.write(values, shape: [2, 1, 3], to: "\(folder)/a.npy")
      let array = try NPYFile("\(folder)/a.npy")
      #expect(array.shape == [2, 1, 3])
      #expect(firstDifference(array.floats, values) == nil)
      try NPYFile.write([1, 2, 3] as [UInt8], shape: [3], to: "\(folder)/b.npy")
      #expect(try NPYFile("\(folder)/b.npy").shape == [3])
      // numpy.save itself writes the same bytes.
      try NPYFile.write([0, 1, 2, 3, 4] as [Float], shape: [5], to: "\(folder)/c.npy")
      let numpys = try TestData.bytes(TestData.path("npy/vector.npy"))
      #expect(firstDifference(try TestData.bytes("\(folder)/c.npy"), numpys) == nil)
    }
  }

  /// A file of version 1.0 with this header and `count` bytes of data.
  static func npy(_ header: String, _ count: Int = 24) -> [UInt8] {
    let text = Array(header.utf8)
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text
      + [UInt8](repeating: 0, count: count)
  }

  @Test(
    "good headers",
    arguments: [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
      "{'shape':(2,3,),'fortran_order':True,'descr':\"<f4\",}",
      "  { 'descr' : '=f4' , 'fortran_order' : False , 'shape' : ( 6 , ) }  \n",
    ])
  func headers(header: String) throws {
    #expect(try NPYFile(bytes: Self.npy(header)).count == 6)
  }

  @Test(
    "malformed headers are refused",
    arguments: [
      ("", "the .npy header is malformed"),
      ("{", "the .npy header is malformed"),
      ("{}", "the .npy header does not have just 'descr', 'fortran_order' and 'shape'"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x", "the .npy header is malformed"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': True}",
        "the .npy header does not have just 'descr', 'fortran_order' and 'shape'"
      ),
      (
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
        "the .npy header is malformed"
      ),
      ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}", "the .npy header is malformed"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (6)}", "the .npy header is malformed"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3)}", "the .npy header is malformed"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3]}", "the .npy header is malformed"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 3)}",
        "the .npy header is malformed"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
        "the shape [4611686018427387904, 4] is more than a file can hold"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4)}",
        "the shape [2, 4] of float32 takes 32 bytes, but 24 follow the header"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}",
        "the shape [2, 2] of float32 takes 16 bytes, but 24 follow the header"
      ),
      ("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}", "holds elements of type '|O'"),
      ("{'descr': '|f4', 'fortran_order': False, 'shape': (6,)}", "holds elements of type '|f4'"),
      ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}", "the .npy header is malformed"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)", "the .npy header is malformed"),
      ("{'descr': '<f4\\', 'fortran_order': False, 'shape': (2, 3)}", "the .npy header is malformed"),
    ])
  func malformed(header: String, reason: String) {
    let failure = #expect(throws: Failure.self) { _ = try NPYFile(bytes: Self.npy(header)) }
    #expect(failure?.reason == reason)
  }

  @Test("other files are refused") func others() {
    let cases: [([UInt8], String)] = [
      ([], "is not an .npy file"),
      (
        [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 9, 0, 0, 0], "is .npy of version 9.0; 1.0, 2.0 and 3.0 are read"
      ),
      (
        [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 255, 0],
        "announces an .npy header of 255 bytes, longer than the file or than is read"
      ),
      (
        [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 2, 0, 255, 255, 255, 255],
        "announces an .npy header of 4294967295 bytes, longer than the file or than is read"
      ),
    ]
    for (bytes, reason) in cases {
      let failure = #expect(throws: Failure.self) { _ = try NPYFile(bytes: bytes) }
      #expect(failure?.reason == reason)
    }
    for name in ["complex", "text"] {
      let failure = #expect(throws: Failure.self) { _ = try NPYFile(TestData.path("npy/\(name).npy")) }
      #expect(failure?.reason.hasPrefix("holds elements of type") == true)
    }
  }
}

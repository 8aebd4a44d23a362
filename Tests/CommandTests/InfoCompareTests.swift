import TestSupport
import Testing

@Suite("cryosam info and compare")
struct InfoCompareTests {
  @Test(
    "info on every kind of file",
    arguments: [
      (
        "mrc-conformance/EMD-3001.map.bz2",
        [
          "MRC, mode 2, little-endian, bzip2", "43 x 25 x 73 voxels",
          "0.44825, 0.3925, 0.45874998 A", "-21, -12, 0", "note: the cell's angles are not 90 degrees",
        ]
      ),
      ("mrc-conformance/nonfinite.mrc", ["note: 2 voxels are NaN, 2 infinite", "-99.85714 to 830.2857"]),
      ("images/rgb8.png", ["PNG image", "13 x 11 pixels"]),
      ("npy/big-u2.npy", ["NPY array", "[2, 3, 4]", "uint16"]),
      ("golden/dino/dinov2_eps.pth", ["PyTorch checkpoint", "register_tokens  F32  [1, 4, 64]"]),
    ])
  func info(file: String, parts: [String]) throws {
    let run = try ProgramRun("cryosam", ["info", TestData.path(file)])
    #expect(run.code == 0, "\(run.error)")
    for part in parts { #expect(run.output.contains(part), "\(part) in \(run.output)") }
    let json = try ProgramRun("cryosam", ["info", TestData.path(file), "--json"])
    #expect(json.code == 0)
    #expect(json.output.hasPrefix("{\n  \"format\": ") && json.output.hasSuffix("}\n"))
  }

  @Test("info on tables and on what it does not know") func tables() throws {
    try TestData.withFolder { folder in
      try TestData.write(Array("1 2 3\n4 5.5 6\n".utf8), to: "\(folder)/points")
      let points = try ProgramRun("cryosam", ["info", "\(folder)/points"])
      #expect(points.output.contains("text table of points") && points.output.contains("2.00 to 5.50"))
      // By contents, whatever the names: a checkpoint called an array, weights called a checkpoint, a web page.
      let files = [
        ("golden/dino/dinov2_eps.pth", "a.npy", "PyTorch checkpoint"),
        ("checkpoints/transformers_sam.safetensors", "b.pth", "safetensors"),
        ("images/rgb8.png", "c.mrc", "PNG image"), ("npy/big-u2.npy", "d.star", "NPY array"),
      ]
      for (file, name, kind) in files {
        try TestData.write(try TestData.bytes(TestData.path(file)), to: "\(folder)/\(name)")
        let run = try ProgramRun("cryosam", ["info", "\(folder)/\(name)"])
        #expect(run.code == 0 && run.output.contains(kind), "\(run.error)\(run.output)")
      }
      try TestData.write([1, 2, 3, 4], to: "\(folder)/unknown")
      let unknown = try ProgramRun("cryosam", ["info", "\(folder)/unknown"])
      #expect(unknown.code == 65)
      #expect(unknown.error.hasPrefix("cryosam: \(folder)/unknown: is of no kind that is known here; "))
    }
  }

  /// Runs `compare` on two files with these tensors.
  static func compare(
    _ first: [(String, [Float])], _ second: [(String, [Float])], _ options: [String] = []
  ) throws -> ProgramRun {
    try TestData.withFolder { folder in
      for (name, tensors) in [("a", first), ("b", second)] {
        try Self.write(tensors, to: "\(folder)/\(name).safetensors")
      }
      return try ProgramRun(
        "cryosam", ["compare", "\(folder)/a.safetensors", "\(folder)/b.safetensors"] + options)
    }
  }

  /// A safetensors file of vectors.
  static func write(_ tensors: [(name: String, values: [Float])], to path: String) throws {
    var entries: [String] = []
    var data: [UInt8] = []
    for tensor in tensors {
      let start = data.count
      for value in tensor.values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data += $0 } }
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":[\(tensor.values.count)],\"data_offsets\":[\(start),\(data.count)]}"
      )
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    try TestData.write(length + header + data, to: path)
  }

  @Test("equal files pass") func equal() throws {
    let run = try Self.compare(
      [("x", [1, 2]), ("y", [.nan, .infinity])], [("y", [.nan, .infinity]), ("x", [1, 2])],
      ["--rtol", "0", "--atol", "0"])
    #expect(run.code == 0)
    #expect(
      run.output == """
        pass  x  [2]  max abs 0.0 at 0  rel L2 0.0  cosine 1.000000000
        pass  y  [2]  max abs 0.0 at 0  rel L2 0.0  cosine 1.000000000
        all 2 tensors pass

        """)
  }

  @Test("differences are found, exit code 1") func different() throws {
    let run = try Self.compare(
      [("x", [3, 4]), ("y", [1, 2]), ("gone", [1]), ("n", [1, 1])],
      [("x", [3, 4.5]), ("y", [1, 2, 3]), ("new", [1]), ("n", [1, .nan])])
    #expect(run.code == 1)
    #expect(
      run.output == """
        FAIL  x  [2]  max abs 0.5 at 1  rel L2 0.1  cosine 0.998460353  parts at 1
        FAIL  y  has shape [2], then [3]
        FAIL  gone  is not in the second file
        FAIL  n  [2]  max abs inf at 1  rel L2 inf  cosine 1.000000000  parts at 1
        FAIL  new  is not in the first file
        5 of 5 tensors differ, x first

        """)
    #expect(run.error.isEmpty)
  }

  static let limits: [(options: [String], code: Int32)] = [
    (["--atol", "0.5", "--rtol", "0"], 0), (["--atol", "0.49", "--rtol", "0"], 1),
    (["--atol", "0", "--rtol", "0.125"], 0), (["--atol", "0", "--rtol", "0.12"], 1),
  ]

  @Test("tolerances", arguments: limits)
  func tolerances(options: [String], code: Int32) throws {
    #expect(try Self.compare([("x", [3, 4])], [("x", [3, 4.5])], options).code == code)
  }

  /// Values of both files, and a tolerance.
  static let extremes: [(first: Float, second: Float, options: [String])] = [
    (1e-38, 3e38, []), (3e38, 1e38, ["--l2", "1e-50"]), (1, 1, ["--l2", "1e-300"]),
    (1, 1, ["--l2", "1e300"]),
    (1, 1.0000001, ["--l2", "1e-45"]), (0, 3e38, []), (.infinity, 1, []), (.leastNonzeroMagnitude, 3e38, []),
  ]

  @Test("a chart of any error", arguments: extremes.indices)
  func chart(index: Int) throws {
    let (first, second, options) = Self.extremes[index]
    try TestData.withFolder { folder in
      let run = try Self.compare(
        [("x", [first, 1])], [("x", [second, 1])], options + ["--html", "\(folder)/x.html"])
      #expect(0...1 ~= run.code, "\(run.code): \(run.error)")
      let page = String(decoding: try TestData.bytes("\(folder)/x.html"), as: UTF8.self)
      #expect(page.contains("</svg>") && !page.contains("\"nan"))
    }
  }

  @Test("JSON") func json() throws {
    let run = try Self.compare([("x", [3, 4])], [("x", [3, 4.5])], ["--json"])
    #expect(run.code == 1)
    for part in [
      "\"failed\": 1", "\"max_abs\": 0.5", "\"max_abs_at\": 1", "\"relative_l2\": 0.1",
      "\"first_failed\": \"x\"",
    ] {
      #expect(run.output.contains(part), "\(run.output)")
    }
  }
}

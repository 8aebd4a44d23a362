import Cryo
import Files
import FoundationEssentials
import NN
import TestSupport
import Testing
import Volumes

/// The commands on a small piece of a tomogram with the tiny trained models.
@Suite("segment, instance, features, match", .serialized)
struct PipelineCommandTests {
  /// A folder with `dino.safetensors`, `sam.safetensors` and `tomo.mrc`, 14 x 40 x 44 voxels with bright particles.
  private func inputs(_ folder: String) throws {
    try GoldenModel.convert("models/dino_trained", to: "\(folder)/dino.safetensors")
    try GoldenModel.convert("models/sam_trained", to: "\(folder)/sam.safetensors")
    let whole = try Tomogram(TestData.path("golden/e2e/volume_shared.mrc"))
    let geometry = Geometry(
      depth: 14, height: 40, width: 44, voxelSizeAngstroms: [10, 10, 12], originAngstroms: [1, 2, 3],
      start: [4, 5, 6])
    let writer = try MRCWriter<Float>("\(folder)/tomo.mrc", geometry: geometry)
    for z in 10..<24 {
      let plane = whole.plane(.z, z)
      try writer.append((56..<96).flatMap { plane.values[$0 * 96 + 10..<$0 * 96 + 54] })
    }
    try writer.commit()
  }

  private func segment(_ folder: String, _ output: String, _ more: [String] = []) -> [String] {
    [
      "segment", "\(folder)/tomo.mrc", "--dino", "\(folder)/dino.safetensors", "--sam",
      "\(folder)/sam.safetensors", "--point", "17,27,7", "--dino-size", "126", "--top-k", "3", "--axes", "zy",
      "--max-area", "400", "-o", "\(folder)/\(output)",
    ] + (more.contains("--profile") ? [] : ["--profile", "paper"]) + more
  }

  /// The files of a run by name, without what may differ: times and the command in `run.json`.
  private func result(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "encoded-slices" {
      files[name] = try TestData.bytes("\(folder)/\(name)")
    }
    if let run = files["run.json"] {
      let json = try run.withUnsafeBytes { try JSON(parsing: $0) }
      var object = try #require(json.object)
      #expect(object.keys.last == "performance")
      object["performance"] = nil
      object["command"] = nil
      // Where all slices are there, nothing is compared.
      object["precision_check"] = nil
      files["run.json"] = Array(JSON.object(object).text.utf8)
    }
    return files
  }

  @Test("the same bytes for 1, 2 and 3 threads, after kills, and from a kept cache")
  func repetition() throws {
    try TestData.withFolder { folder in
      try inputs(folder)
      let first = try ProgramRun("cryosam", segment(folder, "one", ["--threads", "1"]))
      #expect(first.code == 0, "\(first.error)")
      let one = try result("\(folder)/one")
      #expect(
        one.keys.sorted() == [
          "instances.mrc", "overview.png", "picks.star", "proposals.star", "query.safetensors", "report.html",
          "run.json", "semantic.mrc", "similarity-16.mrc", "similarity-8.mrc", "similarity.mrc",
        ])
      #expect(first.error.contains("estimate: "))
      let geometry = try Tomogram("\(folder)/one/semantic.mrc").geometry
      #expect(geometry == (try Tomogram("\(folder)/tomo.mrc").geometry))

      for threads in ["2", "3"] {
        let run = try ProgramRun(
          "cryosam", segment(folder, threads, ["--threads", threads, "--cache", "\(folder)/cache"]))
        #expect(run.code == 0, "\(run.error)")
        let isSame = try result("\(folder)/\(threads)") == one
        #expect(isSame, "\(threads) threads")
      }

      for seconds in [0.15, 0.6, 1.3] {
        _ = try ProgramRun("cryosam", segment(folder, "killed"), killedAfter: seconds)
      }
      let resumed = try ProgramRun("cryosam", segment(folder, "killed", ["--quiet", "--force"]))
      #expect(resumed.code == 0 && resumed.error.isEmpty, "\(resumed.error)")
      let isSame = try result("\(folder)/killed") == one
      #expect(isSame, "after kills")
      // What was encoded is kept, said, used by another run, and removed when that is asked for.
      #expect(
        first.error.contains("\(folder)/one/encoded-slices (")
          && first.error.contains("--discard-cache removes them"))
      #expect(FileManager.default.fileExists(atPath: "\(folder)/killed/encoded-slices"))
      let discarding = try ProgramRun("cryosam", segment(folder, "killed", ["--force", "--discard-cache"]))
      #expect(
        discarding.code == 0 && discarding.error.contains("98 slices' features are there"),
        "\(discarding.error)")
      let isStillSame = try result("\(folder)/killed") == one
      #expect(isStillSame, "from the kept slices")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/killed/encoded-slices"))

      // The page can be made again, with truth.
      let report = try ProgramRun(
        "cryosam", ["report", "\(folder)/one", "--truth", "\(folder)/one/picks.star", "--radius", "20A"])
      #expect(report.output == "\(folder)/one/report.html\n", "\(report.error)")
      let page = String(decoding: try TestData.bytes("\(folder)/one/report.html"), as: UTF8.self)
      #expect(page.contains("<td>1.0000</td>") && page.contains("Against the truth"))
      #expect(page.contains("class=\"envelope\"") && page.contains(">average precision<"))
      #expect(page.contains("tomo.mrc") && page.contains("prompted particles"))

      // The result is not overwritten.
      let again = try ProgramRun("cryosam", segment(folder, "one"))
      #expect(again.code == 73)
      #expect(again.error.contains("--force"))
    }
  }

  @Test(
    "narrower numbers too give the same bytes for 1, 2 and 3 threads and after a kill",
    arguments: ["int8", "bfloat16"])
  func narrowRepetition(precision: String) throws {
    try TestData.withFolder { folder in
      try inputs(folder)
      func run(_ output: String, _ more: [String]) throws -> [String: [UInt8]] {
        let options = ["--profile", "judged", "--precision", precision, "--precision-fallback"]
        let run = try ProgramRun("cryosam", segment(folder, output, options + more))
        #expect(run.code == 0 && !run.error.contains("going on in float32"), "\(run.error)")
        return try result("\(folder)/\(output)")
      }
      let one = try run("one", ["--threads", "1"])
      for threads in ["2", "3"] {
        let isSame = try run(threads, ["--threads", threads]) == one
        #expect(isSame, "\(threads) threads")
      }
      let options = ["--profile", "judged", "--precision", precision, "--precision-fallback"]
      _ = try ProgramRun("cryosam", segment(folder, "killed", options), killedAfter: 0.7)
      let isSame = try run("killed", ["--force"]) == one
      #expect(isSame, "after a kill")
    }
  }

  @Test("traces of segment: the same for 1 and 3 threads; another contrast is found at SAM's first answer")
  func traces() throws {
    try TestData.withFolder { folder in
      try inputs(folder)
      func traced(_ name: String, _ more: [String]) throws -> String {
        let run = try ProgramRun(
          "cryosam", segment(folder, name, ["--trace", "--quiet", "--cache", "\(folder)/cache"] + more))
        #expect(run.code == 0, "\(run.error)")
        return "\(folder)/\(name)/trace.safetensors"
      }
      let one = try traced("one", ["--threads", "1"])
      let isSame = try TestData.bytes(one) == TestData.bytes(try traced("three", ["--threads", "3"]))
      #expect(isSame)

      let names = try SafetensorsFile(one).names
      for name in [
        "features.z.7", "features.y.27", "features.x.17", "prompted.0.z.7.low_res_logits",
        "prompted.particles", "query", "similarity.16", "similarity.4", "proposals", "proposed.particles",
        "instances",
      ] {
        #expect(names.contains(name), "\(name)")
      }
      let query = try SafetensorsFile(one).tensor("query")
      let saved = try SafetensorsFile("\(folder)/one/query.safetensors")
      let savedQuery = try saved.tensor(saved.names[0])
      #expect(query.values == savedQuery.values)

      let paler = try traced("paler", ["--threads", "1", "--contrast", "5,95"])
      let compared = try ProgramRun("cryosam", ["compare", one, paler, "--json"])
      #expect(compared.code == 1)
      let json = try Array(compared.output.utf8).withUnsafeBytes { try JSON(parsing: $0) }
      #expect(json["first_failed"]?.string == "prompted.0.z.7.iou_predictions", "\(compared.output)")
    }
  }

  @Test("features in shards, then match by point, mask and saved query")
  func separateStages() throws {
    try TestData.withFolder { folder in
      try inputs(folder)
      let dino = ["\(folder)/tomo.mrc", "--dino", "\(folder)/dino.safetensors", "--cache", "\(folder)/cache"]
      let small = ["--dino-size", "126", "--quiet"]
      for shard in ["1/2", "2/2"] {
        let run = try ProgramRun("cryosam", ["features"] + dino + small + ["--shard", shard])
        #expect(run.output.hasPrefix("49 slices encoded, 0 were there"), "\(run.output)\(run.error)")
      }
      let instance = try ProgramRun(
        "cryosam",
        [
          "instance", "\(folder)/tomo.mrc", "--sam", "\(folder)/sam.safetensors", "--point", "17,27,7",
          "--axes", "z",
          "--max-area", "400", "--json", "-o", "\(folder)/instance",
        ])
      #expect(instance.code == 0, "\(instance.error)")
      let record = try Array(instance.output.utf8).withUnsafeBytes { try JSON(parsing: $0) }
      let particle = try #require(record["particles"]?.array?.first)
      #expect((particle["voxels"]?.int ?? 0) > 10 && particle["remarks"]?.array != nil)
      let page = String(decoding: try TestData.bytes("\(folder)/instance/report.html"), as: UTF8.self)
      #expect(page.components(separatedBy: "class=\"bar\"").count == 4 && page.contains(" nm across"))

      func match(_ query: String, _ output: String) throws -> [String: [UInt8]] {
        let run = try ProgramRun(
          "cryosam", ["match"] + dino + small + ["--query", query, "-o", "\(folder)/\(output)"])
        #expect(run.code == 0, "\(run.error)")
        return try result("\(folder)/\(output)")
      }
      let byMask = try match("\(folder)/instance/semantic.mrc", "mask")
      #expect(
        byMask.keys.sorted() == [
          "proposals.star", "query.safetensors", "run.json", "similarity.mrc",
        ])
      let bySaved = try match("\(folder)/mask/query.safetensors", "saved")
      for name in ["proposals.star", "query.safetensors", "similarity.mrc"] {
        let isSame = byMask[name] == bySaved[name]
        #expect(isSame, "\(name)")
      }
      let bySAM = try ProgramRun(
        "cryosam",
        [
          "match", "\(folder)/tomo.mrc", "--features", "sam", "--sam", "\(folder)/sam.safetensors", "--cache",
          "\(folder)/cache", "--query", "17,27,7", "--quiet", "-o", "\(folder)/sam",
        ])
      #expect(bySAM.code == 0, "\(bySAM.error)")
      let run = try JSON(contentsOf: "\(folder)/sam/run.json")
      #expect(run["parameters"]?["features"]?.string == "sam" && run["parameters"]?["dino_size"] == .null)
      let query = try QueryFeature("\(folder)/sam/query.safetensors")
      #expect(query.channels == 64, "SAM's width")
      let inverted = try ProgramRun(
        "cryosam",
        [
          "match", "\(folder)/tomo.mrc", "--features", "sam", "--sam", "\(folder)/sam.safetensors",
          "--invert",
          "--cache", "\(folder)/cache", "--query", "17,27,7", "--quiet", "-o", "\(folder)/inverted",
        ])
      #expect(inverted.code == 0, "\(inverted.error)")
      let invertedRun = try JSON(contentsOf: "\(folder)/inverted/run.json")
      #expect(
        invertedRun["parameters"]?["invert"]?.bool == true && run["parameters"]?["invert"]?.bool == false)
      #expect(try QueryFeature("\(folder)/inverted/query.safetensors") != query)

      let byPoint = try match("17,27,7", "point")
      let isOther = byPoint["query.safetensors"] != byMask["query.safetensors"]
      #expect(isOther)
    }
  }

  @Test(
    "wrong arguments: what is wrong, and the exit code",
    arguments: [
      (["--point", "17,27,70"], 64, "lies outside"), (["--point", "17,27"], 64, "is invalid for '--point"),
      (["--axes", "zz"], 64, "is invalid for '--axes"),
      (["--contrast", "5,1"], 64, "is invalid for '--contrast"),
      (["--dino-size", "100"], 64, "patch size 14"), (["--top-k", "0"], 64, "at least 1"),
      (["--profile", "reference"], 65, "tomo.mrc: has 14 voxels along z; the released code needs 16"),
      (["--profile", "reference", "--matching", "naive"], 64, "'--matching naive'"),
      (["--dino", "sam.safetensors"], 65, "not DINOv2"),
      (["--sam", "missing.safetensors"], 66, "missing.safetensors"),
      (
        ["--features", "dino"], 65,
        "family 'dinov2', not 'dino'; give other weights, or say --features dinov2"
      ),
      (["--count", "3"], 64, "need finds that are judged"),
      (["--features", "sam"], 64, "leave '--dino' out"),
      (["--features", "vit"], 64, "is invalid for '--features"),
      (["--prompts", "tomo.mrc"], 65, "tomo.mrc"),
    ])
  func wrong(options: [String], code: Int32, message: String) throws {
    try TestData.withFolder { folder in
      try inputs(folder)
      let options = options.map {
        $0.contains(".safetensors") || $0.contains(".mrc") ? "\(folder)/\($0)" : $0
      }
      let run = try ProgramRun("cryosam", segment(folder, "out", options))
      #expect(run.code == code)
      #expect(run.error.contains(message), "\(run.error)")
      #expect(run.error.split(separator: "\n").count == 1, "\(run.error)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out/run.json"))
    }
  }
}

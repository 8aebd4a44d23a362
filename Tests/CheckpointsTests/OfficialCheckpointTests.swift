import Checkpoints
import DINOv2
import Files
import TestSupport
import Testing

@Suite("Published checkpoints")
struct OfficialCheckpointTests {
  @Test func namesAndAddresses() {
    let all = OfficialCheckpoint.all
    #expect(Set(all.map(\.name)).count == 15 && Set(all.map(\.url)).count == 15)
    #expect(
      all.allSatisfy { $0.url.hasPrefix("https://dl.fbaipublicfiles.com/") && $0.fileName.hasSuffix(".pth") })
    #expect(OfficialCheckpoint.named("sam_vit_l_0b3195.pth")?.name == "sam_vit_l")
    #expect(OfficialCheckpoint.named("dinov2_vitl14_reg")?.fileName == "dinov2_vitl14_reg4_pretrain.pth")
    #expect(OfficialCheckpoint.named("dinov2_vitl14_reg")?.model == .dino(.vitL14Registers))
    #expect(OfficialCheckpoint.named("sam_vit_h")?.model == .sam(.vitH))
    #expect(OfficialCheckpoint.named("dino_vits8")?.fileName == "dino_deitsmall8_pretrain.pth")
    #expect(OfficialCheckpoint.named("nothing") == nil)
  }

  @Test("only Segment Anything's names carry digits, which do not begin the SHA-256")
  func digits() {
    for checkpoint in OfficialCheckpoint.all {
      let isSAM = checkpoint.name.hasPrefix("sam_")
      #expect((checkpoint.publishedMD5Start != nil) == isSAM && (checkpoint.reportedSHA256 != nil) == isSAM)
    }
    #expect(OfficialCheckpoint.named("sam_vit_b")?.publishedMD5Start == "01ec64")
  }

  @Test("file names of addresses")
  func fileNames() {
    for (url, name) in [
      ("https://a.org/b/c.pth", "c.pth"), ("http://a.org/c.pth?download=1#x", "c.pth"), ("http://a.org", ""),
      ("http://a.org/", ""),
    ] {
      #expect(OfficialCheckpoint.fileName(ofURL: url) == name)
    }
  }

  @Test("the digits, the digest and the model are compared")
  func comparison() throws {
    let path = TestData.path("checkpoints/dino.pth")
    let digests = try FileDigests(ofFile: path)
    let conversion = try Conversion(Checkpoint([path]), heads: 2)
    let start = String(digests.md5.prefix(6))
    let right = OfficialCheckpoint(
      name: "a", url: "https://a.org/a_\(start).pth", model: conversion.model, reportedSHA256: digests.sha256)
    #expect(right.checkMD5(digests).verdict == .agrees)
    #expect(right.checkSHA256(digests.sha256, ofSource: false).verdict == .agrees)
    #expect(right.checkModel(conversion).verdict == .agrees)
    let wrong = OfficialCheckpoint(
      name: "a", url: "https://a.org/a_000000.pth", model: .dino(.vitL14Registers),
      reportedSHA256: String(repeating: "0", count: 64))
    #expect(wrong.checkMD5(digests).verdict == .differs)
    #expect(wrong.checkSHA256(digests.sha256, ofSource: false).verdict == .differs)
    #expect(wrong.checkModel(conversion).verdict == .differs)
    let silent = OfficialCheckpoint(name: "a", url: "https://a.org/a_pretrain.pth", model: conversion.model)
    #expect(silent.checkMD5(digests).verdict == .unknown)
    #expect(silent.checkSHA256(digests.sha256, ofSource: false).verdict == .unknown)
  }

  @Test("sizes, as the official code has them")
  func published() throws {
    let dino = DINOConfiguration(
      family: .dino, patchSize: 16, width: 384, depth: 12, heads: 6, hiddenWidth: 1536, positionGrid: 14)
    #expect(OfficialCheckpoint.named("dino_vits16")?.model == .dino(dino))
    let giant = DINOConfiguration(
      family: .dinov2, patchSize: 14, width: 1536, depth: 40, heads: 24, feedForward: .swiglu,
      hiddenWidth: 4096,
      registers: 4, positionGrid: 37)
    #expect(OfficialCheckpoint.named("dinov2_vitg14_reg")?.model == .dino(giant))
  }
}

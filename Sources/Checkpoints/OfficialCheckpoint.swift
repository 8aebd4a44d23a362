import DINOv2
import SAM

/// A checkpoint that the authors of a model published, and what there is to check it by.
public struct OfficialCheckpoint: Sendable {
  /// What it is called here and, but for Segment Anything's, in torch.hub.
  public let name: String
  public let url: String
  /// What it must turn out to be.
  public let model: Conversion.Model
  /// What the file's SHA-256 was found to be by others, if it is known; the publishers give none.
  public let reportedSHA256: String?

  public init(name: String, url: String, model: Conversion.Model, reportedSHA256: String? = nil) {
    self.name = name
    self.url = url
    self.model = model
    self.reportedSHA256 = reportedSHA256
  }

  /// The published file's name.
  public var fileName: String { Self.fileName(ofURL: url) }

  /// The digits that the published name ends in, which are the start of the file's MD5: `4b8939` of
  /// `sam_vit_h_4b8939.pth`. Nil for names without.
  ///
  /// torch.hub's convention would be the start of the SHA-256, behind a hyphen. These stand behind an underscore, and
  /// they do not begin the SHA-256 of these files (`reportedSHA256`) but their MD5, as public tools that check either
  /// agree on.
  public var publishedMD5Start: String? {
    guard fileName.hasSuffix(".pth"), let end = fileName.dropLast(4).split(separator: "_").last,
      end.count == 6,
      end.allSatisfy({ $0.isHexDigit && !$0.isUppercase })
    else { return nil }
    return String(end)
  }

  /// The last part of an address, without what follows `?` or `#`.
  public static func fileName(ofURL url: String) -> String {
    let path = url.prefix { $0 != "?" && $0 != "#" }
    let rest = path.firstRange(of: "://").map { path[$0.upperBound...] } ?? path
    return rest.contains("/")
      ? String(rest.split(separator: "/", omittingEmptySubsequences: false).last ?? "") : ""
  }

  /// The checkpoint of this name, or published under this file name.
  public static func named(_ name: String) -> OfficialCheckpoint? {
    all.first { $0.name == name || $0.fileName == name }
  }

  /// Sources: the README and hub files of facebookresearch/segment-anything, dinov2 and dino. The SHA-256 sums are those
  /// by which computational-cell-analytics/micro-sam (`micro_sam/util.py`) checks its downloads from these addresses.
  public static let all: [OfficialCheckpoint] =
    [
      sam("h_4b8939", .vitH, "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e"),
      sam("l_0b3195", .vitL, "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622"),
      sam("b_01ec64", .vitB, "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912"),
    ]
    + [(384, 12, 6, "s"), (768, 12, 12, "b"), (1024, 24, 16, "l"), (1536, 40, 24, "g")].flatMap {
      [dinov2($3, $0, $1, $2, registers: 0), dinov2($3, $0, $1, $2, registers: 4)]
    }
    + [
      dino("vits16", file: "deitsmall16", width: 384, heads: 6, patch: 16),
      dino("vits8", file: "deitsmall8", width: 384, heads: 6, patch: 8),
      dino("vitb16", file: "vitbase16", width: 768, heads: 12, patch: 16),
      dino("vitb8", file: "vitbase8", width: 768, heads: 12, patch: 8),
    ]

  private static let server = "https://dl.fbaipublicfiles.com"

  private static func sam(_ size: String, _ sizes: SAMConfiguration, _ sha256: String) -> OfficialCheckpoint {
    OfficialCheckpoint(
      name: "sam_vit_\(size.prefix(1))", url: "\(server)/segment_anything/sam_vit_\(size).pth",
      model: .sam(sizes),
      reportedSHA256: sha256)
  }

  private static func dinov2(
    _ size: String, _ width: Int, _ depth: Int, _ heads: Int, registers: Int
  ) -> OfficialCheckpoint {
    let base = "dinov2_vit\(size)14"
    let gated = size == "g"
    return OfficialCheckpoint(
      name: registers > 0 ? "\(base)_reg" : base,
      url: "\(server)/dinov2/\(base)/\(base)\(registers > 0 ? "_reg\(registers)" : "")_pretrain.pth",
      model: .dino(
        DINOConfiguration(
          family: .dinov2, patchSize: 14, width: width, depth: depth, heads: heads,
          feedForward: gated ? .swiglu : .mlp, hiddenWidth: gated ? width * 8 / 3 : 4 * width,
          registers: registers,
          positionGrid: 37)))
  }

  private static func dino(
    _ name: String, file: String, width: Int, heads: Int, patch: Int
  ) -> OfficialCheckpoint {
    OfficialCheckpoint(
      name: "dino_\(name)", url: "\(server)/dino/dino_\(file)_pretrain/dino_\(file)_pretrain.pth",
      model: .dino(
        DINOConfiguration(
          family: .dino, patchSize: patch, width: width, depth: 12, heads: heads, hiddenWidth: 4 * width,
          positionGrid: 224 / patch)))
  }
}

import Cryo
import DINOv2
import Files
import Images
import NN
import Parallel
import SAM
import Volumes

/// How long the stages of a run on a tomogram take on this machine: a slice of each shape and some prompts are timed, and
/// the rest is reckoned from that.
///
/// Matching is left out: it takes seconds (`match-exact`).
public struct TomogramTimes: Sendable {
  /// A part of the work: `count` times `seconds` each.
  public struct Part: Sendable {
    public let name: String
    public let count: Int
    public let seconds: Double
    /// Whether it is needed if particles are followed across z alone.
    public let isAcrossZ: Bool

    public var total: Double { Double(count) * seconds }
  }

  public let precision: Precision
  public private(set) var parts: [Part] = []
  /// Bytes of parameters that a slice's encoding reads, of both networks.
  public let weightBytes: Int

  /// The proposals that are reckoned with, and the prompts that each takes, as on the phantoms of `docs/demo-weights.md`.
  public static let (proposals, promptsEach) = (384, 24)

  /// Times what a tomogram of `shape` needs of the networks in `dino` and `sam`.
  ///
  /// - Throws: `Failure` if the weights cannot be used.
  public init(
    _ shape: VolumeShape, dino: SafetensorsFile, sam: SafetensorsFile, _ precision: Precision
  ) throws {
    self.precision = precision
    // Of a matrix, four bytes a parameter in float32.
    let bytes = [Precision.float32: 4, .bfloat16: 2, .int8: 1][precision] ?? 4
    weightBytes = (Self.parameters(dino) + Self.parameters(sam)) * bytes
    do {
      let encoder = try DINOEncoder(dino, precision: precision)
      let pixels = EncoderCheck.pixels(encoder.configuration.usualInputSide)
      let seconds = Self.seconds { _ = encoder(pixels) }
      let slices = Axis.allCases.reduce(0) { $0 + shape[$1] }
      parts.append(Part(name: "features", count: slices, seconds: seconds, isAcrossZ: true))
    }
    let segmenter = try SegmentAnything(sam, precision: precision)
    var embedded: EmbeddedImage?
    for axis in Axis.allCases {
      let (rows, columns) = (shape[axis.row], shape[axis.column])
      let image = RGBImage(
        height: rows, width: columns,
        pixels: (0..<rows * columns * 3).map { UInt8(truncatingIfNeeded: $0 &* 37) })
      // The first is not timed: the windows of padding, which are computed once, are in it.
      let seconds = Self.seconds { embedded = segmenter.embed(image) }
      parts.append(
        Part(
          name: "SAM across \(axis.name)", count: shape[axis], seconds: seconds, isAcrossZ: axis == .z))
    }
    guard let embedded else { return }
    let together = 8
    let point = Prompt(points: [Prompt.Point(x: 8, y: 8)])
    let prompts = [Prompt](repeating: point, count: together)
    let seconds = Self.seconds { _ = segmenter.predict(embedded, prompts, multimask: true) }
    parts.append(
      Part(
        name: "prompts", count: Self.proposals * Self.promptsEach, seconds: seconds / Double(together),
        isAcrossZ: true))
  }

  private static func parameters(_ file: SafetensorsFile) -> Int {
    file.names.reduce(0) { $0 + (file.entry($1)?.shape.reduce(1, *) ?? 0) }
  }

  /// The time of the second of two calls.
  private static func seconds(_ body: () -> Void) -> Double {
    body()
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// Of all parts, or of those that are needed if particles are followed across z alone.
  public func total(acrossZ: Bool) -> Double {
    parts.reduce(0) { $0 + (acrossZ && !$1.isAcrossZ ? 0 : $1.total) }
  }

  public var json: JSON {
    [
      "precision": .string(precision.rawValue), "threads": .integer(Parallel.threads),
      "parts": .array(
        parts.map { part in
          ["name": .string(part.name), "count": .integer(part.count), "seconds_each": .number(part.seconds)]
        }),
      "seconds": .number(total(acrossZ: false)), "seconds_across_z": .number(total(acrossZ: true)),
    ]
  }
}

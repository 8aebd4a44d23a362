import Cryo
import Files
import Images
import NN
import SAM
import Synchronization
import TestSupport
import Volumes

/// The usual parameters, changed by `change`.
func usual(
  _ profile: Profile = .paper, _ change: (inout PipelineParameters) -> Void = { _ in }
) -> PipelineParameters {
  var parameters = PipelineParameters(profile)
  change(&parameters)
  return parameters
}

/// A reproducible stream of numbers.
struct Numbers {
  private var generator: SplitMix64
  init(_ seed: UInt64) { generator = SplitMix64(seed: seed) }

  mutating func next() -> UInt64 { generator.next() }

  /// Between -1 and 1.
  mutating func unit() -> Float { Float(Double(next() >> 11) / 0x1p52 - 1) }
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

func noise(_ shape: VolumeShape, seed: UInt64) throws -> Tomogram {
  var numbers = Numbers(seed)
  let voxels = (0..<shape.count).map { _ in numbers.unit() }
  return try Tomogram(
    voxels: voxels, geometry: Geometry(depth: shape.depth, height: shape.height, width: shape.width))
}

/// An encoder whose patch vectors are noise that depends on the slice's contents alone. `bias` makes all vectors
/// alike, so that cosines spread over a range near 1 instead of near 0.
final class NoiseEncoder: SliceEncoder {
  let height: Int
  let width: Int
  let channels: Int
  let bias: Float
  let calls = Atomic<Int>(0)

  init(height: Int = 5, width: Int = 7, channels: Int = 40, bias: Float = 0.5) {
    (self.height, self.width, self.channels, self.bias) = (height, width, channels, bias)
  }

  func features(of plane: Plane) -> FeatureGrid {
    calls.add(1, ordering: .relaxed)
    let digest = plane.values.reduce(UInt64(plane.columns)) { ($0 &* 31) ^ UInt64($1.bitPattern) }
    var numbers = Numbers(digest)
    let values = (0..<height * width * channels).map { _ in numbers.unit() + bias }
    return FeatureGrid(
      height: height, width: width, vectors: Tensor([height * width, channels], values))
  }
}

/// What was reported, in order.
final class Reports: Sendable {
  let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var count: Int { lines.withLock { $0.count } }
}

func testKey(_ name: String = "weights", _ shape: VolumeShape) -> SliceKey {
  .features(
    tomogram: "tomogram", shape: shape, weights: name, input: EncoderInput(mean: 0, deviation: 1, side: 14))
}

func features(
  _ tomogram: Tomogram, _ encoder: any SliceEncoder, in folder: String, memory: Int = 1 << 30,
  weights: String = "weights", reports: Reports = Reports()
) throws -> SliceFeatures {
  let store = try SliceStore(
    in: folder, key: testKey(weights, tomogram.shape), memory: SliceMemory(limit: memory)
  ) {
    $0.sizes.count == 2
  } report: {
    reports.add($0)
  }
  return SliceFeatures(tomogram, encoder: encoder, store: store)
}

/// A segmenter without a network: the bright blob under the point, everything bright, or a speck, with scores that
/// depend on the image. Its logits are greatest near the blob's middle.
final class BlobSegmenter: SliceSegmenter {
  let inputSide = 64
  let lowSide = 16
  let embedded = Mutex<[String: Int]>([:])

  func embed(_ image: RGBImage) -> EmbeddedImage {
    let gray = (0..<image.height * image.width).map { Float(image.pixels[3 * $0]) }
    let name = "\(image.height)x\(image.width):\(gray.reduce(0) { ($0 * 31 + Int($1)) % 1_000_000_007 })"
    embedded.withLock { $0[name, default: 0] += 1 }
    let longest = max(image.height, image.width)
    return EmbeddedImage(
      embedding: Tensor([1, image.height, image.width], gray), originalHeight: image.height,
      originalWidth: image.width, inputHeight: image.height * inputSide / longest,
      inputWidth: image.width * inputSide / longest)
  }

  func predict(_ image: EmbeddedImage, _ prompts: [Prompt], multimask: Bool) -> [Prediction] {
    let gray = image.embedding.values
    return prompts.map { predict(image, gray, $0) }
  }

  private func predict(_ image: EmbeddedImage, _ gray: [Float], _ prompt: Prompt) -> Prediction {
    let (height, width) = (image.originalHeight, image.originalWidth)
    let (x, y) = (Int(prompt.points[0].x.rounded()), Int(prompt.points[0].y.rounded()))
    var blob = BitMask(height: height, width: width)
    var all = BitMask(height: height, width: width)
    for index in gray.indices where gray[index] >= 128 { all[index / width, index % width] = true }
    var middle = (y: 0.0, x: 0.0)
    if (0..<height).contains(y), (0..<width).contains(x), all[y, x] {
      var stack = [(y, x)]
      blob[y, x] = true
      while let (row, column) = stack.popLast() {
        middle = (middle.y + Double(row), middle.x + Double(column))
        for (r, c) in [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        where (0..<height).contains(r) && (0..<width).contains(c) && all[r, c] && !blob[r, c] {
          blob[r, c] = true
          stack.append((r, c))
        }
      }
      middle = (middle.y / Double(blob.area), middle.x / Double(blob.area))
    }
    var speck = BitMask(height: height, width: width)
    if blob.area > 0 { speck[y, x] = true }
    let seed: Float = prompt.mask.map { $0.values.reduce(0) { max($0, $1) } / 1000 } ?? 0
    let logits = (0..<3 * lowSide * lowSide).map { index -> Float in
      let (row, column) = (index / lowSide % lowSide, index % lowSide)
      let place = (
        y: (Double(row) + 0.5) * Double(inputSide / lowSide) * Double(height) / Double(image.inputHeight)
          - 0.5,
        x: (Double(column) + 0.5) * Double(inputSide / lowSide) * Double(width) / Double(image.inputWidth)
          - 0.5
      )
      let distance = (place.y - middle.y) * (place.y - middle.y) + (place.x - middle.x) * (place.x - middle.x)
      // The padding, past the image, would win if it were not left out.
      let isPadding = place.y > Double(height) || place.x > Double(width)
      return isPadding ? 1000 : Float(50 - distance)
    }
    return Prediction(
      masks: [all, blob, speck], predictedIoU: [0.9, 0.8 + seed / 10, 0.3],
      lowResolutionLogits: Tensor([3, lowSide, lowSide], logits))
  }
}

/// Balls of 255 in a volume of 0.
func balls(_ shape: VolumeShape, _ places: [(z: Int, y: Int, x: Int, radius: Int)]) throws -> Tomogram {
  var voxels = [Float](repeating: 0, count: shape.count)
  for ball in places {
    for z in 0..<shape.depth {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let distance =
            (z - ball.z) * (z - ball.z) + (y - ball.y) * (y - ball.y) + (x - ball.x) * (x - ball.x)
          if distance <= ball.radius * ball.radius { voxels[shape.index(z, y, x)] = 255 }
        }
      }
    }
  }
  return try Tomogram(
    voxels: voxels,
    geometry: Geometry(
      depth: shape.depth, height: shape.height, width: shape.width, voxelSizeAngstroms: [10, 10, 10]))
}

func embeddedSlices(
  _ tomogram: Tomogram, _ segmenter: any SliceSegmenter, in folder: String, memory: Int = 1 << 30
) throws -> EmbeddedSlices {
  let stretch = ContrastStretch(low: 0, high: 255)
  let key = SliceKey.embeddings(
    tomogram: "tomogram", shape: tomogram.shape, weights: "sam", stretch: stretch)
  let store = try SliceStore(in: folder, key: key, memory: SliceMemory(limit: memory)) {
    $0.sizes.count == 4
  } report: { _ in
  }
  return EmbeddedSlices(tomogram, stretch: stretch, segmenter: segmenter, store: store)
}

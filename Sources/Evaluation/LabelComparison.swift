import Files
import Volumes

/// Two label volumes `[D, H, W]` of one size, ours and the truth: 0 is background (or what
/// `VoxelMarks` takes for it), every other whole number an object.
///
/// Objects match if their IoU is over 1/2; then no object can match two (Kirillov et al. 2019, "Panoptic
/// Segmentation"). The volumes are read section by section.
public struct LabelComparison: Sendable {
  public struct Match: Sendable, Equatable {
    public let ours: Int
    public let truth: Int
    public let iou: Double
    /// 2 IoU / (1 + IoU).
    public var dice: Double { 2 * iou / (1 + iou) }
  }

  private struct LabelPair: Hashable {
    let ours: Int
    let truth: Int
  }

  /// Voxels of each object of ours and of the truth.
  public let ours: [Int: Int]
  public let truth: [Int: Int]
  private let shared: [LabelPair: Int]
  /// Voxels that are in any object of both.
  public let commonVoxels: Int
  /// In order of our labels.
  public let matches: [Match]

  /// Compares two volumes.
  ///
  /// - Parameters:
  ///   - kept: the labels of `truth` that count; the others are background. Nil: all.
  ///   - found: the labels of `ours` that count, likewise.
  /// - Throws: `Failure` if the sizes differ, a volume is a density, or a voxel is no whole number from 0 to 16,777,216.
  public init(_ ours: Tomogram, truth: Tomogram, keeping kept: Set<Int>? = nil, found: Set<Int>? = nil) throws
  {
    guard ours.shape == truth.shape else {
      let sizes = [ours, truth].map { "\($0.shape.width) x \($0.shape.height) x \($0.shape.depth)" }
      throw Failure(
        .badData, path: ours.path, "has \(sizes[0]) voxels, the truth \(sizes[1])",
        remedy: "give two volumes of the same tomogram")
    }
    var pairs: [LabelPair: Int] = [:]
    let (ourMarks, trueMarks) = (try VoxelMarks(ours), try VoxelMarks(truth))
    for z in 0..<ours.shape.depth {
      let (a, b) = (ourMarks.section(z), trueMarks.section(z))
      var start = 0
      while start < a.count {
        var end = start + 1
        while end < a.count && a[end] == a[start] && b[end] == b[start] { end += 1 }
        var label = try Self.label(b[start], truth)
        if let kept, !kept.contains(label) { label = 0 }
        var own = try Self.label(a[start], ours)
        if let found, !found.contains(own) { own = 0 }
        pairs[LabelPair(ours: own, truth: label), default: 0] += end - start
        start = end
      }
    }
    self.init(pairs)
  }

  private init(_ pairs: [LabelPair: Int]) {
    var ours: [Int: Int] = [:]
    var truth: [Int: Int] = [:]
    for (pair, voxels) in pairs {
      if pair.ours > 0 { ours[pair.ours, default: 0] += voxels }
      if pair.truth > 0 { truth[pair.truth, default: 0] += voxels }
    }
    shared = pairs.filter { $0.key.ours > 0 && $0.key.truth > 0 }
    commonVoxels = shared.values.reduce(0, +)
    (self.ours, self.truth) = (ours, truth)
    matches = shared.compactMap { pair, voxels in
      let union = (ours[pair.ours] ?? 0) + (truth[pair.truth] ?? 0) - voxels
      guard 2 * voxels > union else { return nil }
      return Match(ours: pair.ours, truth: pair.truth, iou: Double(voxels) / Double(union))
    }.sorted { $0.ours < $1.ours }
  }

  /// The whole number that a voxel holds. Above 2^24 float32 does not tell neighbours apart.
  private static func label(_ value: Float, _ volume: Tomogram) throws -> Int {
    guard value >= 0, value <= 16_777_216, value == value.rounded() else {
      throw Failure(
        .badData, path: volume.path, "holds \(value), which is no label",
        remedy: "give a volume of whole numbers")
    }
    return Int(value)
  }

  /// Voxels in any object.
  public var ourVoxels: Int { ours.values.reduce(0, +) }
  public var truthVoxels: Int { truth.values.reduce(0, +) }
  /// Of the semantic masks, objects not told apart; 1 if both are empty.
  public var dice: Double {
    let sum = ourVoxels + truthVoxels
    return sum > 0 ? 2 * Double(commonVoxels) / Double(sum) : 1
  }
  public var iou: Double {
    let union = ourVoxels + truthVoxels - commonVoxels
    return union > 0 ? Double(commonVoxels) / Double(union) : 1
  }

  /// SQ: the mean IoU of the matches; 0 without matches.
  public var segmentationQuality: Double {
    matches.isEmpty ? 0 : matches.reduce(0) { $0 + $1.iou } / Double(matches.count)
  }
  /// RQ: the F1 of the objects, 2 matches / (objects of ours + of the truth); 0 if there are none.
  public var recognitionQuality: Double {
    let objects = ours.count + truth.count
    return objects > 0 ? 2 * Double(matches.count) / Double(objects) : 0
  }
  /// PQ = SQ RQ.
  public var panopticQuality: Double { segmentationQuality * recognitionQuality }
  /// The mean Dice of the matches; nil without matches.
  public var meanDice: Double? {
    matches.isEmpty ? nil : matches.reduce(0) { $0 + $1.dice } / Double(matches.count)
  }

  /// The Dice of two objects, 0 if one is not there: for pairs that were matched otherwise, by their picks say.
  public func dice(ours: Int, truth: Int) -> Double {
    let sum = (self.ours[ours] ?? 0) + (self.truth[truth] ?? 0)
    return sum > 0 ? 2 * Double(shared[LabelPair(ours: ours, truth: truth)] ?? 0) / Double(sum) : 0
  }
}

import Files
import Parallel

/// Which voxels of a tomogram are not the specimen: a constant that fills borders, and values far beyond all others.
///
/// Fills are read as the mean of the rest, what is beyond the limits as the limit; both are left out of contrast, mean and
/// deviation. Masks and label volumes are read without it.
public struct VoxelCleaning: Sendable, Equatable {
  /// The constants.
  public let fills: [Float]
  /// Where values end.
  public let limits: ClosedRange<Float>

  public static let none = VoxelCleaning(fills: [], limits: -.infinity ... .infinity)

  public init(fills: [Float], limits: ClosedRange<Float>) { (self.fills, self.limits) = (fills, limits) }

  /// What to look for.
  public struct Choice: Sendable, Equatable {
    public enum Part<Value: Sendable & Equatable>: Sendable, Equatable {
      /// What is found.
      case found
      /// Nothing.
      case none
      /// What the user names.
      case given(Value)
    }
    public var fill: Part<Float>
    public var limits: Part<ClosedRange<Float>>

    public init(fill: Part<Float> = .found, limits: Part<ClosedRange<Float>> = .found) {
      (self.fill, self.limits) = (fill, limits)
    }

    /// Voxels as they are.
    public static let none = Choice(fill: .none, limits: .none)
    /// What is found.
    public static let usual = Choice()
  }

  public var isNone: Bool { self == .none }

  /// Whether `value` is one of the specimen's.
  func keeps(_ value: Float) -> Bool { value.isFinite && limits.contains(value) && !fills.contains(value) }

  /// `value` as it is read, where the mean of the specimen is `mean`.
  func read(_ value: Float, mean: Float) -> Float {
    guard value.isFinite, !fills.contains(value) else { return mean }
    return min(max(value, limits.lowerBound), limits.upperBound)
  }

  /// The share of a face that a constant fills, and its pixels, at least: a wedge's corner is not much.
  private static let (leastShare, leastPixels) = (0.02, 4)
  /// The share of the voxels that is no fill, at least.
  private static let leastLeft = 0.3
  private static let mostFills = 8
  /// Values are outliers if they lie so many times the middle half's width from the median, and at most this share of the
  /// voxels does. The width of a Gaussian's middle half is 1.35 deviations.
  private static let (outlierWidths, mostOutliers) = (30.0, 0.005)
  /// On the side of a fill that lies farther than so many widths away, more than outliers may lie beyond them: rotations and
  /// rescalings mix it with the specimen along its edge.
  private static let (mixtureWidths, mostMixtures) = (8.0, 0.05)
  /// Deviations from the mean that an extreme has to be away for outliers to be looked for.
  private static let suspicion = 12.0

  /// What of a volume is the specimen.
  struct Finding {
    fileprivate(set) var cleaning = VoxelCleaning.none
    /// Of the specimen.
    fileprivate(set) var statistics: VoxelStatistics
    /// What was left out, for people: how many voxels, and which.
    fileprivate(set) var notes: [String] = []

    /// Leaves out what is beyond `limits`; `inside` is known of the rest.
    fileprivate mutating func take(_ limits: ClosedRange<Float>, _ inside: VoxelStatistics) {
      let outside = statistics.finiteCount - inside.finiteCount
      (cleaning, statistics) = (cleaning.with(limits), inside)
      guard outside > 0 else { return }
      notes.append(
        "\(outside) voxels are outliers, beyond \(limits.lowerBound) to \(limits.upperBound): "
          + "left out of contrast, mean and deviation, and cut to these (--clip overrules)")
    }
  }

  /// Looks for what is not the specimen in `source`.
  ///
  /// - Parameter raw: the statistics of all voxels.
  static func find(
    _ choice: Choice, in source: VoxelSource, _ geometry: Geometry, raw: VoxelStatistics
  ) -> Finding {
    var finding = Finding(statistics: raw)
    let fills: [Float] =
      switch choice.fill {
      case .found: constants(of: source, geometry)
      case .none: []
      case .given(let value): [value]
      }
    if !fills.isEmpty {
      let cleaning = VoxelCleaning(fills: fills, limits: none.limits)
      let rest = VoxelStatistics(source, cleaning)
      // What is left must be something to look at; a volume that is mostly one value is a mask.
      let isSpecimen =
        rest.standardDeviation > 0 && Double(rest.finiteCount) >= leastLeft * Double(raw.finiteCount)
      if isSpecimen || choice.fill != .found {
        let count = raw.finiteCount - rest.finiteCount
        let values = fills.map { "\($0)" }.joined(separator: ", ")
        finding = Finding(cleaning: cleaning, statistics: rest)
        if count > 0 {
          finding.notes.append(
            "\(count) voxels (\(decimal(100 * Double(count) / Double(max(1, source.count)), places: 2)) %) are the "
              + "\(fills.count > 1 ? "constants" : "constant") \(values): padding, left out of contrast, mean and "
              + "deviation (--fill overrules)")
        }
      }
    }
    switch choice.limits {
    case .none: break
    case .given(let range): finding.take(range, VoxelStatistics(source, finding.cleaning.with(range)))
    case .found:
      let all = Double(finding.statistics.finiteCount)
      for (limits, shares) in Self.limits(source, finding) {
        let inside = VoxelStatistics(source, finding.cleaning.with(limits))
        let outside = finding.statistics.finiteCount - inside.finiteCount
        guard outside > 0, shares.contains(Double(outside) / all) else { continue }
        finding.take(limits, inside)
        break
      }
    }
    return finding
  }

  /// With other limits.
  private func with(_ limits: ClosedRange<Float>) -> VoxelCleaning {
    VoxelCleaning(fills: fills, limits: limits)
  }

  /// The values that fill pieces of the faces (pixels whose neighbours to the right and below are the same) or whole slices.
  private static func constants(of source: VoxelSource, _ geometry: Geometry) -> [Float] {
    var found: [Float: Int] = [:]
    for axis in Axis.allCases {
      let (rows, columns) = geometry.shape.plane(axis)
      for index in Set([0, geometry.shape[axis] - 1]) {
        let plane = source.plane(axis, index, geometry.shape)
        var (inPieces, all) = ([Float: Int](), [Float: Int]())
        for row in 0..<rows {
          for column in 0..<columns {
            let place = row * columns + column
            let value = plane[place]
            guard value.isFinite else { continue }
            let right = column + 1 < columns ? plane[place + 1] : plane[max(place - 1, row * columns)]
            let below = row + 1 < rows ? plane[place + columns] : plane[max(place - columns, column)]
            all[value, default: 0] += 1
            if right == value, below == value { inPieces[value, default: 0] += 1 }
          }
        }
        let least = max(leastPixels, Int(leastShare * Double(rows * columns)))
        for (value, count) in inPieces where count >= least && 2 * count >= all[value] ?? 0 {
          found[value, default: 0] += count
        }
      }
      for index in 0..<geometry.shape[axis] where source.beginsEvenly(axis, index, geometry.shape) {
        let plane = source.plane(axis, index, geometry.shape)
        guard let value = plane.first, value.isFinite, plane.allSatisfy({ $0 == value }) else { continue }
        found[value, default: 0] += plane.count
      }
    }
    return found.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(mostFills).map(\.key)
  }

  /// Limits that leave out mixtures with fills that are far from all else, and a few outliers, each with the shares of the
  /// voxels that must lie beyond; empty if there is no sign of such.
  private static func limits(
    _ source: VoxelSource, _ finding: Finding
  ) -> [(limits: ClosedRange<Float>, shares: ClosedRange<Double>)] {
    let (statistics, fills) = (finding.statistics, finding.cleaning.fills)
    let far = suspicion * statistics.standardDeviation
    guard
      !fills.isEmpty || Double(statistics.maximum) - statistics.mean > far
        || statistics.mean - Double(statistics.minimum) > far
    else { return [] }
    let order = OrderStatistics(source, finding.cleaning, count: statistics.finiteCount)
    let quarters = order.percentiles([25, 50, 75])
    let (median, width) = (quarters[1], quarters[2] - quarters[0])
    let (reach, edge) = (outlierWidths * width, mixtureWidths * width)
    guard reach > 0, reach.isFinite else { return [] }
    let usual = (Float(median - reach)...Float(median + reach), 0...mostOutliers)
    let (isBelow, isAbove) = (
      fills.contains { Double($0) < median - edge }, fills.contains { Double($0) > median + edge }
    )
    guard isBelow || isAbove else { return [usual] }
    let mixed = Float(median - (isBelow ? edge : reach))...Float(median + (isAbove ? edge : reach))
    return [(mixed, mostOutliers...mostMixtures), usual]
  }
}

extension VoxelSource {
  /// Whether slice `index` across `axis` begins with pixels of one value.
  fileprivate func beginsEvenly(_ axis: Axis, _ index: Int, _ shape: VolumeShape) -> Bool {
    let strides: [Axis: Int] = [.z: stride.z, .y: stride.y, .x: stride.x]
    let count = min(8, shape[axis.column])
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { pixels in
      guard let start = pixels.baseAddress else { return false }
      read(start, count: count, first: index * (strides[axis] ?? 0), stride: strides[axis.column] ?? 1)
      return pixels.allSatisfy { $0 == pixels[0] }
    }
  }
}

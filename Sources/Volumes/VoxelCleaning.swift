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
  /// Values are outliers if they lie so many times the middle half's width from the median, and at most this share of the
  /// voxels does. The width of a Gaussian's middle half is 1.35 deviations.
  private static let (outlierWidths, mostOutliers) = (30.0, 0.0005)
  /// Deviations from the mean that an extreme has to be away for outliers to be looked for.
  private static let suspicion = 12.0

  /// Looks for what is not the specimen in `source`.
  ///
  /// - Parameter raw: the statistics of all voxels.
  init(_ choice: Choice, _ source: VoxelSource, _ geometry: Geometry, raw: VoxelStatistics) {
    var statistics = raw
    var fills: [Float] =
      switch choice.fill {
      case .found: Self.constants(on: source, geometry)
      case .none: []
      case .given(let value): [value]
      }
    if !fills.isEmpty {
      statistics = VoxelStatistics(source, VoxelCleaning(fills: fills, limits: Self.none.limits))
      // What is left must be something to look at; a volume that is mostly one value is a mask.
      let isMostly = Double(statistics.finiteCount) < Self.leastLeft * Double(raw.finiteCount)
      if choice.fill == .found, isMostly || !(statistics.standardDeviation > 0) {
        (fills, statistics) = ([], raw)
      }
    }
    let limits: ClosedRange<Float>? =
      switch choice.limits {
      case .found:
        Self.limits(source, VoxelCleaning(fills: fills, limits: Self.none.limits), statistics)
      case .none: nil
      case .given(let range): range
      }
    self.init(fills: fills, limits: limits ?? Self.none.limits)
  }

  /// The values that fill pieces of the faces: pixels whose neighbours to the right and below are the same.
  private static func constants(on source: VoxelSource, _ geometry: Geometry) -> [Float] {
    var found: [Float: Int] = [:]
    for axis in Axis.allCases {
      for index in Set([0, geometry.shape[axis] - 1]) {
        let (rows, columns) = geometry.shape.plane(axis)
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
    }
    return found.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(2).map(\.key)
  }

  /// Limits that leave out a few values far beyond all others; nil if there are none.
  private static func limits(
    _ source: VoxelSource, _ cleaning: VoxelCleaning, _ statistics: VoxelStatistics
  ) -> ClosedRange<Float>? {
    let far = suspicion * statistics.standardDeviation
    guard
      Double(statistics.maximum) - statistics.mean > far || statistics.mean - Double(statistics.minimum) > far
    else { return nil }
    let order = OrderStatistics(source, cleaning, count: statistics.finiteCount)
    let quarters = order.percentiles([25, 50, 75])
    let reach = outlierWidths * (quarters[2] - quarters[0])
    guard reach > 0, reach.isFinite else { return nil }
    let limits = Float(quarters[1] - reach)...Float(quarters[1] + reach)
    let inside = VoxelStatistics(source, VoxelCleaning(fills: cleaning.fills, limits: limits)).finiteCount
    let outside = statistics.finiteCount - inside
    return outside > 0 && Double(outside) <= mostOutliers * Double(statistics.finiteCount) ? limits : nil
  }

  /// What was found, for people: how many voxels, and which.
  func notes(_ source: VoxelSource, raw: VoxelStatistics, kept: VoxelStatistics) -> [String] {
    var notes: [String] = []
    var rest = raw.finiteCount
    for fill in fills {
      let without = VoxelStatistics(
        source, VoxelCleaning(fills: [fill], limits: Self.none.limits)
      ).finiteCount
      let count = raw.finiteCount - without
      rest -= count
      notes.append(
        "\(count) voxels (\(decimal(100 * Double(count) / Double(max(1, source.count)), places: 2)) %) are the constant \(fill): "
          + "padding, left out of contrast, mean and deviation (--fill overrules)")
    }
    if limits != Self.none.limits, rest > kept.finiteCount {
      notes.append(
        "\(rest - kept.finiteCount) voxels are outliers, beyond \(limits.lowerBound) to \(limits.upperBound): "
          + "left out of contrast, mean and deviation, and cut to these (--clip overrules)")
    }
    return notes
  }
}

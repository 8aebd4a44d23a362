import Parallel

/// Mean, spread and range of the finite voxels of a volume, and the count of the others.
public struct VoxelStatistics: Sendable, Equatable {
  public private(set) var finiteCount = 0
  public private(set) var nanCount = 0
  public private(set) var infiniteCount = 0
  public private(set) var mean = 0.0
  /// Sum of squared distances from the mean.
  private var squares = 0.0
  public private(set) var minimum = Float.infinity
  public private(set) var maximum = -Float.infinity

  public init() {}

  public var nonFiniteCount: Int { nanCount + infiniteCount }

  /// Population standard deviation (divided by N).
  public var standardDeviation: Double {
    finiteCount > 0 ? (squares / Double(finiteCount)).squareRoot() : 0
  }

  /// Voxels taken together; the mean and the spread of each block are exact to double precision, and blocks are
  /// merged in order, so that the number of threads changes nothing.
  private static let blockSize = 1 << 16

  /// - Parameter cleaning: what is left out.
  init(_ source: VoxelSource, _ cleaning: VoxelCleaning = .none) {
    let isAll = cleaning.isNone
    let parts = Parallel.mapRanges(source.count, size: Self.blockSize) { range in
      var part = VoxelStatistics()
      withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { block in
        guard let start = block.baseAddress else { return }
        source.read(start, count: range.count, first: range.lowerBound, stride: 1)
        var count = range.count
        if !isAll {
          count = 0
          for index in 0..<range.count where !start[index].isFinite || cleaning.keeps(start[index]) {
            start[count] = start[index]
            count += 1
          }
        }
        part.add(UnsafeBufferPointer(rebasing: block[..<count]))
      }
      return part
    }
    self = parts.reduce(into: VoxelStatistics()) { $0.merge($1) }
  }

  /// Takes in more voxels.
  public mutating func add(_ voxels: UnsafeBufferPointer<Float>) {
    var part = VoxelStatistics()
    var sum = 0.0
    for value in voxels {
      if value.isFinite {
        part.finiteCount += 1
        sum += Double(value)
        part.minimum = min(part.minimum, value)
        part.maximum = max(part.maximum, value)
      } else if value.isNaN {
        part.nanCount += 1
      } else {
        part.infiniteCount += 1
      }
    }
    if part.finiteCount > 0 {
      part.mean = sum / Double(part.finiteCount)
      for value in voxels where value.isFinite {
        let distance = Double(value) - part.mean
        part.squares += distance * distance
      }
    }
    merge(part)
  }

  /// Chan's rule for the union of two samples.
  private mutating func merge(_ other: VoxelStatistics) {
    nanCount += other.nanCount
    infiniteCount += other.infiniteCount
    guard other.finiteCount > 0 else { return }
    let total = Double(finiteCount + other.finiteCount)
    let step = other.mean - mean
    squares += other.squares + step * step * (Double(finiteCount) * Double(other.finiteCount) / total)
    mean += step * (Double(other.finiteCount) / total)
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    finiteCount += other.finiteCount
  }

  /// A remark if `header` claims other statistics than these.
  func contradiction(of header: MRCHeader) -> String? {
    guard header.hasStatistics else { return nil }
    let tolerance = 1e-3 * max(standardDeviation, Double(maximum - minimum), 1e-30)
    let claimed = [header.minimum, header.maximum, header.mean].map(Double.init)
    let found = [Double(minimum), Double(maximum), mean]
    guard zip(claimed, found).contains(where: { abs($0 - $1) > tolerance }) else { return nil }
    return
      "the header's minimum, maximum and mean (\(header.minimum), \(header.maximum), \(header.mean)) are not the "
      + "voxels' (\(minimum), \(maximum), \(Float(mean))); the voxels' are used"
  }
}

/// Exact order statistics of the finite voxels, in two passes over them and a fixed amount of memory.
struct OrderStatistics {
  private let source: VoxelSource
  private let cleaning: VoxelCleaning
  private let finiteCount: Int

  /// - Parameter count: of the voxels that `cleaning` keeps.
  init(_ source: VoxelSource, _ cleaning: VoxelCleaning, count: Int) {
    (self.source, self.cleaning, finiteCount) = (source, cleaning, count)
  }

  /// See `Tomogram.percentiles`.
  func percentiles(_ percents: [Double]) -> [Double] {
    let positions = percents.map { min(100, max(0, $0)) / 100 * Double(finiteCount - 1) }
    let ranks = Set(positions.flatMap { [Int($0), min(Int($0) + 1, finiteCount - 1)] })
    let values = values(atRanks: ranks.sorted())
    return positions.map { position in
      let below = Int(position)
      let (low, high) = (values[below] ?? 0, values[min(below + 1, finiteCount - 1)] ?? 0)
      let share = position - Double(below)
      return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share)
    }
  }

  /// The voxels at `ranks` (sorted) of the sorted finite voxels.
  private func values(atRanks ranks: [Int]) -> [Int: Double] {
    // The upper halves of the keys say in which of 65,536 bins each rank lies, the lower halves where in it.
    let upper = histogram(slots: 1) { _ in
      0
    } bin: {
      Int($0 >> 16)
    }
    var places: [(rank: Int, upper: Int, rest: Int)] = []
    var before = 0
    var next = 0
    for bin in 0..<upper.count {
      while next < ranks.count && ranks[next] < before + upper[bin] {
        places.append((ranks[next], bin, ranks[next] - before))
        next += 1
      }
      before += upper[bin]
    }
    let bins = Array(Set(places.map(\.upper))).sorted()
    let slots = bins.enumerated().reduce(into: [Int16](repeating: -1, count: 1 << 16)) { slots, bin in
      slots[bin.element] = Int16(bin.offset)
    }
    let lower = histogram(slots: bins.count) {
      Int(slots[Int($0 >> 16)])
    } bin: {
      Int($0 & 0xFFFF)
    }
    var values: [Int: Double] = [:]
    for place in places {
      guard let slot = bins.firstIndex(of: place.upper) else { continue }
      var rest = place.rest
      var bin = 0
      while bin < 0xFFFF && rest >= lower[slot << 16 + bin] {
        rest -= lower[slot << 16 + bin]
        bin += 1
      }
      values[place.rank] = Double(Self.value(UInt32(place.upper << 16 + bin)))
    }
    return values
  }

  /// Counts of the finite voxels in `slots` x 65,536 bins; a negative slot is not counted.
  private func histogram(
    slots: Int, slot: @Sendable (UInt32) -> Int, bin: @Sendable (UInt32) -> Int
  ) -> [Int] {
    let parts = min(16, max(1, source.count >> 18))
    let size = (source.count + parts - 1) / parts
    var counts = [Int](repeating: 0, count: parts * slots << 16)
    counts.withDisjointWrites { counts in
      Parallel.forEachRange(source.count, size: size) { range in
        let base = range.lowerBound / size * slots << 16
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 1 << 14) { block in
          guard let start = block.baseAddress else { return }
          for first in Swift.stride(from: range.lowerBound, to: range.upperBound, by: block.count) {
            let count = min(block.count, range.upperBound - first)
            source.read(start, count: count, first: first, stride: 1)
            for index in 0..<count where cleaning.keeps(start[index]) {
              let key = Self.key(start[index])
              let slot = slot(key)
              if slot >= 0 { counts[base + slot << 16 + bin(key)] += 1 }
            }
          }
        }
      }
    }
    let whole = slots << 16
    for part in 1..<max(1, parts) {
      for index in 0..<whole { counts[index] += counts[part * whole + index] }
    }
    return Array(counts[..<whole])
  }

  /// An integer in the order of the floats.
  private static func key(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
  }

  private static func value(_ key: UInt32) -> Float {
    Float(bitPattern: key >> 31 == 1 ? key & 0x7FFF_FFFF : ~key)
  }
}

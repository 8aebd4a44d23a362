import Files

/// What a case took.
public struct Measurement: Sendable {
  public let name: String
  /// Of each timed run.
  public let seconds: [Double]
  /// Operations of one run.
  public let operations: Double?
  /// Prompts answered in one run.
  public let prompts: Int?
  /// Billions of operations a second of the library's own product: the mean of before and after.
  public let libraryRate: Double
  /// Peak resident memory in bytes.
  public let peakMemory: Int
  public let threads: Int

  package init(
    _ name: String, seconds: [Double], operations: Double? = nil, prompts: Int? = nil, libraryRate: Double,
    peakMemory: Int, threads: Int
  ) {
    (self.name, self.seconds, self.operations, self.prompts) = (name, seconds, operations, prompts)
    (self.libraryRate, self.peakMemory, self.threads) = (libraryRate, peakMemory, threads)
  }

  public var median: Double {
    let sorted = seconds.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
  public var minimum: Double { seconds.min() ?? 0 }
  /// Billions of operations a second, by the median.
  public var rate: Double? { operations.map { $0 / median / 1e9 } }
  /// `rate` as a share of the library's.
  public var ratio: Double? { rate.map { $0 / libraryRate } }
  public var promptsPerSecond: Double? { prompts.map { Double($0) / median } }

  /// One line of JSON.
  public var json: JSON {
    var object = JSON.Object()
    func number(_ value: Double?, _ digits: Double) -> JSON {
      value.map { .number(($0 * digits).rounded() / digits) } ?? .null
    }
    object.append("case", .string(name))
    object.append("median_s", number(median, 1e6))
    object.append("min_s", number(minimum, 1e6))
    object.append("gflop", number(operations.map { $0 / 1e9 }, 1e3))
    object.append("gflops", number(rate, 1e2))
    object.append("sgemm_gflops", number(libraryRate, 1e2))
    object.append("ratio", number(ratio, 1e4))
    object.append("rss_mib", number(Double(peakMemory) / 0x1p20, 10))
    object.append("threads", .integer(threads))
    if promptsPerSecond != nil { object.append("per_second", number(promptsPerSecond, 1e3)) }
    return .object(object)
  }

  /// The same for people.
  public var text: String {
    var parts = ["median \(Self.seconds(median)), minimum \(Self.seconds(minimum)) of \(seconds.count)"]
    if let operations, let rate, let ratio {
      parts.append("\(decimal(operations / 1e9, places: 1)) GFLOP at \(decimal(rate, places: 1)) GFLOP/s")
      parts.append("\(decimal(ratio, places: 3)) of SGEMM's \(decimal(libraryRate, places: 1))")
    } else {
      parts.append("SGEMM \(decimal(libraryRate, places: 1)) GFLOP/s")
    }
    if let promptsPerSecond { parts.append("\(decimal(promptsPerSecond, places: 1)) prompts/s") }
    parts.append("\(peakMemory >> 20) MiB")
    parts.append("\(threads) thread\(threads == 1 ? "" : "s")")
    return Benchmark.column(name) + parts.joined(separator: "; ")
  }

  private static func seconds(_ value: Double) -> String {
    value < 1 ? "\(decimal(value * 1000, places: 2)) ms" : "\(decimal(value, places: 3)) s"
  }
}

import Files

/// Mean and standard deviation of some values.
public struct Summary: Sendable, Equatable {
  public let count: Int
  public let mean: Double
  /// Of the sample; nil for a single value.
  public let deviation: Double?

  /// Nil if there is no value.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    let (mean, deviation) = Self.moments(values)
    self.mean = mean
    self.deviation = values.count > 1 ? deviation : nil
  }

  /// The mean, and the square root of Σ (v - mean)² / (n - 1); 0 for a single value.
  static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let sum = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (sum / Double(max(1, values.count - 1))).squareRoot())
  }

  /// `54.2 ± 1.3`, each times `scale`.
  func text(scale: Double = 1, places: Int = 1) -> String {
    let mean = decimal(self.mean * scale, places: places)
    return deviation.map { "\(mean) ± \(decimal($0 * scale, places: places))" } ?? mean
  }
}

/// A row of a sweep's table: one method at one annotation ratio, or another program.
struct TableRow: Sendable {
  let label: String
  let annotation: String
  /// For each tomogram the figures of its runs, in the order of the sets.
  let figures: [[Figures]]
  /// Of the method's stages and of whole runs; empty if they are not known.
  let matchingSeconds: [Double]
  let wholeSeconds: [Double]
  /// What another program's row shows instead.
  let runTime: String
  /// Whether the row is another program's, whose picks depend on no prompts.
  let isForeign: Bool

  func summary(_ figure: Figure) -> Summary? { Summary(figures.joined().compactMap { $0[figure] }) }

  /// The mean of the sets for each tomogram; nil if one has none.
  func meanByTomogram(_ figure: Figure) -> [Double]? {
    let means = figures.map { Summary($0.compactMap { $0[figure] })?.mean }
    return means.contains(nil) ? nil : means.compactMap { $0 }
  }
}

extension StudyResult {
  /// The rows of a sweep's table: other programs, then its methods with all annotation ratios each.
  func rows(_ sweep: Sweep) -> [TableRow] {
    let others = configuration.picks.indices.map { method in
      TableRow(
        label: configuration.picks[method].method, annotation: configuration.picks[method].annotation,
        figures: (0..<sweep.tomograms).map { tomogram in
          picks.filter { $0.method == method && $0.tomogram == tomogram }.map(\.figures)
        }, matchingSeconds: [], wholeSeconds: [], runTime: configuration.picks[method].runTime,
        isForeign: true)
    }
    return others
      + sweep.methods.flatMap { method in sweep.annotations.map { row(sweep, method, $0) } }
  }

  private func row(_ sweep: Sweep, _ method: StudyMethod, _ annotation: Annotation) -> TableRow {
    let runs = (0..<sweep.tomograms).map { tomogram in
      (1...sweep.sets).map {
        StudyRun(tomogram: tomogram, method: method, annotation: annotation, set: $0)
      }
    }
    return TableRow(
      label: sweep.label(method), annotation: annotation.description,
      figures: runs.map { $0.compactMap { self[$0]?.figures } },
      matchingSeconds: runs.joined().compactMap { self[$0]?.seconds[.matching] },
      wholeSeconds: runs.joined().compactMap { wholeSeconds($0) }, runTime: "", isForeign: false)
  }

  /// Paired tests of F1, each row against the rows above it that have its annotation ratio or are other programs'.
  /// A pair is a tomogram, its sets of prompts averaged.
  func tests(_ rows: [TableRow]) -> [(better: TableRow, than: TableRow, test: PairedTest)] {
    rows.indices.flatMap { index in
      rows[..<index].compactMap { other -> (better: TableRow, than: TableRow, test: PairedTest)? in
        let row = rows[index]
        guard !row.isForeign, other.isForeign || other.annotation == row.annotation,
          let ours = row.meanByTomogram(.f1), let theirs = other.meanByTomogram(.f1),
          let test = PairedTest(ours, over: theirs)
        else { return nil }
        return (row, other, test)
      }
    }
  }
}

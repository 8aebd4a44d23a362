import Cryo
import Files

/// `tables.md`: the sweeps in the form of the paper's tables 1 to 3.
extension StudyResult {
  public var markdown: String {
    let sweeps = configuration.sweeps.map { section($0) }
    let tomograms = configuration.subjects.map(\.name).joined(separator: ", ")
    return """
      # \(Self.cell(configuration.title))

      \(configuration.subjects.count) tomograms: \(Self.cell(tomograms)). \(configuration.runs.count) runs. Precision, \
      recall, F1 and average precision (AP) in per cent, averaged over tomograms and sets of prompts, ± the standard \
      deviation over them. A run's time is that of the method's steps with all slices of the tomogram encoded for it \
      alone; matching is its fourth step. The pictures are `\(configuration.sweeps.map(\.pictureName).joined(separator: "`, `"))`.

      \(sweeps.joined(separator: "\n"))
      """
  }

  private func section(_ sweep: Sweep) -> String {
    let rows = rows(sweep)
    let withInstances = rows.contains { $0.summary(.panopticQuality) != nil }
    var title = [sweep.labelTitle, "Annotation ratio", "Precision", "Recall", "F1", "AP"]
    if withInstances { title += ["PQ", "Dice"] }
    title += ["Matching (s)", "Run (min)"]
    var text = "## \(Self.cell(sweep.name))\n\n"
    text += "\(sweep.tomograms) tomograms, \(sweep.sets) \(sweep.sets == 1 ? "set" : "sets") of prompts"
    text += Self.constants(sweep) + ".\n\n" + Self.line(title)
    text += "|---|---|" + String(repeating: "---:|", count: title.count - 2) + "\n"
    var last = ""
    for row in rows {
      var cells = [row.label == last ? "" : row.label, row.annotation]
      last = row.label
      for figure in [Figure.precision, .recall, .f1, .averagePrecision] {
        cells.append(row.summary(figure)?.text(scale: 100) ?? "")
      }
      if withInstances {
        cells.append(row.summary(.panopticQuality)?.text(scale: 100) ?? "")
        cells.append(row.summary(.dice)?.text(scale: 100) ?? "")
      }
      cells.append(Summary(row.matchingSeconds)?.text(places: 2) ?? "")
      cells.append(
        row.isForeign
          ? row.runTime : Summary(row.wholeSeconds)?.text(scale: 1.0 / 60, places: 2) ?? "")
      text += Self.line(cells)
    }
    return text + (matchingTimes(sweep) ?? "") + failures(sweep) + tests(sweep, rows)
  }

  /// What all runs of a sweep share.
  private static func constants(_ sweep: Sweep) -> String {
    let method = sweep.methods[0]
    var parts: [String] = []
    if sweep.features.count == 1 { parts.append("features of \(method.features.rawValue)") }
    if sweep.matchings.count == 1 { parts.append("\(method.matching.rawValue) matching") }
    if sweep.topKs.count == 1 { parts.append("K \(method.topKText)") }
    if sweep.profiles.count == 1 { parts.append("profile \(method.profile.rawValue)") }
    return parts.isEmpty ? "" : "; " + parts.joined(separator: ", ")
  }

  /// Hierarchical against naive matching.
  private func matchingTimes(_ sweep: Sweep) -> String? {
    func mean(_ matching: Matching) -> Double? {
      let own = runs.filter { run, _ in
        run.tomogram < sweep.tomograms && run.method.matching == matching && run.set <= sweep.sets
          && sweep.methods.contains(run.method) && sweep.annotations.contains(run.annotation)
      }
      return Summary(own.compactMap { $0.result.seconds[.matching] })?.mean
    }
    guard sweep.matchings.count > 1, let fast = mean(.hierarchical), let slow = mean(.naive), slow > 0 else {
      return nil
    }
    let change = (1 - fast / slow) * 100
    return
      "\nMatching took \(decimal(fast, places: 2)) s hierarchically and \(decimal(slow, places: 2)) s naively: "
      + "\(decimal(abs(change), places: 0)) % \(change >= 0 ? "less" : "more").\n"
  }

  private func failures(_ sweep: Sweep) -> String {
    let failed = sweepRuns(sweep).filter { self[$0].map { !$0.figures.note.isEmpty } ?? false }
    return failed.isEmpty
      ? ""
      : "\nIn \(failed.count) runs SAM found no particle at the prompts; they count as runs without picks.\n"
  }

  private func sweepRuns(_ sweep: Sweep) -> [StudyRun] {
    (0..<sweep.tomograms).flatMap { sweep.runs(on: $0) }
  }

  private func tests(_ sweep: Sweep, _ rows: [TableRow]) -> String {
    let tests = self.tests(rows)
    guard !tests.isEmpty else { return "" }
    var text = "\nOne-tailed paired t-tests of F1 (a pair is a tomogram, its sets of prompts averaged):\n\n"
    text += Self.line(["Better", "Than", "Annotation ratio", "Pairs", "Mean difference", "t", "p"])
    text += "|---|---|---|---:|---:|---:|---:|\n"
    for (better, than, test) in tests {
      text += Self.line([
        better.label, than.label, better.annotation, "\(test.pairs)",
        decimal(test.meanDifference * 100, places: 1), decimal(test.t, places: 2),
        test.p < 0.0001 ? "< 0.0001" : decimal(test.p, places: 4),
      ])
    }
    return text
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.map(cell).joined(separator: " | ") + " |\n"
  }

  /// Names may hold anything.
  private static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
  }
}

extension Sweep {
  /// The file of its picture.
  public var pictureName: String { StudyFiles.slug(name.lowercased()).replacing("_", with: "-") + ".svg" }
}

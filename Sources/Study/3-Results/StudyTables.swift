import Cryo
import Files

/// `runs.csv`, `times.csv` and `tests.csv`.
extension StudyResult {
  /// Every run and every other program's table, a row each: the parameters, then the figures. The same bytes whenever
  /// the study is repeated.
  public var runsCSV: String {
    let parameters = [
      "method", "tomogram", "annotation", "set", "features", "matching", "top_k", "profile",
    ]
    let title = parameters + Figure.allCases.map(\.rawValue) + ["note"]
    let others = picks.map { pick in
      [configuration.picks[pick.method].method, configuration.subjects[pick.tomogram].name]
        + [configuration.picks[pick.method].annotation, "", "", "", "", ""] + Self.cells(pick.figures)
    }
    return CSV.text([title] + runs.map { parameterCells($0.run) + Self.cells($0.result.figures) } + others)
  }

  /// Seconds of every run's stages, of the run with its slices encoded for it alone, and of encoding.
  public var timesCSV: String {
    let parameters = [
      "method", "tomogram", "annotation", "set", "features", "matching", "top_k", "profile",
    ]
    let title =
      parameters + Stage.timed.map { "\($0.studyName)_seconds" }
      + ["whole_seconds", "slices", "slices_timed"]
    let rows = runs.map { run, result in
      parameterCells(run) + Stage.timed.map { Self.seconds(result.seconds[$0]) }
        + [Self.seconds(wholeSeconds(run)), "", ""]
    }
    let encoding = encodings.map { encoding in
      ["encoding", encoding.tomogram, "", "", encoding.network.rawValue, "", "", encoding.profile.rawValue]
        + Stage.timed.map { _ in "" }
        + [Self.seconds(encoding.allSeconds), "\(encoding.slices)", "\(encoding.timed)"]
    }
    return CSV.text([title] + rows + encoding)
  }

  /// The paired tests of all sweeps.
  public var testsCSV: String {
    let title = ["sweep", "better", "than", "annotation", "pairs", "mean_difference", "t", "p"]
    let rows = configuration.sweeps.flatMap { sweep in
      tests(self.rows(sweep)).map { better, than, test in
        [
          sweep.name, better.label, than.label, better.annotation, "\(test.pairs)",
          decimal(test.meanDifference, places: 6), decimal(test.t, places: 4), "\(test.p)",
        ]
      }
    }
    return CSV.text([title] + rows)
  }

  private func parameterCells(_ run: StudyRun) -> [String] {
    [
      "CryoSAM", configuration.subjects[run.tomogram].name, run.annotation.description, "\(run.set)",
      run.method.features.rawValue, run.method.matching.rawValue, run.method.topKText,
      run.method.profile.rawValue,
    ]
  }

  private static func cells(_ figures: Figures) -> [String] {
    Figure.allCases.map { figure in figures[figure].map { decimal($0, places: figure.places) } ?? "" }
      + [figures.note]
  }

  private static func seconds(_ value: Double?) -> String { value.map { decimal($0, places: 4) } ?? "" }
}

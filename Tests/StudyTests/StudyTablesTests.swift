import Cryo
import Study
import TestSupport
import Testing

@Suite("Tables of studies")
struct StudyTablesTests {
  /// A study of two tomograms, two extractors and two sets, with made-up figures: F1 .4 .5 and .6 .7 by SAM, .6 .6 and
  /// .7 .7 by DINOv2.
  private func result(_ sweep: String = "features: [sam, dinov2]", note: String = "") throws -> StudyResult {
    let text = """
      title: Made up
      tomograms:
        - path: a.mrc
          truth: t.csv
          radius: 10
        - path: b.mrc
          truth: t.csv
          radius: 10
      weights:
        sam: sam.st
        dinov2: dinov2.st
      sweeps:
        - name: Table <2>
          annotation: single
          sets: 2
          \(sweep)
      picks:
        - method: crYOLO, tuned
          tables: p.cbox
          annotation: 100%
          run_time: 30-40
      """
    let study = try TestData.withFolder { folder in
      try StudyConfigurationTests.read(text, files: StudyConfigurationTests.files, in: folder)
    }
    let runs = study.runs.map { run -> (run: StudyRun, result: RunResult) in
      let f1 =
        run.method.features == .sam
        ? [[0.4, 0.5], [0.6, 0.7]][run.tomogram][run.set - 1] : [0.6, 0.7][run.tomogram]
      let share = run.method.topK == nil ? 0.5 : 0.8
      let figures = Figures(
        [
          .particles: 20, .prompts: 1, .picks: 30, .truePositives: 10, .precision: f1 / 2, .recall: share,
          .f1: f1, .averagePrecision: 0.25,
        ], note: note)
      let slow = run.method.matching == .naive ? 20.0 : 1
      return (run, RunResult(figures: figures, seconds: [.matching: slow, .proposed: 59]))
    }
    let picks = (0..<2).map { tomogram in
      (method: 0, tomogram: tomogram, figures: Figures([.precision: 0.5, .recall: 0.5, .f1: 0.5]))
    }
    let encodings = ["a", "b"].flatMap { name in
      [FeatureExtractor.sam, .dinov2].map {
        Encoding(tomogram: name, network: $0, profile: .paper, slices: 60, timed: 30, seconds: 30)
      }
    }
    return StudyResult(study, runs: runs, picks: picks, encodings: encodings)
  }

  @Test("the table: means and deviations in per cent, other programs first, tests")
  func markdown() throws {
    let lines = try result().markdown.split(separator: "\n").map(String.init)
    for line in [
      "# Made up", "## Table <2>",
      "| 2D feature extractor | Annotation ratio | Precision | Recall | F1 | AP | Matching (s) | Run (min) |",
      "| crYOLO, tuned | 100% | 50.0 ± 0.0 | 50.0 ± 0.0 | 50.0 ± 0.0 |  |  | 30-40 |",
      // 60 slices at 1 s for SAM, the same again for DINOv2, and 60 s for the run.
      "| SAM | single | 27.5 ± 6.5 | 80.0 ± 0.0 | 55.0 ± 12.9 | 25.0 ± 0.0 | 1.00 ± 0.00 | 2.00 ± 0.00 |",
      "| DINOv2 | single | 32.5 ± 2.9 | 80.0 ± 0.0 | 65.0 ± 5.8 | 25.0 ± 0.0 | 1.00 ± 0.00 | 3.00 ± 0.00 |",
      // Tomogram by tomogram .45 and .65 against .6 and .7: t = 2, one degree of freedom.
      "| DINOv2 | SAM | single | 2 | 10.0 | 2.00 | 0.1476 |",
      "| SAM | crYOLO, tuned | single | 2 | 5.0 | 0.50 | 0.3524 |",
    ] {
      #expect(lines.contains(line), "\(line)\nin\n\(lines.joined(separator: "\n"))")
    }
  }

  @Test("runs.csv, times.csv, tests.csv")
  func csv() throws {
    let result = try result(note: "a, \"b\"")
    let runs = result.runsCSV.split(separator: "\n").map(String.init)
    #expect(runs.count == 1 + 8 + 2)
    #expect(
      runs[0]
        == "method,tomogram,annotation,set,features,matching,top_k,profile,particles,prompts,prompted_particles,"
        + "proposals,picks,true_positives,precision,recall,f1,average_precision,mean_distance,pq,sq,rq,"
        + "dice_of_matched,dice,note")
    #expect(
      runs[1]
        == "CryoSAM,a,single,1,sam,hierarchical,512,paper,20,1,,,30,10,0.200000,0.800000,0.400000,0.250000,,,,,,,"
        + "\"a, \"\"b\"\"\"")
    #expect(
      runs[9] == "\"crYOLO, tuned\",a,100%,,,,,,,,,,,,0.500000,0.500000,0.500000,,,,,,,,")
    let times = result.timesCSV.split(separator: "\n").map(String.init)
    #expect(times.count == 1 + 8 + 4)
    #expect(times[1] == "CryoSAM,a,single,1,sam,hierarchical,512,paper,,,1.0000,59.0000,120.0000,,")
    #expect(times[9] == "encoding,a,,,sam,,,paper,,,,,60.0000,60,30")
    let tests = result.testsCSV.split(separator: "\n").map(String.init)
    #expect(tests.count == 4)
    #expect(tests[3].hasPrefix("Table <2>,DINOv2,SAM,single,2,0.100000,2.0000,0.1475"), "\(tests[3])")
  }

  @Test("hierarchical against naive run time, and runs without a particle")
  func matching() throws {
    let text = try result("matching: [naive, hierarchical]", note: "nothing").markdown
    #expect(text.contains("Matching took 1.00 s hierarchically and 20.00 s naively: 95 % less."))
    #expect(text.contains("In 8 runs SAM found no particle"))
    #expect(text.contains("| Matching strategy | Annotation ratio |"))
  }

  @Test("pictures: panels, or precision over recall where K varies")
  func pictures() throws {
    let result = try result()
    let panels = result.picture(result.configuration.sweeps[0])
    #expect(panels.hasPrefix("<svg ") && panels.hasSuffix("</svg>\n"))
    #expect(panels.contains("prefers-color-scheme:dark") && panels.contains("Table &lt;2&gt;"))
    // Three panels of a dashed line, two points with whiskers each.
    #expect(panels.components("class=\"level") == 3 && panels.components("r=\"3.5\"") == 6)
    let other = try self.result("top_k: [512, all]")
    #expect(other.markdown.contains("| K 512 |") && other.markdown.contains("| K all |"))
    let curve = other.picture(other.configuration.sweeps[0])
    #expect(
      curve.components("class=\"line") == 1 && curve.contains(">512</text>") && curve.contains(">all</text>"))
  }
}

extension String {
  /// How often `part` is in it.
  fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}

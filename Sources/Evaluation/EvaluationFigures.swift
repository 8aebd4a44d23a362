import Files
import Volumes

/// The figures of an evaluation, as a table for people, as JSON and as CSV.
public struct EvaluationFigures: Sendable {
  public typealias Row = (name: String, value: String)

  private let tables: TableEvaluation?
  private let radius: Length?
  private let instances: LabelComparison?
  private let semantic: LabelComparison?

  /// Each part may be missing: picks against particles, instances, and masks against the truth.
  public init(
    tables: (evaluation: TableEvaluation, radius: Length)?, instances: LabelComparison? = nil,
    semantic: LabelComparison? = nil
  ) {
    self.tables = tables?.evaluation
    radius = tables?.radius
    (self.instances, self.semantic) = (instances, semantic)
  }

  // MARK: for people

  /// Blocks of rows: picks, instances, mask.
  public var blocks: [[Row]] {
    var blocks: [[Row]] = []
    if let tables, let radius { blocks.append(Self.rows(tables, radius)) }
    if let instances { blocks.append(Self.rows(instances, pickedDice: tables?.meanDice(instances))) }
    if let semantic { blocks.append([Self.maskRow(semantic, "mask")]) }
    return blocks
  }

  public var text: String {
    let blocks = self.blocks
    let width = blocks.joined().reduce(0) { max($0, $1.name.count) } + 2
    return blocks.map { rows in
      rows.map { $0.name.leftAligned(width) + $0.value }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func rows(_ tables: TableEvaluation, _ radius: Length) -> [Row] {
    let result = tables.matching
    let unit = radius.unit
    var rows: [Row] = [
      ("picks", "\(result.pickCount)"),
      (
        "particles",
        "\(result.truthCount)" + (tables.tomograms > 1 ? " in \(tables.tomograms) tomograms" : "")
      ),
      ("matched", "\(result.truePositives) within \(radius)"),
      ("precision", decimal(result.precision, places: 4)), ("recall", decimal(result.recall, places: 4)),
      ("F1", decimal(result.f1, places: 4)),
    ]
    if let mean = result.meanError, let median = result.medianError, let bias = result.meanOffset {
      rows.append(
        ("distance", "mean \(decimal(mean, places: 2)), median \(decimal(median, places: 2)) \(unit)"))
      let axes = zip(["x", "y", "z"], [bias.x, bias.y, bias.z]).map { name, value in
        "\(name) \(value < 0 ? "" : "+")\(decimal(value, places: 2))"
      }
      rows.append(("bias", "\(axes.joined(separator: ", ")) \(unit) (pick - particle)"))
    }
    if let curve = tables.curve {
      rows.append(("average precision", decimal(curve.averagePrecision, places: 4)))
      if let best = curve.best {
        rows.append(
          (
            "best F1",
            "\(decimal(best.f1, places: 4)) with the \(best.picks) picks of score \(decimal(best.score, places: 4)) "
              + "and above (precision \(decimal(best.precision, places: 4)), recall \(decimal(best.recall, places: 4)))"
          ))
      }
    }
    return rows
  }

  private static func rows(
    _ instances: LabelComparison, pickedDice: Double?
  ) -> [Row] {
    let matched = instances.matches.count
    var rows: [Row] = [
      (
        "instances",
        "\(instances.ours.count), true \(instances.truth.count), matched \(matched) at IoU over 0.5"
      ),
      ("PQ", decimal(instances.panopticQuality, places: 4)),
      ("SQ", decimal(instances.segmentationQuality, places: 4) + " (mean IoU of the matched)"),
      ("RQ", decimal(instances.recognitionQuality, places: 4) + " (F1 of the instances)"),
    ]
    if let dice = instances.meanDice { rows.append(("Dice of matched", decimal(dice, places: 4))) }
    if let pickedDice {
      rows.append(("Dice of picked", decimal(pickedDice, places: 4) + " (pairs matched by their picks)"))
    }
    return rows + [maskRow(instances, "all voxels")]
  }

  private static func maskRow(_ volumes: LabelComparison, _ name: String) -> Row {
    (name, "Dice \(decimal(volumes.dice, places: 4)), IoU \(decimal(volumes.iou, places: 4))")
  }

  // MARK: for programs

  public var json: JSON {
    var object = figures
    if let curve = tables?.curve {
      object["curve"] = .array(
        curve.points.map { point in
          [
            "score": .number(point.score), "picks": .integer(point.picks),
            "true_positives": .integer(point.truePositives), "precision": .number(point.precision),
            "recall": .number(point.recall),
          ]
        })
    }
    return .object(object)
  }

  /// `figure,value` lines; what is nested has its names joined by an underscore, what is unknown no value.
  public var csv: String { String(CSV.text([["figure", "value"]] + lines("")).dropLast()) }

  /// Lines of `csv`, with `prefix` before each name.
  fileprivate func lines(_ prefix: String) -> [[String]] {
    func lines(_ object: JSON.Object, _ prefix: String) -> [[String]] {
      object.members.flatMap { member -> [[String]] in
        if let inner = member.value.object { return lines(inner, prefix + member.key + "_") }
        let value = member.value == .null ? "" : member.value.string ?? member.value.text
        return [[prefix + member.key, value]]
      }
    }
    return lines(figures, prefix)
  }

  /// The curve with the header `score,picks,true_positives,precision,recall`.
  public static func csv(_ curve: PrecisionRecall) -> String {
    CSV.text(
      [["score", "picks", "true_positives", "precision", "recall"]]
        + curve.points.map {
          ["\($0.score)", "\($0.picks)", "\($0.truePositives)", "\($0.precision)", "\($0.recall)"]
        })
  }

  private var figures: JSON.Object {
    var object = JSON.Object()
    if let tables, let radius {
      for (key, value) in Self.members(tables, radius) { object.append(key, value) }
    }
    if let instances {
      object.append("instances", Self.instances(instances, pickedDice: tables?.meanDice(instances)))
    }
    if let semantic { object.append("semantic", Self.mask(semantic)) }
    return object
  }

  private static func members(_ tables: TableEvaluation, _ radius: Length) -> KeyValuePairs<String, JSON> {
    let result = tables.matching
    return [
      "picks": .integer(result.pickCount), "particles": .integer(result.truthCount),
      "tomograms": .integer(tables.tomograms), "radius": .number(radius.length),
      "unit": radius.inAngstroms ? "angstrom" : "voxel",
      "true_positives": .integer(result.truePositives), "false_positives": .integer(result.falsePositives),
      "false_negatives": .integer(result.falseNegatives), "precision": .number(result.precision),
      "recall": .number(result.recall), "f1": .number(result.f1),
      "mean_distance": result.meanError.map { .number($0) } ?? .null,
      "median_distance": result.medianError.map { .number($0) } ?? .null,
      "bias": result.meanOffset.map { ["x": .number($0.x), "y": .number($0.y), "z": .number($0.z)] } ?? .null,
      "average_precision": tables.curve.map { .number($0.averagePrecision) } ?? .null,
      "best_f1": tables.curve?.best.map { ["f1": .number($0.f1), "score": .number($0.score)] } ?? .null,
    ]
  }

  private static func instances(_ volumes: LabelComparison, pickedDice: Double?) -> JSON {
    [
      "found": .integer(volumes.ours.count), "true": .integer(volumes.truth.count),
      "matched": .integer(volumes.matches.count), "pq": .number(volumes.panopticQuality),
      "sq": .number(volumes.segmentationQuality), "rq": .number(volumes.recognitionQuality),
      "matched_dice": volumes.meanDice.map { .number($0) } ?? .null,
      "picked_dice": pickedDice.map { .number($0) } ?? .null, "all_voxels": mask(volumes),
    ]
  }

  private static func mask(_ volumes: LabelComparison) -> JSON {
    ["dice": .number(volumes.dice), "iou": .number(volumes.iou)]
  }
}

/// The figures of each class of particles.
public struct ClassFigures: Sendable {
  private let classes: [(name: String, figures: EvaluationFigures)]

  public init(_ classes: [(name: String, figures: EvaluationFigures)]) { self.classes = classes }

  public var text: String {
    classes.map { "class \($0.name.printableLine)\n\($0.figures.text)" }.joined(separator: "\n\n")
  }

  public var json: JSON {
    var object = JSON.Object()
    for one in classes { object.append(one.name, one.figures.json) }
    return ["classes": .object(object)]
  }

  public var csv: String {
    String(CSV.text([["figure", "value"]] + classes.flatMap { $0.figures.lines("\($0.name)_") }).dropLast())
  }
}

import Cryo
import Evaluation
import Files
import Volumes

/// What is measured of a run: the columns of `runs.csv` after its parameters.
public enum Figure: String, Sendable, CaseIterable {
  case particles
  case prompts
  /// Prompts at which SAM found a particle.
  case promptedParticles = "prompted_particles"
  case proposals
  case picks
  case truePositives = "true_positives"
  case precision
  case recall
  case f1
  case averagePrecision = "average_precision"
  /// Of matched picks from their particles, in the units of the radius.
  case meanDistance = "mean_distance"
  case panopticQuality = "pq"
  case segmentationQuality = "sq"
  case recognitionQuality = "rq"
  /// The mean Dice of matched instances.
  case matchedDice = "dice_of_matched"
  /// Of all voxels, instances not told apart.
  case dice

  /// Digits after the point.
  var places: Int {
    switch self {
    case .particles, .prompts, .promptedParticles, .proposals, .picks, .truePositives: 0
    default: 6
    }
  }
}

/// The figures of one run, or of one table of another program on one tomogram.
public struct Figures: Sendable, Equatable {
  /// What could not be measured is missing.
  public var values: [Figure: Double] = [:]
  /// Why there are no picks, if the method could not go on.
  public var note = ""

  public init(_ values: [Figure: Double] = [:], note: String = "") {
    (self.values, self.note) = (values, note)
  }

  public subscript(_ figure: Figure) -> Double? { values[figure] }

  /// Picks with their scores against the true particles; without scores there is no average precision.
  mutating func add(_ picks: [VoxelPoint], scores: [Double]?, _ truth: StudyTruth) {
    let evaluation = PickEvaluation(
      picks: picks, truth: truth.points, radius: truth.radius, scale: truth.scale)
    values[.particles] = Double(evaluation.truthCount)
    values[.picks] = Double(evaluation.pickCount)
    values[.truePositives] = Double(evaluation.truePositives)
    values[.precision] = evaluation.precision
    values[.recall] = evaluation.recall
    values[.f1] = evaluation.f1
    values[.meanDistance] = evaluation.meanError
    values[.averagePrecision] = scores.map { scores in
      PrecisionRecall([(picks, scores, truth.points)], radius: truth.radius, scale: truth.scale)
        .averagePrecision
    }
  }

  mutating func add(_ volumes: LabelComparison) {
    values[.panopticQuality] = volumes.panopticQuality
    values[.segmentationQuality] = volumes.segmentationQuality
    values[.recognitionQuality] = volumes.recognitionQuality
    values[.matchedDice] = volumes.meanDice
    values[.dice] = volumes.dice
  }
}

extension Stage {
  /// The stages that a study times, which begins with slices that are encoded.
  static let timed: [Stage] = [.prompted, .query, .matching, .proposed]

  /// What a study's files call it.
  var studyName: String {
    switch self {
    case .features: "features"
    case .prompted: "prompted"
    case .query: "query"
    case .matching: "matching"
    case .proposed: "segmentation"
    }
  }
}

/// A run's figures and times, as they are stored.
public struct RunResult: Sendable, Equatable {
  public var figures: Figures
  /// Of each stage; nothing for a stage that was not reached.
  public var seconds: [Stage: Double]

  public init(figures: Figures, seconds: [Stage: Double] = [:]) {
    (self.figures, self.seconds) = (figures, seconds)
  }

  init(figures: Figures, work: Work) {
    self.init(
      figures: figures,
      seconds: Dictionary(work.seconds.map { ($0.stage, $0.seconds) }) { first, _ in first })
  }

  var json: JSON {
    var values = JSON.Object()
    for figure in Figure.allCases {
      if let value = figures[figure] { values.append(figure.rawValue, .number(value)) }
    }
    var times = JSON.Object()
    for stage in Stage.timed {
      if let time = seconds[stage] { times.append(stage.studyName, .number((time * 1e4).rounded() / 1e4)) }
    }
    return ["figures": .object(values), "note": .string(figures.note), "seconds": .object(times)]
  }

  /// Nil if `json` is no such result.
  init?(_ json: JSON) {
    guard let values = json["figures"]?.object, let times = json["seconds"]?.object,
      let note = json["note"]?.string
    else { return nil }
    figures = Figures(note: note)
    for member in values.members {
      guard let figure = Figure(rawValue: member.key), let value = member.value.double else { return nil }
      figures.values[figure] = value
    }
    seconds = [:]
    for member in times.members {
      guard let stage = Stage.timed.first(where: { $0.studyName == member.key }),
        let time = member.value.double
      else { return nil }
      seconds[stage] = time
    }
  }
}

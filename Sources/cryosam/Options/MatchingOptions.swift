import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Images
import Points
import Runs
import Volumes

/// `--matching` and the others of stage 4.
struct MatchingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How to search: every voxel (naive), or coarse to fine as in the paper (hierarchical) (default: as the profile has it).",
      valueName: "way"))
  var matching: Matching?

  @Option(
    help: ArgumentHelp(
      "Proposals kept, the most similar ones (default: the paper's 512, or with judgement as many as bring picks).",
      valueName: "n"),
    transform: within(PipelineParameters.topKRange))
  var topK: Int?

  @Option(
    help: ArgumentHelp(
      "Least cosine similarity of a proposal (default: \(PipelineParameters.usual.leastSimilarity), or as the weights recommend).",
      valueName: "cosine"),
    transform: within(PipelineParameters.leastSimilarityRange))
  var similarity: Double?

  func set(_ parameters: inout PipelineParameters) {
    if let matching { parameters.matching = matching }
    if let topK { parameters.topK = topK }
    if let similarity { parameters.leastSimilarity = similarity }
  }
}

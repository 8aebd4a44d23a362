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
  @Option(help: "How to search: coarse to fine as in the paper, or every voxel.")
  var matching = PipelineParameters.usual.matching

  @Option(
    help: ArgumentHelp(
      "Proposals kept, the most similar ones.", default: PipelineParameters.usual.topK, valueName: "n"),
    transform: within(PipelineParameters.topKRange))
  var topK = PipelineParameters.usual.topK

  @Option(
    help: ArgumentHelp(
      "Least cosine similarity of a proposal.", default: PipelineParameters.usual.leastSimilarity,
      valueName: "cosine"),
    transform: within(PipelineParameters.leastSimilarityRange))
  var similarity = PipelineParameters.usual.leastSimilarity

  func set(_ parameters: inout PipelineParameters) {
    parameters.matching = matching
    parameters.topK = topK
    parameters.leastSimilarity = similarity
  }
}

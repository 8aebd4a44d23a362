import ArgumentParser
import CommandLineKit
import Cryo
import NN

/// `--precision`, `--precision-fallback`, `--stored-as`.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the encoders' linear layers compute with: float32, bfloat16 or int8. Narrower ones are compared with float32 on some slices first.",
      valueName: "precision"))
  var precision = Precision.float32

  @Flag(help: "Go on in float32 if a narrower precision is not near enough to it, in place of an error.")
  var precisionFallback = false

  @Option(
    help: ArgumentHelp(
      "The numbers that encoded slices are stored in: float32, or float16, half as large.",
      valueName: "numbers"))
  var storedAs = SliceStorage.float32

  func validate() throws {
    if precisionFallback && precision == .float32 {
      throw ValidationError("'--precision-fallback' is for '--precision bfloat16' and 'int8'")
    }
  }

  func set(_ parameters: inout PipelineParameters) {
    (parameters.precision, parameters.storage) = (precision, storedAs)
  }

  /// Compares the precision of `run` with float32 (`RunContext.precisionCheck`), and tells `observer`.
  ///
  /// - Returns: the check, if there was one. If it does not hold, `run` is in float32 then.
  /// - Throws: `Failure` if it does not hold, and is not to go on.
  func settle(_ run: inout RunContext, _ check: PrecisionCheck?) throws -> PrecisionCheck? {
    guard let check else { return nil }
    guard check.holds else {
      guard precisionFallback else { throw check.failure }
      run.fallBack()
      run.observer.note("\(check.text): going on in float32")
      return check
    }
    run.observer.note(check.text)
    return check
  }
}

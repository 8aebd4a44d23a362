import CommandLineKit
import Cryo
import Files
import FoundationEssentials
import Platform
import Project
import Synchronization

/// The end of the job that this process is part of.
enum JobEnd {
  /// Seconds before the end at which nothing new is begun.
  private static let margin = 240.0
  /// Exit codes: more is left to do in another job; as shells have it for SIGTERM.
  static let (goesOn, terminated) = (Failure.Kind.tryAgain.rawValue, Int32(143))

  /// Whether the job's time, as Slurm tells it, is nearly over. False where nobody tells.
  static var isNear: Bool {
    guard let text = ProcessInfo.processInfo.environment["SLURM_JOB_END_TIME"], let end = Double(text) else {
      return false
    }
    return Date().timeIntervalSince1970 > end - margin
  }

  /// The exit code of what is stopped now.
  static var code: Int32 { isNear ? goesOn : terminated }

  /// From here on SIGTERM ends the segmentation of tomogram `number`. Near its job's end, that goes on in another job if
  /// this one stored slices, and has failed if it did not: it would never end.
  static func answer(during number: Int, of project: Project) {
    let cache = project.slices(project.subjects[number])
    let before = SliceStore.contents(of: cache).slices
    let key = project.key(number, project.queries())
    Termination.call {
      if isNear, SliceStore.contents(of: cache).slices == before {
        try? project.store(
          .failed("was not done in the time of its job; give a longer --time"), number, key: key)
        Termination.end(terminated)
      }
      Termination.end(code)
    }
  }
}

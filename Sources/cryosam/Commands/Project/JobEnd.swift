import CommandLineKit
import Cryo
import Files
import FoundationEssentials
import Platform
import Project
import Synchronization

/// The end of the job that this process is part of.
enum JobEnd {
  /// Seconds before the end: Slurm's warning comes later than this.
  private static let margin = 240.0
  /// Exit codes: more is left to do in another job; as shells have it for SIGTERM.
  static let (goesOn, terminated) = (Failure.Kind.tryAgain.rawValue, Int32(143))

  /// Whether the job's time, as Slurm tells it, is so nearly over that nothing new is begun: the last minutes, of a short
  /// job its second half. False where nobody tells.
  static var isNear: Bool {
    guard let left = secondsLeft else { return false }
    let whole = seconds("START").flatMap { start in seconds("END").map { $0 - start } }
    return left < min(margin, whole.map { $0 / 2 } ?? margin)
  }

  /// The exit code of what SIGTERM, or the end being near, stops now.
  static var code: Int32 { isWarned ? goesOn : terminated }

  /// Whether a SIGTERM that comes now may be Slurm's warning that the time is nearly over.
  private static var isWarned: Bool { secondsLeft.map { $0 < margin } ?? false }

  private static var secondsLeft: Double? {
    seconds("END").map { $0 - Date().timeIntervalSince1970 }
  }

  /// When the job starts or ends, in seconds since 1970.
  private static func seconds(_ event: String) -> Double? {
    ProcessInfo.processInfo.environment["SLURM_JOB_\(event)_TIME"].flatMap { Double($0) }
  }

  /// From here on SIGTERM ends the segmentation of tomogram `number`. Near its job's end, that goes on in another job if
  /// this one stored slices, and has failed if it did not: it would never end.
  static func answer(during number: Int, of project: Project) {
    let cache = project.slices(project.subjects[number])
    let before = SliceStore.contents(of: cache).slices
    let key = project.key(number, project.queries())
    Termination.call {
      if isWarned, SliceStore.contents(of: cache).slices == before {
        try? project.store(
          .failed("was not done in the time of its job; give a longer --time"), number, key: key)
        Termination.end(terminated)
      }
      Termination.end(code)
    }
  }
}

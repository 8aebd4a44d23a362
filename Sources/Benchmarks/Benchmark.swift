import Files
import NN

/// A case of `cryosam bench`: what is timed, and how its result is checked before.
public struct Benchmark: Sendable {
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// Timed runs, unless told otherwise.
  public let repeats: Int
  /// Operations of the original's arithmetic in one run (`OperationCount`); nil for cases that are not arithmetic.
  let operations: Double?
  /// Prompts answered in one run.
  let prompts: Int?
  /// Compares the program with the plain computation at a small size; files go to the folder given.
  let check: @Sendable (Scratch) throws -> [Agreement]
  /// Makes the inputs. What is returned loads what a user's run would load.
  let prepare: @Sendable (Scratch) throws -> () throws -> Job

  package init(
    _ name: String, _ summary: String, repeats: Int, operations: Double? = nil, prompts: Int? = nil,
    check: @escaping @Sendable (Scratch) throws -> [Agreement],
    prepare: @escaping @Sendable (Scratch) throws -> () throws -> Job
  ) {
    (self.name, self.summary, self.repeats) = (name, summary, repeats)
    (self.operations, self.prompts) = (operations, prompts)
    (self.check, self.prepare) = (check, prepare)
  }

  /// Name and summary, in columns.
  public var listing: String { Self.column(name) + summary }

  /// `name`, as wide as all names and two spaces.
  static func column(_ name: String) -> String {
    name.leftAligned(19) + " "
  }

  /// All cases in the order they run; the encoders in `precision`, all else in float32.
  public static func all(_ precision: Precision = .float32) -> [Benchmark] {
    encoders(precision) + decoders + [postprocess] + matching + files
  }
}

/// A case that is loaded.
package struct Job {
  /// Runs it once at full size and compares what can be compared; this run also touches all memory. Done once, then
  /// let go of with what only it needs.
  var check: (() throws -> [Agreement])?
  /// What is timed.
  let run: () throws -> Void

  package init(check: @escaping () throws -> [Agreement], run: @escaping () throws -> Void) {
    (self.check, self.run) = (check, run)
  }
}

import Files

/// The job scripts for Slurm, and in which order they are submitted.
///
/// Queueing, retries, limits and dependencies are Slurm's own. A task that comes near its time limit stops cleanly with
/// exit code 75, and its script asks Slurm to queue it again; a node that fails or is taken away has its tasks queued
/// again by Slurm.
public struct SlurmScripts: Sendable {
  /// What the user asks of Slurm.
  public struct Request: Sendable {
    public var partition: String?
    public var cpus: Int
    public var memoryGigabytes: Int
    /// Further options of `sbatch`, each whole: `--account=lab`.
    public var options: [String]

    public init(partition: String?, cpus: Int, memoryGigabytes: Int, options: [String]) {
      (self.partition, self.cpus, self.memoryGigabytes) = (partition, cpus, memoryGigabytes)
      self.options = options
    }
  }

  /// A script, and the number of the one that it waits for.
  public struct Script: Sendable {
    public let name: String
    public let text: String
    public let after: Int?
  }

  private let project: Project
  private let plan: ClusterPlan
  private let request: Request
  private let program: String

  /// - Parameter program: the path of this program, as the nodes see it.
  public init(_ project: Project, _ plan: ClusterPlan, _ request: Request, program: String) {
    (self.project, self.plan, self.request, self.program) = (project, plan, request, program)
  }

  /// In the order in which they run: encoding, the tomograms with points, the others, the summary.
  public var scripts: [Script] {
    var scripts: [Script] = []
    func add(_ name: String, _ array: String?, _ task: String) {
      scripts.append(
        Script(name: name, text: text(name, array, task), after: scripts.isEmpty ? nil : scripts.count - 1))
    }
    let seconds = plan.networks.seconds
    if plan.slices.contains(where: { $0 != nil }) {
      add(
        "encode", "0-\(plan.tasks - 1)",
        "--encode $((SLURM_ARRAY_TASK_ID + 1))/\(plan.tasks) --seconds \(seconds.features),\(seconds.embeddings)"
      )
    }
    let segment = "--segment $SLURM_ARRAY_TASK_ID"
    if !plan.prompted.isEmpty { add("segment-prompted", Self.list(plan.prompted), segment) }
    if !plan.unprompted.isEmpty { add("segment", Self.list(plan.unprompted), segment) }
    add("summary", nil, "--summary")
    return scripts
  }

  /// `0-4,7`
  package static func list(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound == number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  private func text(_ name: String, _ array: String?, _ task: String) -> String {
    let isSummary = array == nil
    var options = [
      "--job-name=cryosam-\(name)", "--output=\(project.folder)/logs/\(name)\(isSummary ? "" : "-%a").out",
      "--open-mode=append", "--requeue", "--ntasks=1", "--cpus-per-task=\(isSummary ? 1 : request.cpus)",
      "--mem=\(isSummary ? min(2, request.memoryGigabytes) : request.memoryGigabytes)G",
      "--time=\(plan.minutes)", "--signal=B:TERM@\(Self.warning)",
    ]
    if let array { options.append("--array=\(array)") }
    if let partition = request.partition { options.append("--partition=\(partition)") }
    options += request.options
    return """
      #!/bin/bash
      \(options.map { "#SBATCH \($0)" }.joined(separator: "\n"))
      # Written by 'cryosam project submit'. SIGTERM, which Slurm sends before the time limit, is passed on; exit code 75
      # says that there is more to do.
      trap 'kill -TERM "$task" 2>/dev/null' TERM
      \(Self.shell(program)) project task \(Self.shell(project.folder)) \(task) --threads "${SLURM_CPUS_PER_TASK:-1}" &
      task=$!
      while wait "$task"; code=$?; kill -0 "$task" 2>/dev/null; do :; done
      if [ "$code" -eq 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt \(Self.mostRestarts) ]; then
        scontrol requeue "$SLURM_JOB_ID"
      fi
      exit "$code"

      """
  }

  /// Seconds before the time limit at which Slurm tells a task; it may be up to a minute earlier.
  static let warning = 120
  private static let mostRestarts = 100

  /// `text` as one word of a shell.
  package static func shell(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}

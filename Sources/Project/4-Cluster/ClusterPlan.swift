import Files

/// What a project needs on a cluster: tasks, time, disk and memory, reckoned from the tomograms' headers and the
/// networks' sizes.
public struct ClusterPlan: Sendable {
  /// What is known of the networks.
  public struct Networks: Sendable {
    public let seconds: SliceSeconds
    /// Bytes of a stored slice.
    public let featureBytes: Int
    public let embeddingBytes: Int
    /// Of the weights' files together.
    public let weightBytes: Int

    public init(seconds: SliceSeconds, featureBytes: Int, embeddingBytes: Int, weightBytes: Int) {
      (self.seconds, self.weightBytes) = (seconds, weightBytes)
      (self.featureBytes, self.embeddingBytes) = (featureBytes, embeddingBytes)
    }
  }

  /// Numbers of the tomograms that are not done: those with points, and the others.
  public let prompted: [Int]
  public let unprompted: [Int]
  /// Of every tomogram that is not done; nil for others.
  public let slices: [SliceCounts?]
  public let networks: Networks
  /// Tasks that encode.
  public let tasks: Int
  /// The time limit of every task, in minutes.
  public let minutes: Int
  private let largestVoxels: Int
  private let voxels: Int
  /// Bytes of the largest tomogram if one is unpacked to be read.
  private let unpacked: Int

  /// - Parameters:
  ///   - tasks: how many encode; nil: as many as make each take half the time limit, at most `mostTasks`.
  ///   - minutes: the time limit; nil: 4 hours, or what the longest task may need.
  public init(_ project: Project, _ networks: Networks, tasks: Int?, minutes: Int?) {
    let states = project.states()
    let left = project.subjects.indices.filter { !states[$0].isDone }
    prompted = left.filter { !project.subjects[$0].points.isEmpty }
    unprompted = left.filter { project.subjects[$0].points.isEmpty }
    slices = project.subjects.indices.map { number in
      states[number].isDone ? nil : project.slices(of: project.subjects[number])
    }
    self.networks = networks
    let sizes = left.compactMap { project.subjects[$0].size }.map { $0.x * $0.y * $0.z }
    (voxels, largestVoxels) = (sizes.reduce(0, +), sizes.max() ?? 0)
    unpacked = left.contains { project.subjects[$0].isPacked } ? 4 * largestVoxels : 0
    let seconds = EncodingShares(slices, networks.seconds).allSeconds
    let limit = minutes ?? 240
    self.tasks = tasks ?? min(Self.mostTasks, max(1, Int((seconds / (30 * Double(limit))).rounded(.up))))
    // Twice what is reckoned, in whole hours, if the user says nothing.
    let needed = max(seconds / Double(self.tasks), Self.segmentationSeconds(slices, networks.seconds))
    self.minutes = minutes ?? max(limit, Int((2 * needed / 3600).rounded(.up)) * 60)
  }

  /// Slurm's usual largest array (`MaxArraySize`) has so many.
  static let mostTasks = 1000

  /// Of the largest tomogram's segmentation: about as much as its slices through SAM take.
  private static func segmentationSeconds(_ slices: [SliceCounts?], _ seconds: SliceSeconds) -> Double {
    slices.compactMap { $0 }.map { Double($0.embeddings) * seconds.embeddings }.max() ?? 0
  }

  public var encodingHours: Double { EncodingShares(slices, networks.seconds).allSeconds / 3600 }
  public var segmentationHours: Double {
    slices.compactMap { $0 }.reduce(0) { $0 + Double($1.embeddings) * networks.seconds.embeddings } / 3600
  }

  /// Of encoded slices, all tomograms together.
  public var sliceBytes: Int {
    slices.compactMap { $0 }.reduce(0) {
      $0 + $1.features * networks.featureBytes + $1.embeddings * networks.embeddingBytes
    }
  }
  /// Of results: similarities, labels and kinds are 7 bytes a voxel, tables and pictures little beside them.
  public var resultBytes: Int { 7 * voxels + (prompted.count + unprompted.count) << 21 }
  /// Of a task: weights as they are stored and as they are packed, activations, and for the largest tomogram the voxels of
  /// similarities and labels, and its own if it is not read where it lies.
  public var memoryBytes: Int { 2 * networks.weightBytes + 3 << 29 + 12 * largestVoxels + unpacked }

  /// In whole gigabytes, as a job asks for it.
  public var memoryGigabytes: Int { memoryBytes / 1_000_000_000 + 1 }

  /// The plan for people.
  public var text: String {
    let count = prompted.count + unprompted.count
    let counts = slices.compactMap { $0 }.reduce(SliceCounts(), +)
    return alignedTable([
      ["tomograms", "\(count)", "to be done, \(prompted.count) with points of their own"],
      [
        "slices", "\(counts.features + counts.embeddings)",
        "\(counts.features) for features, \(counts.embeddings) through SAM",
      ],
      ["tasks", "\(tasks + count + 1)", "\(tasks) that encode, \(count) that segment, 1 that sums up"],
      [
        "time", hours(encodingHours + segmentationHours),
        "of all tasks together: encoding \(hours(encodingHours)), segmentation about \(hours(segmentationHours))",
      ],
      [
        "a task", duration(encodingHours * 3600 / Double(max(1, tasks))),
        "of encoding; the limit is \(minutes) min",
      ],
      [
        "disk", byteSize(sliceBytes + resultBytes),
        "encoded slices \(byteSize(sliceBytes)), results \(byteSize(resultBytes))",
      ],
      ["memory", byteSize(memoryBytes), "of a task"],
    ])
  }

  private func hours(_ hours: Double) -> String { "\(decimal(hours, places: hours < 10 ? 1 : 0)) h" }
}

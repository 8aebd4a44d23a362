import Files
import Volumes

/// What a user says of one kind.
public struct PromptedKind: Sendable {
  public let kind: Kind
  /// Points on it in this tomogram.
  public let points: [VoxelPoint]
  /// What it is like, from other tomograms.
  public let known: [Exemplar]

  public init(_ kind: Kind = .only, at points: [VoxelPoint], known: [Exemplar] = []) {
    (self.kind, self.points, self.known) = (kind, points, known)
  }

  /// Kinds that can be looked for at once.
  public static let most = 100
}

/// A point that a user gives, and what it is on.
public struct NamedPoint: Sendable {
  public let name: String?
  public let point: VoxelPoint

  public init(_ name: String?, _ point: VoxelPoint) { (self.name, self.point) = (name, point) }
}

extension [PromptedKind] {
  /// The kinds that `wanted` and `others` point at and `known` describe: first those that are looked for, in the order
  /// in which they are named.
  ///
  /// - Throws: `Failure` if nothing is looked for, one of several kinds has no name, or there are too many.
  public init(
    _ wanted: [NamedPoint], not others: [NamedPoint] = [], known: [Exemplar] = []
  ) throws {
    var kinds: [Kind] = []
    func note(_ kind: Kind) { if !kinds.contains(kind) { kinds.append(kind) } }
    for point in wanted { note(Kind(point.name)) }
    for exemplar in known where exemplar.kind.isWanted { note(exemplar.kind) }
    guard !kinds.isEmpty else {
      throw Failure(
        .usage, "nothing is looked for", remedy: "give --point, --prompts or a --query of what is to be found"
      )
    }
    guard kinds.count == 1 || kinds.allSatisfy({ $0.name != nil }) else {
      throw Failure(
        .usage, "one of several kinds of particles has no name",
        remedy: "give all points a class, or none: --point CLASS=X,Y,Z or a column of classes")
    }
    guard kinds.count <= PromptedKind.most else {
      throw Failure(
        .usage, "there are \(kinds.count) kinds of particles, more than \(PromptedKind.most)",
        remedy: "check the prompts' column of classes")
    }
    for point in others { note(Kind(point.name, isWanted: false)) }
    for exemplar in known { note(exemplar.kind) }
    self = kinds.map { kind in
      let points = kind.isWanted ? wanted : others
      return PromptedKind(
        kind, at: points.filter { $0.name == kind.name }.map(\.point),
        known: known.filter { $0.kind == kind })
    }
  }

  /// `particles`, one for each point of all kinds, kind by kind.
  func split(_ particles: [ParticleMask]) -> [[ParticleMask]] {
    var parts: [[ParticleMask]] = []
    var start = 0
    for kind in self {
      parts.append([ParticleMask](particles[start..<start + kind.points.count]))
      start += kind.points.count
    }
    return parts
  }
}

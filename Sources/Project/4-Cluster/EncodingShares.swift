import Files

/// All slices of a project's tomograms, divided among tasks of about equal time.
///
/// The slices stand in a row: tomogram by tomogram, of each those for features, then those for SAM. A task does what
/// lies in its part of the row, so that it opens few tomograms.
public struct EncodingShares: Sendable {
  /// Slices of one tomogram through one network, by their number in the order of the network's slices.
  public struct Part: Sendable, Equatable {
    public let subject: Int
    public let network: Network
    public let slices: Range<Int>

    public init(subject: Int, network: Network, slices: Range<Int>) {
      (self.subject, self.network, self.slices) = (subject, network, slices)
    }
  }

  public enum Network: Sendable, Equatable { case features, embeddings }

  private let parts: [Part]
  private let seconds: SliceSeconds

  /// - Parameter slices: of each tomogram; nil: its size is not known, and it is left out.
  public init(_ slices: [SliceCounts?], _ seconds: SliceSeconds) {
    parts = slices.enumerated().flatMap { number, counts in
      guard let counts else { return [Part]() }
      return [
        Part(subject: number, network: .features, slices: 0..<counts.features),
        Part(subject: number, network: .embeddings, slices: 0..<counts.embeddings),
      ]
    }
    self.seconds = seconds
  }

  /// Of all slices together.
  public var allSeconds: Double { parts.reduce(0) { $0 + cost($1) } }

  /// The slices of task `number`, from 0, of `count`. Every slice is in one of them, the one that its middle lies in.
  public func share(_ number: Int, of count: Int) -> [Part] {
    precondition(count > 0 && (0..<count).contains(number))
    let all = allSeconds
    // Both sides of a border are reckoned alike, so that no slice is left out or done twice.
    let (low, high) = (all * Double(number) / Double(count), all * Double(number + 1) / Double(count))
    var (start, share) = (0.0, [Part]())
    for part in parts {
      let each = seconds[part.network]
      func first(_ border: Double) -> Int {
        each > 0 ? min(part.slices.count, max(0, Int(((border - start) / each - 0.5).rounded(.up)))) : 0
      }
      let lower = number == 0 ? 0 : first(low)
      let upper = number == count - 1 ? part.slices.count : first(high)
      if lower < upper {
        share.append(Part(subject: part.subject, network: part.network, slices: lower..<upper))
      }
      start += cost(part)
    }
    return share
  }

  private func cost(_ part: Part) -> Double { Double(part.slices.count) * seconds[part.network] }
}

/// Seconds that a slice takes through each network.
public struct SliceSeconds: Sendable, Equatable {
  public let features: Double
  public let embeddings: Double

  public init(features: Double, embeddings: Double) {
    (self.features, self.embeddings) = (features, embeddings)
  }

  package subscript(network: EncodingShares.Network) -> Double {
    switch network {
    case .features: features
    case .embeddings: embeddings
    }
  }
}

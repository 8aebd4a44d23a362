import Cryo
import Files
import NN
import Parallel
import Synchronization

/// Features of a tomogram that does not exist: noise, and in some balls vectors like the query.
///
/// A slice is `side x side` patches, corners aligned with the volume's. Where a place lies inside a ball, the query is
/// added to the noise, most in the middle; in the full case a sixth of the volume matches.
struct MadeFeatures: Sendable {
  let shape: VolumeShape
  let side: Int
  let channels: Int
  let query: QueryFeature
  private let centres: [SIMD3<Double>]
  private let radius: Double

  init(_ shape: VolumeShape, side: Int, channels: Int, balls: Int, radius: Double) {
    (self.shape, self.side, self.channels, self.radius) = (shape, side, channels, radius)
    query = QueryFeature(
      views: (0..<3).map { RandomNumbers.tensor([channels], seed: 40 + UInt64($0), spread: 1.7).values })
    var state: UInt64 = 5
    func coordinate(_ size: Int) -> Double { Double(RandomNumbers.next(&state) % UInt64(1000 * size)) / 1000 }
    centres = (0..<balls).map { _ in
      SIMD3(coordinate(shape.depth), coordinate(shape.height), coordinate(shape.width))
    }
  }

  /// The patch vectors of one slice, `[side side, C]`; always the same.
  func vectors(_ axis: Axis, _ index: Int) -> Tensor {
    let view = axis.rawValue
    let likeness = (0..<side * side).map { self.likeness(place(axis, index, $0 / side, $0 % side)) }
    return Tensor([side * side, channels]) { out in
      RandomNumbers.fill(out, seed: UInt64(view << 32 + index + 1), spread: 1.7)
      for patch in 0..<side * side where likeness[patch] > 0 {
        for channel in 0..<channels {
          out[patch * channels + channel] += likeness[patch] * query.views[view][channel]
        }
      }
    }
  }

  /// A patch's place in voxels, (z, y, x).
  private func place(_ axis: Axis, _ index: Int, _ row: Int, _ column: Int) -> SIMD3<Double> {
    var place = SIMD3<Double>()
    place[axis.rawValue] = Double(index)
    for (along, step) in [(axis.row, row), (axis.column, column)] {
      place[along.rawValue] = Double(step) * Double(shape[along] - 1) / Double(side - 1)
    }
    return place
  }

  private func likeness(_ place: SIMD3<Double>) -> Float {
    let nearest = centres.reduce(Double.infinity) { least, centre in
      let way = place - centre
      return min(least, (way * way).sum())
    }
    return Float(max(0, 1.5 * (1 - nearest / (radius * radius))))
  }

  /// Bytes of all slices in a cache.
  var bytes: Int {
    (shape.depth + shape.height + shape.width) * (side * side * channels * 4 + 4096)
  }

  /// The features as the program has them once all slices are encoded: in a cache in `folder`, none in memory.
  ///
  /// - Throws: `Failure` if they cannot be written.
  func cached(in folder: String) throws -> (features: SliceFeatures, encoder: RefusingEncoder) {
    let key = SliceKey.features(
      tomogram: "made", shape: shape, weights: "none",
      input: EncoderInput(mean: 0, deviation: 1, side: 14 * side))
    let store = try SliceStore(in: folder, key: key, memory: SliceMemory(limit: 0)) { record in
      record.sizes == [side, side] && record.tensor.shape == [side * side, channels]
    } report: { _ in
    }
    for axis in Axis.allCases {
      try Parallel.forEachThrowing(shape[axis]) { index in
        try store.save(SliceRecord(vectors(axis, index), sizes: [side, side]), axis, index)
      }
    }
    // The voxels do not matter.
    let path = "\(folder)/volume.mrc"
    let geometry = Geometry(depth: shape.depth, height: shape.height, width: shape.width)
    let writer = try MRCWriter<Int8>(path, geometry: geometry)
    for _ in 0..<shape.depth { try writer.append([Int8](repeating: 1, count: shape.height * shape.width)) }
    try writer.commit()
    let encoder = RefusingEncoder(side: side, channels: channels)
    return (SliceFeatures(try Tomogram(path), encoder: encoder, store: store), encoder)
  }
}

/// An encoder that is never to be asked, because all slices are in the cache; it counts how often it was.
final class RefusingEncoder: SliceEncoder {
  private let side: Int
  private let channels: Int
  private let calls = Atomic(0)

  init(side: Int, channels: Int) { (self.side, self.channels) = (side, channels) }

  func features(of plane: Plane) -> FeatureGrid {
    calls.add(1, ordering: .relaxed)
    return FeatureGrid(height: side, width: side, vectors: .zeros([side * side, channels]))
  }

  /// - Throws: `Failure` if it was asked.
  func requireUnasked() throws {
    guard calls.load(ordering: .relaxed) == 0 else {
      throw Failure(.inputOutput, "slices that were just written to the cache cannot be read from it")
    }
  }
}

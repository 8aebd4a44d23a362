import Volumes

/// A small mask, voxel by voxel.
struct BoxMask: Equatable {
  let box: VolumeShape
  private(set) var voxels: [Bool]

  init(_ box: VolumeShape, _ voxels: [Bool]) {
    precondition(voxels.count == box.count)
    (self.box, self.voxels) = (box, voxels)
  }

  var count: Int { voxels.reduce(0) { $1 ? $0 + 1 : $0 } }

  /// The piece at `seed`, or else the largest, without what hangs on it by fewer than 2 `depth` + 1 voxels: of the mask
  /// less its outer `depth` layers one piece, grown again by as many layers within the mask.
  func core(at seed: Int, depth: Int) -> BoxMask {
    var kept = self
    for _ in 0..<depth { kept = kept.eroded }
    kept = kept.piece(at: seed)
    for _ in 0..<depth { kept = kept.grown(in: self) }
    return kept
  }

  /// The voxels of the mask about which at least half of the voxels no farther than `reach` along each axis are in it too,
  /// of those that the volume has: without what is thinner than that.
  ///
  /// - Parameter place: where the mask lies in `volume`.
  func smoothed(reach: Int, in place: VoxelBox, of volume: VolumeShape) -> BoxMask {
    guard reach > 0 else { return self }
    var counts = voxels.map { $0 ? 1 : 0 }
    for (count, step) in [(box.depth, box.height * box.width), (box.height, box.width), (box.width, 1)] {
      var line = [Int](repeating: 0, count: count + 1)
      for first in counts.indices where first / step % count == 0 {
        for index in 0..<count { line[index + 1] = line[index] + counts[first + index * step] }
        for index in 0..<count {
          counts[first + index * step] = line[min(count, index + reach + 1)] - line[max(0, index - reach)]
        }
      }
    }
    func extent(_ index: Int, _ corner: Int, _ size: Int) -> Int {
      min(size, corner + index + reach + 1) - max(0, corner + index - reach)
    }
    var kept = voxels
    for index in voxels.indices where voxels[index] {
      let (line, x) = index.quotientAndRemainder(dividingBy: box.width)
      let (z, y) = line.quotientAndRemainder(dividingBy: box.height)
      let all =
        extent(z, place.corner.z, volume.depth) * extent(y, place.corner.y, volume.height)
        * extent(x, place.corner.x, volume.width)
      kept[index] = 2 * counts[index] >= all
    }
    return BoxMask(box, kept)
  }

  /// The mask without the pieces within a plane, across any axis, that are smaller than a quarter of the plane's largest:
  /// they hang on it by arms in other planes.
  var withoutSmallPiecesOfPlanes: BoxMask {
    var kept = self
    for (count, step) in [(box.depth, box.height * box.width), (box.height, box.width), (box.width, 1)] {
      let (pieces, sizes) = kept.pieces { $0 / step % count }
      var largest = [Int](repeating: 0, count: count)
      for index in voxels.indices where pieces[index] > 0 {
        largest[index / step % count] = max(largest[index / step % count], sizes[pieces[index]])
      }
      kept = BoxMask(
        box, voxels.indices.map { pieces[$0] > 0 && 4 * sizes[pieces[$0]] >= largest[$0 / step % count] })
    }
    return kept
  }

  /// The voxels whose six neighbours are in the mask too; outside of the box nothing is.
  private var eroded: BoxMask {
    var kept = [Bool](repeating: false, count: box.count)
    for index in voxels.indices where voxels[index] {
      var inside = 0
      box.forEachNeighbour(of: index) { if voxels[$0] { inside += 1 } }
      kept[index] = inside == 6
    }
    return BoxMask(box, kept)
  }

  /// The mask and its neighbours that are in `limit`.
  private func grown(in limit: BoxMask) -> BoxMask {
    var grown = voxels
    for index in voxels.indices where voxels[index] {
      box.forEachNeighbour(of: index) { if limit.voxels[$0] { grown[$0] = true } }
    }
    return BoxMask(box, grown)
  }

  /// The piece that `seed` lies in, or else the largest, of equal ones the first. Pieces touch by faces.
  func piece(at seed: Int) -> BoxMask {
    let (pieces, sizes) = pieces { _ in 0 }
    let largest = sizes.indices.max { (sizes[$0], -$0) < (sizes[$1], -$1) } ?? 0
    let chosen = pieces[seed] > 0 ? pieces[seed] : largest
    return BoxMask(box, pieces.map { chosen > 0 && $0 == chosen })
  }

  /// The number of each voxel's piece, from 1, and the pieces' sizes; voxels in different `part`s do not touch.
  private func pieces(part: (Int) -> Int) -> (pieces: [Int], sizes: [Int]) {
    var pieces = [Int](repeating: 0, count: box.count)
    var sizes = [0]
    var stack: [Int] = []
    for start in voxels.indices where voxels[start] && pieces[start] == 0 {
      let label = sizes.count
      sizes.append(0)
      pieces[start] = label
      stack.append(start)
      while let index = stack.popLast() {
        sizes[label] += 1
        box.forEachNeighbour(of: index) { neighbour in
          guard voxels[neighbour], pieces[neighbour] == 0, part(neighbour) == part(index) else { return }
          pieces[neighbour] = label
          stack.append(neighbour)
        }
      }
    }
    return (pieces, sizes)
  }
}

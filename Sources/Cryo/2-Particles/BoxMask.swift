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
          guard voxels[neighbour], pieces[neighbour] == 0 else { return }
          pieces[neighbour] = label
          stack.append(neighbour)
        }
      }
    }
    let largest = sizes.indices.max { (sizes[$0], -$0) < (sizes[$1], -$1) } ?? 0
    let chosen = pieces[seed] > 0 ? pieces[seed] : largest
    return BoxMask(box, pieces.map { chosen > 0 && $0 == chosen })
  }
}

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

  /// The voxels that a cross of seven, all of them in the mask, covers: without specks, and without arms thinner
  /// than three voxels.
  var opened: BoxMask {
    var kept = [Bool](repeating: false, count: box.count)
    forEachInside { index, neighbours in
      guard voxels[index], neighbours.allSatisfy({ voxels[$0] }) else { return }
      kept[index] = true
      for neighbour in neighbours { kept[neighbour] = true }
    }
    return BoxMask(box, kept)
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
        forEachNeighbour(of: index) { neighbour in
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

  /// Calls `body` with each voxel that has six neighbours in the box, and those.
  private func forEachInside(_ body: (Int, [Int]) -> Void) {
    guard box.depth > 2, box.height > 2, box.width > 2 else { return }
    let (plane, row) = (box.height * box.width, box.width)
    for z in 1..<box.depth - 1 {
      for y in 1..<box.height - 1 {
        for x in 1..<box.width - 1 {
          let index = box.index(z, y, x)
          body(index, [index - plane, index - row, index - 1, index + 1, index + row, index + plane])
        }
      }
    }
  }

  private func forEachNeighbour(of index: Int, _ body: (Int) -> Void) {
    let (line, x) = index.quotientAndRemainder(dividingBy: box.width)
    let (z, y) = line.quotientAndRemainder(dividingBy: box.height)
    if z > 0 { body(index - box.height * box.width) }
    if z + 1 < box.depth { body(index + box.height * box.width) }
    if y > 0 { body(index - box.width) }
    if y + 1 < box.height { body(index + box.width) }
    if x > 0 { body(index - 1) }
    if x + 1 < box.width { body(index + 1) }
  }
}

import Cryo
import Testing
import Volumes

@Suite("The smooth piece of a mask")
struct SmoothPieceTests {
  private static let shape = VolumeShape(24, 24, 48)

  /// The voxels that `isIn` at (z, y, x), from the middle of a ball.
  private static func mask(_ isIn: (Int, Int, Int) -> Bool) -> VoxelMask {
    var runs: [Range<Int>] = []
    for index in 0..<shape.count {
      let (line, x) = index.quotientAndRemainder(dividingBy: shape.width)
      let (z, y) = line.quotientAndRemainder(dividingBy: shape.height)
      if isIn(z - 12, y - 12, x - 12) { runs.append(index..<index + 1) }
    }
    return VoxelMask(runs: runs)
  }

  private static let middle = VoxelPoint(x: 12, y: 12, z: 12)

  private static func ball(_ z: Int, _ y: Int, _ x: Int) -> Bool { z * z + y * y + x * x <= 49 }

  @Test("an arm and what hangs on it go") func arm() {
    let whole = Self.mask { z, y, x in
      Self.ball(z, y, x) || z == 0 && y == 0 && (0..<30).contains(x) || Self.ball(3 * z, 3 * y, 3 * (x - 28))
    }
    let smooth = whole.smoothPiece(at: Self.middle, thickness: 1, in: Self.shape)
    let ball = Self.mask(Self.ball).runs.reduce(0) { $0 + $1.count }
    let kept = smooth.runs.reduce(0) { $0 + $1.count }
    #expect(kept > ball * 9 / 10 && kept <= ball)
    #expect(smooth.runs.allSatisfy { $0.upperBound % Self.shape.width <= 21 })
  }

  @Test("a mask that is thin all over stays what it is") func shell() {
    let shell = Self.mask { z, y, x in
      Self.ball(z, y, x) && z * z + y * y + x * x > 30
    }
    let kept = shell.smoothPiece(at: Self.middle, thickness: 1, in: Self.shape)
    #expect(kept.runs.reduce(0) { $0 + $1.count } == shell.runs.reduce(0) { $0 + $1.count })
  }
}

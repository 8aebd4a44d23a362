import SAM
import Volumes

extension VoxelPoint {
  /// The point as SAM's prompt on the slice across `axis` through it: (column, row), exact.
  func prompt(on axis: Axis) -> Prompt {
    Prompt(points: [Prompt.Point(x: self[axis.column], y: self[axis.row])])
  }
}

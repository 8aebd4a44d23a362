import Files
import Platform
import Volumes

extension ParticleMask {
  /// What is odd about the mask of a particle that was pointed at, and what to try: a line each.
  ///
  /// - Parameter largestArea: what was allowed on one slice.
  public func remarks(at point: VoxelPoint, in tomogram: Tomogram, largestArea: Int) -> [String] {
    guard !voxels.isEmpty else {
      return ["SAM saw nothing there of the allowed size: try another place or --max-area"]
    }
    let measures = Measures(self, in: tomogram)
    var remarks: [String] = []
    if Double(greatestArea(in: tomogram.shape)) >= 0.9 * Double(largestArea) {
      remarks.append(
        "its mask reaches the largest area on a slice, \(largestArea) voxels: if it is cut off, raise --max-area; "
          + "if it has run over, lower it, or try another --contrast")
    }
    if abs(measures.contrast) < 0.2 {
      remarks.append(
        "it is hardly darker or brighter than what is around it (by \(decimal(abs(measures.contrast), places: 2)) standard "
          + "deviations): is the point on a particle?")
    }
    let radius = Exemplar.outline([(point, measures)], in: tomogram).radius
    let expected = 4 / 3 * Double.pi * radius * radius * radius
    if Double(measures.voxels) > 2.5 * expected || 2.5 * Double(measures.voxels) < expected {
      remarks.append(
        "its mask has \(measures.voxels) voxels, but by its density the particle is a ball of about "
          + "\(Int(expected.rounded())): look at the mask; another --max-area or --contrast may suit it")
    }
    if measures.touchesBorder {
      remarks.append("it reaches the border of the tomogram: a particle that is whole is a better example")
    }
    return remarks
  }

  /// The greatest number of its voxels on one slice of any axis.
  private func greatestArea(in shape: VolumeShape) -> Int {
    var counts = Axis.allCases.map { _ in [Int: Int]() }
    voxels.forEachVoxel(in: shape) { z, y, x in
      counts[0][z, default: 0] += 1
      counts[1][y, default: 0] += 1
      counts[2][x, default: 0] += 1
    }
    return counts.flatMap(\.values).max() ?? 0
  }
}

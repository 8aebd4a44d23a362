import Volumes

/// A tomogram of known voxels in two MRC files: float32 and int16.
package struct VoxelFiles: Sendable {
  let shape: VolumeShape
  let paths: [(mode: String, path: String)]

  /// - Throws: `Failure` if they cannot be written.
  package init(_ shape: VolumeShape, in folder: String, name: String) throws {
    self.shape = shape
    paths = [("float32", "\(folder)/\(name)-f32.mrc"), ("int16", "\(folder)/\(name)-i16.mrc")]
    let geometry = Geometry(depth: shape.depth, height: shape.height, width: shape.width)
    let floats = try MRCWriter<Float>(paths[0].path, geometry: geometry)
    let integers = try MRCWriter<Int16Voxel>(paths[1].path, geometry: geometry)
    for z in 0..<shape.depth {
      let section = (0..<shape.height * shape.width).map { pixel in
        Self.voxel(z, pixel / shape.width, pixel % shape.width)
      }
      try floats.append(section.map { Float($0) / 8 })
      try integers.append(section.map { Int16Voxel(value: $0) })
    }
    try floats.commit()
    try integers.commit()
  }

  /// The int16 voxel; the float32 one is an eighth of it.
  private static func voxel(_ z: Int, _ y: Int, _ x: Int) -> Int16 {
    Int16(truncatingIfNeeded: z &* 73_856_093 ^ y &* 19_349_663 ^ x &* 83_492_791)
  }

  /// Opens both files and reads every plane along every axis: what is timed.
  func readAll() throws {
    for file in paths {
      let tomogram = try Tomogram(file.path)
      for axis in Axis.allCases {
        for index in 0..<shape[axis] { _ = tomogram.slice(axis: axis, index: index) }
      }
    }
  }

  /// Compares planes, and mean and deviation, with the voxels as they were made.
  ///
  /// - Parameter planes: the numbers of the planes along each axis; those that it does not have are left out.
  /// - Parameter read: what is checked.
  package static func check(
    _ files: VoxelFiles, planes: [Int], _ what: String,
    _ read: (Tomogram, Axis, Int) -> [Float] = { $0.slice(axis: $1, index: $2) }
  ) throws -> [Agreement] {
    try files.paths.enumerated().flatMap { number, file in
      let tomogram = try Tomogram(file.path)
      let scale: Float = number == 0 ? 0.125 : 1
      let same = Axis.allCases.allSatisfy { axis in
        planes.filter { $0 < files.shape[axis] }.allSatisfy { index in
          read(tomogram, axis, index) == files.plane(axis, index).map { Float($0) * scale }
        }
      }
      let (mean, deviation) = files.statistics()
      let statistics = tomogram.statistics
      let error = max(
        abs(statistics.mean - mean * Double(scale)),
        abs(statistics.standardDeviation - deviation * Double(scale)))
      return [
        Agreement("\(what) \(file.mode) file", same: same),
        Agreement(
          "mean and deviation of the \(file.mode) file", error: error / (deviation * Double(scale)),
          limit: 1e-7),
      ]
    }
  }

  private func plane(_ axis: Axis, _ index: Int) -> [Int16] {
    let (rows, columns) = shape.plane(axis)
    return (0..<rows * columns).map { pixel in
      let (row, column) = (pixel / columns, pixel % columns)
      return switch axis {
      case .z: Self.voxel(index, row, column)
      case .y: Self.voxel(row, index, column)
      case .x: Self.voxel(row, column, index)
      }
    }
  }

  private func statistics() -> (mean: Double, deviation: Double) {
    var (sum, squares) = (0, 0)
    for z in 0..<shape.depth {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let voxel = Int(Self.voxel(z, y, x))
          sum += voxel
          squares += voxel * voxel
        }
      }
    }
    let mean = Double(sum) / Double(shape.count)
    return (mean, (Double(squares) / Double(shape.count) - mean * mean).squareRoot())
  }
}

/// Mode 1, which the program reads but never writes.
private struct Int16Voxel: MRCVoxel {
  static let mode: Int32 = 1
  let value: Int16
  static func floats(_ voxels: [Int16Voxel]) -> [Float] { voxels.map { Float($0.value) } }
}

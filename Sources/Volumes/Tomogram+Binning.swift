import Files
import Parallel

extension Tomogram {
  /// The tomogram with voxels taken together: the mean of those that are the specimen, outliers cut; where none is, it is
  /// not the specimen either.
  ///
  /// - Throws: `Failure` if nothing is left, or there is not so much memory.
  public func binned(by binning: Binning) throws -> Tomogram {
    guard binning.factor > 1 else { return self }
    let geometry = try inFile(path ?? name) { try binning.binned(self.geometry) }
    let shape = geometry.shape
    let memory = try MappedFile(inMemory: path ?? name, count: shape.count * MemoryLayout<Float>.size) {
      bytes in
      let target = DisjointWrites(bytes.bindMemory(to: Float.self))
      Parallel.forEach(shape.depth) { z in
        let section = mean(of: z, by: binning.factor, shape)
        for index in section.indices { target[z * section.count + index] = section[index] }
      }
    }
    let source = VoxelSource(memory, format: .float32, bigEndian: false, shape: shape)
    return try Tomogram(self, binned: source, geometry, binning)
  }

  /// Binned section `z`: the means, NaN where nothing is the specimen.
  private func mean(of z: Int, by factor: Int, _ shape: VolumeShape) -> [Float] {
    var sums = [Double](repeating: 0, count: shape.height * shape.width)
    var counts = [Int32](repeating: 0, count: sums.count)
    let columns = shape.width * factor
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { row in
      guard let start = row.baseAddress else { return }
      for plane in z * factor..<(z + 1) * factor {
        for line in 0..<shape.height * factor {
          source.read(
            start, count: columns, first: plane * source.stride.z + line * source.stride.y,
            stride: source.stride.x)
          let first = line / factor * shape.width
          for column in 0..<shape.width {
            for value in row[column * factor..<(column + 1) * factor] where isSpecimen(value) {
              sums[first + column] += Double(cleaning.read(value, mean: 0))
              counts[first + column] += 1
            }
          }
        }
      }
    }
    return sums.indices.map { counts[$0] > 0 ? Float(sums[$0] / Double(counts[$0])) : .nan }
  }

  private func isSpecimen(_ value: Float) -> Bool { value.isFinite && !cleaning.fills.contains(value) }
}

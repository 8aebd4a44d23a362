import Files

/// What is under the beam: a slab of ice around the field of view, so wide that every ray of every tilt that goes
/// through the field of view stays inside.
///
/// Voxels are stored `[z, x, y]`, y fastest: the tilt axis is y, so that projections and back-projections work on
/// whole lines along y.
package struct Specimen: Sendable {
  package let field: FieldOfView
  /// Voxels beyond the field of view on each side along x and y.
  package let marginX: Int
  package let marginY: Int
  package let depth: Int
  package let width: Int
  package let height: Int
  /// Density above that of ice, solid protein being 1.
  package var density: [Float]
  /// Where something is.
  private(set) var occupied: [Bool]
  /// Of the field of view, `[z, x, y]`: which particle, in the order of placing, from 1.
  private(set) var instances: [UInt16]
  /// Of the field of view, `[z, x, y]`: a code for what is there.
  private(set) var classes: [UInt8]

  /// - Throws: `Failure` if it would take more than `memoryLimit` bytes.
  package init(_ field: FieldOfView, marginX: Int, marginY: Int, memoryLimit: Int) throws {
    self.field = field
    (self.marginX, self.marginY) = (marginX, marginY)
    (depth, width, height) = (field.depth, field.width + 2 * marginX, field.height + 2 * marginY)
    let bytes = Double(depth) * Double(width) * Double(height) * 5 + Double(field.count) * 32
    guard bytes <= Double(memoryLimit) else {
      throw Failure(
        .usage,
        "\(field.width) x \(field.height) x \(field.depth) voxels need a specimen of \(width) x \(height) x \(depth), "
          + "\(decimal(bytes / 1e9, places: 1)) GB of memory of which this machine has too little",
        remedy: "give a smaller --size or --tilt-range")
    }
    density = [Float](repeating: 0, count: depth * width * height)
    occupied = [Bool](repeating: false, count: density.count)
    instances = [UInt16](repeating: 0, count: field.count)
    classes = [UInt8](repeating: 0, count: field.count)
  }

  /// The place of voxel (z, x, y) of the specimen.
  @inline(__always)
  package func index(_ z: Int, _ x: Int, _ y: Int) -> Int { (z * width + x) * height + y }

  /// The place of voxel (z, x, y) of the specimen in the field of view's arrays, if it is there.
  @inline(__always)
  func fieldIndex(_ z: Int, _ x: Int, _ y: Int) -> Int? {
    let (fx, fy) = (x - marginX, y - marginY)
    guard fx >= 0, fx < field.width, fy >= 0, fy < field.height else { return nil }
    return (z * field.width + fx) * field.height + fy
  }

  /// Whether `patch` fits with its middle at voxel (z, x, y): inside the ice and the specimen, where nothing is, and
  /// outside the field of view if `outside`.
  func hasRoom(for patch: ParticlePatch, z: Int, x: Int, y: Int, outside: Bool) -> Bool {
    let low = SIMD3<Int>(truncatingIfNeeded: patch.low) &+ SIMD3(z, x, y)
    let high = SIMD3<Int>(truncatingIfNeeded: patch.high) &+ SIMD3(z, x, y)
    guard low.x >= field.iceMargin, high.x < depth - field.iceMargin, low.y >= 0, high.y < width, low.z >= 0,
      high.z < height
    else { return false }
    if outside, high.y >= marginX, low.y < marginX + field.width, high.z >= marginY,
      low.z < marginY + field.height
    {
      return false
    }
    // A sparse look first: most places that are taken show it at once.
    return isFree(patch.solid, step: 29, z, x, y) && isFree(patch.solid, step: 1, z, x, y)
  }

  private func isFree(_ voxels: [SIMD3<Int32>], step: Int, _ z: Int, _ x: Int, _ y: Int) -> Bool {
    for place in stride(from: 0, to: voxels.count, by: step) {
      let voxel = voxels[place]
      if occupied[index(z + Int(voxel.x), x + Int(voxel.y), y + Int(voxel.z))] { return false }
    }
    return true
  }

  /// Adds `patch` with its middle at (z, x, y), and labels its voxels in the field of view.
  ///
  /// - Returns: how many voxels were labelled.
  @discardableResult
  package mutating func add(
    _ patch: ParticlePatch, z: Int, x: Int, y: Int, instance: Int, code: UInt8, occupies: Bool = true
  ) -> Int {
    let (side, half) = (patch.side, patch.half)
    for dz in 0..<side where (0..<depth).contains(z + dz - half) {
      for dx in 0..<side where (0..<width).contains(x + dx - half) {
        let target = index(z + dz - half, x + dx - half, 0)
        let source = (dz * side + dx) * side
        let lines = max(0, half - y)..<min(side, height - y + half)
        for dy in lines { density[target + y + dy - half] += patch.density[source + dy] }
      }
    }
    if occupies {
      for voxel in patch.solid {
        occupied[index(z + Int(voxel.x), x + Int(voxel.y), y + Int(voxel.z))] = true
      }
    }
    var labelled = 0
    for voxel in patch.body {
      let place = SIMD3<Int>(truncatingIfNeeded: voxel) &+ SIMD3(z, x, y)
      guard (0..<depth).contains(place.x), let index = fieldIndex(place.x, place.y, place.z),
        classes[index] == 0
      else { continue }
      classes[index] = code
      instances[index] = UInt16(instance)
      labelled += 1
    }
    return labelled
  }

  /// Marks voxel (z, x, y) as taken by something that is no particle, and labels it in the field of view if `code`.
  mutating func occupy(_ z: Int, _ x: Int, _ y: Int, code: UInt8?) {
    occupied[index(z, x, y)] = true
    if let code, let index = fieldIndex(z, x, y) { classes[index] = code }
  }

  /// Gives instances their final numbers: `numbers[n]` for the nth in the order of placing.
  mutating func renumber(_ numbers: [UInt16]) {
    for index in instances.indices { instances[index] = numbers[Int(instances[index])] }
  }
}

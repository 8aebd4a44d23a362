import Files
import Volumes

/// A species from a density map of the user's.
public enum TemplateSpecies {
  /// More blobs than a large map at a few Angstroms gives.
  private static let mostBlobs = 2_000_000

  /// The species that the map at `path` shows, protein bright, at the map's own voxel size.
  ///
  /// The map is averaged to boxes of at most half of `voxelSizeAngstroms`; each box above a tenth of the map's solid
  /// level becomes a blob. The solid level, taken for density 1, is the mean of the densest tenth of the boxes that are
  /// above a tenth of the largest.
  ///
  /// - Throws: `Failure` if the map cannot be read, has no voxel size or nothing in it, or is too large.
  public static func species(_ path: String, voxelSizeAngstroms: Double) throws -> Species {
    let map = try Tomogram(path)
    let geometry = map.geometry
    guard geometry.hasVoxelSize else {
      throw Failure(
        .badData, path: path, "has no voxel size in its header",
        remedy: "set it, as with 'alterheader' of IMOD")
    }
    let size = geometry.voxelSizeAngstroms
    let factor = max(1, Int(voxelSizeAngstroms / 2 / size.max()))
    let boxes = averaged(map, factor)
    let largest = boxes.map(\.value).max() ?? 0
    let occupied = boxes.map(\.value).filter { $0 > largest / 10 }.sorted(by: >)
    let densest = occupied.prefix(max(1, occupied.count / 10))
    let solid = densest.reduce(0.0) { $0 + Double($1) } / Double(max(1, densest.count))
    guard largest > 0, solid > 0 else {
      throw Failure(
        .badData, path: path, "has no voxel above 0",
        remedy: "a template's protein is bright, its background 0")
    }
    let box = size * Double(factor)
    let volume = box.x * box.y * box.z
    let blobs = boxes.filter { Double($0.value) > solid / 10 }.map { entry in
      let place = SIMD3<Float>(entry.place * size)
      return SIMD4(place, Float(Double(entry.value) / solid * volume))
    }
    guard blobs.count <= mostBlobs else {
      throw Failure(
        .badData, path: path, "has \(blobs.count) places with density, too many for a template",
        remedy: "cut the particle out, and set its background to 0")
    }
    return Species(
      name(path), blobs: blobs, sigmaAngstroms: box.max() / 2, description: "template \(path)")
  }

  /// The file's name without folders and extensions, in letters that file names and STAR can have.
  static func name(_ path: String) -> String {
    let file = Path.name(path)
    let stem = file.prefix { $0 != "." }
    let plain = stem.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "_" }
    return plain.isEmpty ? "template" : String(plain)
  }

  /// Means of boxes of `factor` voxels a side, at their middles in voxels (x, y, z); those above 0.
  private static func averaged(
    _ map: Tomogram, _ factor: Int
  ) -> [(place: SIMD3<Double>, value: Float)] {
    let shape = map.shape
    let (height, width) = ((shape.height + factor - 1) / factor, (shape.width + factor - 1) / factor)
    let scale = 1 / Float(factor * factor * factor)
    let middle = Double(factor - 1) / 2
    var boxes: [(place: SIMD3<Double>, value: Float)] = []
    for first in stride(from: 0, to: shape.depth, by: factor) {
      var sums = [Float](repeating: 0, count: height * width)
      for z in first..<min(shape.depth, first + factor) {
        let plane = map.slice(axis: .z, index: z)
        for y in 0..<shape.height {
          for x in 0..<shape.width {
            sums[y / factor * width + x / factor] += max(0, plane[y * shape.width + x]) * scale
          }
        }
      }
      for y in 0..<height {
        for x in 0..<width where sums[y * width + x] > 0 {
          let place = SIMD3(Double(x * factor), Double(y * factor), Double(first)) + middle
          boxes.append((place, sums[y * width + x]))
        }
      }
    }
    return boxes
  }
}

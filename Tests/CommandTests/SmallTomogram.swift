import Files
import FoundationEssentials
import TestSupport
import Volumes

/// A piece of a tomogram with bright particles, 10 A a voxel, and the tiny trained models that find them.
enum SmallTomogram {
  static let shape = VolumeShape(14, 40, 44)
  static let geometry = Geometry(depth: 14, height: 40, width: 44, voxelSizeAngstroms: [10, 10, 10])
  /// On a particle.
  static let point = "17,27,7"

  static func voxels() throws -> [Float] {
    let whole = try Tomogram(TestData.path("golden/e2e/volume_shared.mrc"))
    return (10..<24).flatMap { z -> [Float] in
      let plane = whole.plane(.z, z)
      return (56..<96).flatMap { plane.values[$0 * 96 + 10..<$0 * 96 + 54] }
    }
  }

  /// The piece turned over, so that it is another tomogram with the same particles: four ways.
  static func voxels(turned way: Int) throws -> [Float] {
    let voxels = try voxels()
    return (0..<shape.count).map { index in
      let (line, x) = index.quotientAndRemainder(dividingBy: shape.width)
      let (z, y) = line.quotientAndRemainder(dividingBy: shape.height)
      return voxels[
        shape.index(
          z, way & 2 == 0 ? y : shape.height - 1 - y, way & 1 == 0 ? x : shape.width - 1 - x)]
    }
  }

  /// Writes `dino.safetensors` and `sam.safetensors`.
  static func writeNetworks(_ folder: String) throws {
    try GoldenModel.convert("models/dino_trained", to: "\(folder)/dino.safetensors")
    try GoldenModel.convert("models/sam_trained", to: "\(folder)/sam.safetensors")
  }

  /// An OME-Zarr 0.4 store with the volume in one chunk.
  static func writeStore(_ voxels: [Float], to path: String) throws {
    try FileManager.default.createDirectory(atPath: "\(path)/0", withIntermediateDirectories: true)
    let scale = "{\"type\": \"scale\", \"scale\": [10, 10, 10]}"
    let axes = ["z", "y", "x"].map { "{\"name\": \"\($0)\", \"type\": \"space\", \"unit\": \"angstrom\"}" }
    let files = [
      ".zgroup": "{\"zarr_format\": 2}",
      ".zattrs": """
      {"multiscales": [{"version": "0.4", "axes": [\(axes.joined(separator: ","))],
       "datasets": [{"path": "0", "coordinateTransformations": [\(scale)]}]}]}
      """,
      "0/.zarray": """
      {"zarr_format": 2, "shape": [14, 40, 44], "chunks": [14, 40, 44], "dtype": "<f4", "compressor": null,
       "fill_value": 0, "order": "C", "filters": null}
      """,
    ]
    for (name, text) in files { try TestData.write(Array(text.utf8), to: "\(path)/\(name)") }
    try TestData.write(voxels.withUnsafeBytes { Array($0) }, to: "\(path)/0/0.0.0")
  }
}

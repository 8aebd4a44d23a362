import Checkpoints
import Files
import NN
import Points
import Volumes

extension FileReport {
  mutating func describeTomogram(_ path: String) throws {
    let tomogram = try Tomogram(path, cleaning: .usual)
    let geometry = tomogram.geometry
    let statistics = tomogram.statistics
    add("format", tomogram.storage + (tomogram.compression.map { ", \($0)" } ?? ""))
    add(
      "size", "\(geometry.width) x \(geometry.height) x \(geometry.depth) voxels (x, y, z)", "shape_zyx",
      [.integer(geometry.depth), .integer(geometry.height), .integer(geometry.width)])
    let size = geometry.voxelSizeAngstroms
    add(
      "voxel size", geometry.hasVoxelSize ? "\(Self.text(size)) A" : "unknown", "voxel_size_xyz_angstroms",
      geometry.hasVoxelSize ? Self.json(size) : .null)
    add(
      "origin", "\(Self.text(geometry.originAngstroms)) A", "origin_xyz_angstroms",
      Self.json(geometry.originAngstroms))
    let start = geometry.start
    add(
      "start", "\(start.x), \(start.y), \(start.z)", "start_xyz",
      [.integer(Int(start.x)), .integer(Int(start.y)), .integer(Int(start.z))])
    add("mean", "\(Float(statistics.mean))", "mean", .number(statistics.mean))
    add(
      "deviation", "\(Float(statistics.standardDeviation))", "standard_deviation",
      .number(statistics.standardDeviation))
    add(
      "range", "\(statistics.minimum) to \(statistics.maximum)", "range",
      [.number(Double(statistics.minimum)), .number(Double(statistics.maximum))])
    let matter = DenseMatter(tomogram)
    let percentiles = [matter.percentiles[0], matter.percentiles[2]]
    add(
      "0.5-99.5 %", "\(Float(percentiles[0])) to \(Float(percentiles[1]))", "percentiles_0.5_99.5",
      .array(percentiles.map { .number($0) }))
    add("dense matter", matter.text, "dense_matter", .string(matter.look.rawValue))
    if let header = tomogram.header {
      let kind = header.extendedHeaderType.isEmpty ? "" : " (\(header.extendedHeaderType))"
      if header.extendedHeaderBytes > 0 {
        add(
          "extended", "\(header.extendedHeaderBytes) bytes\(kind)", "extended_header_bytes",
          .integer(header.extendedHeaderBytes))
      }
      add(
        "labels", header.labels.joined(separator: " | "), "labels", .array(header.labels.map { .string($0) }))
    }
    if OMEZarr.isOne(path) { try describeLevels(of: OMEZarr(path)) }
    add("SHA-256", tomogram.sha256(), "sha256")
    add(notes: tomogram.notes)
  }

  private mutating func describeLevels(of store: OMEZarr) throws {
    let levels = try store.levels()
    add(
      "levels", "\(levels.count)", "levels",
      .array(
        levels.map {
          [
            "path": .string($0.name),
            "shape_zyx": .array(
              [$0.geometry.depth, $0.geometry.height, $0.geometry.width].map { .integer($0) }),
            "voxel_size_xyz_angstroms": $0.geometry.hasVoxelSize
              ? Self.json($0.geometry.voxelSizeAngstroms) : .null,
          ]
        }))
    add(
      details: levels.enumerated().map { number, level in
        let shape = level.geometry.shape
        let size = level.geometry.hasVoxelSize ? ", \(Self.text(level.geometry.voxelSizeAngstroms)) A" : ""
        return
          "  level \(number): \(level.name), \(shape.width) x \(shape.height) x \(shape.depth) voxels\(size)"
      })
  }

  mutating func describePoints(_ path: String) throws {
    let table = try PointTable(path)
    add("format", "\(table.format) table of points")
    add("points", "\(table.entries.count)", "points", .integer(table.entries.count))
    add("units", table.units.description)
    let names = table.micrographs
    add(
      "tomograms",
      names.isEmpty
        ? "not named" : names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : ""),
      "tomograms", .array(names.map { .string($0) }))
    if let pixel = table.pixelSizeAngstroms {
      add("pixel size", "\(pixel) A", "pixel_size_angstroms", .number(pixel))
    }
    for (axis, name) in ["x", "y", "z"].enumerated() {
      let values = table.entries.map { $0.position[axis] }
      guard let low = values.min(), let high = values.max() else { continue }
      add(
        name, "\(decimal(low, places: 2)) to \(decimal(high, places: 2))", name,
        [.number(low), .number(high)])
    }
    add(notes: table.notes)
  }

  mutating func describeSafetensors(_ path: String) throws {
    let file = try SafetensorsFile(path)
    add("format", "safetensors")
    if let configuration = file.configurationText {
      add(
        "model", configuration, "configuration", (try? JSON(parsing: configuration)) ?? .string(configuration)
      )
    }
    addTensors(file.names.compactMap { name in file.entry(name).map { (name, $0.element, $0.shape) } })
  }

  mutating func describeCheckpoint(_ path: String) throws {
    let checkpoint = try Checkpoint([path])
    add("format", "PyTorch checkpoint")
    let model: String
    do { model = try Conversion(checkpoint).summary } catch let failure as Failure {
      model = "not one that convert-weights reads: \(failure.reason)"
    }
    add("model", model)
    addTensors(checkpoint.contents)
  }

  private mutating func addTensors(_ tensors: [(name: String, element: SafetensorsElement, shape: [Int])]) {
    let elements = tensors.reduce(0.0) { $0 + $1.shape.reduce(1.0) { $0 * Double($1) } }
    add("tensors", "\(tensors.count)", "tensor_count", .integer(tensors.count))
    add("parameters", decimal(elements, places: 0), "parameters", .number(elements))
    add(details: tensors.map { "  \($0.name)  \($0.element.rawValue)  \($0.shape)" })
    add(
      "first", tensors.first?.name ?? "", "tensors",
      .array(
        tensors.map {
          [
            "name": .string($0.name), "dtype": .string($0.element.rawValue),
            "shape": .array($0.shape.map { .integer($0) }),
          ]
        }))
  }

  private static func text(_ vector: SIMD3<Double>) -> String {
    "\(Float(vector.x)), \(Float(vector.y)), \(Float(vector.z))"
  }

  private static func json(_ vector: SIMD3<Double>) -> JSON {
    [.number(vector.x), .number(vector.y), .number(vector.z)]
  }
}

import Cryo
import Files
import Images
import Markup
import Platform
import Runs
import Volumes

/// What was pointed at, as one page: `report.html` of a run of `cryosam instance`.
public struct InstanceReport: Sendable {
  /// A point and what SAM saw there.
  public struct Entry: Sendable {
    let point: VoxelPoint
    let particle: ParticleMask
    public let remarks: [String]

    public init(_ point: VoxelPoint, _ particle: ParticleMask, remarks: [String]) {
      (self.point, self.particle, self.remarks) = (point, particle, remarks)
    }
  }

  let tomogram: Tomogram
  let stretch: ContrastStretch
  let entries: [Entry]
  let record: JSON

  public init(_ entries: [Entry], of tomogram: Tomogram, stretch: ContrastStretch, record: JSON) {
    (self.entries, self.tomogram, self.stretch, self.record) = (entries, tomogram, stretch, record)
  }

  /// Particles with pictures; of more there are only the numbers.
  private static let mostPictures = 100

  /// The page.
  ///
  /// - Throws: `Failure` if there is no memory for a picture.
  public func html() throws -> String {
    let name = tomogram.tableName
    let found = entries.count { !$0.particle.voxels.isEmpty }
    return try Page(
      "CryoSAM: \(name)", style: [.page, .marks], heading: name,
      lead: Fragment { "\(found) of \(entries.count) points gave a particle." }
    ) {
      for (index, entry) in entries.enumerated() {
        try HTML.section("Point \(index + 1)") { try section(entry, hasPictures: index < Self.mostPictures) }
      }
      HTML.section("Parameters") {
        HTML.table(
          (record["parameters"]?.object?.members ?? []).map {
            ($0.key.replacing("_", with: " "), $0.value.text)
          })
      }
      HTML.section("Coordinates") {
        element("p") {
          "Points are (x, y, z) in voxels of the tomogram, counted from 0: the centre of the first voxel is (0, 0, 0)."
        }.line
      }
    }.text
  }

  private func section(_ entry: Entry, hasPictures: Bool) throws -> Fragment {
    try Fragment {
      for remark in entry.remarks { element("p", ["class": "warning"]) { remark }.line }
      if hasPictures {
        try HTML.box("maps") {
          newline
          for axis in Axis.allCases {
            let view = ZoomedView(
              tomogram: tomogram, stretch: stretch, mask: entry.particle.voxels, point: entry.point,
              axis: axis)
            try HTML.figure(
              "\(axis.name) = \(view.index): \(axis.column.name) to the right, \(axis.row.name) down"
            ) { try view.svg() }
          }
        }
      }
      HTML.table(rows(entry))
    }
  }

  private func rows(_ entry: Entry) -> [(name: String, value: String)] {
    func text(_ point: VoxelPoint) -> String {
      [point.x, point.y, point.z].map { decimal($0, places: 1) }.joined(separator: ", ")
    }
    let point = (name: "point (x, y, z)", value: text(entry.point))
    guard !entry.particle.voxels.isEmpty else { return [point] }
    let measures = Measures(entry.particle, in: tomogram)
    let diameter = 2 * cbrt(0.75 * Double(measures.voxels) / .pi)
    return [
      point, ("middle of the mask", text(measures.centroid)),
      ("size", "\(length(diameter)) across, as a ball of its \(measures.voxels) voxels"),
      (
        "contrast",
        "\(decimal(abs(measures.contrast), places: 2)) standard deviations \(measures.contrast > 0 ? "darker" : "brighter") than around it"
      ),
      ("SAM's predicted IoU", decimal(measures.predictedIoU, places: 3)),
      ("seen along two axes or three", "\(decimal(100 * measures.agreement, places: 0)) % of the voxels"),
    ]
  }

  /// `27.4 nm`, or voxels if their size is unknown.
  private func length(_ voxels: Double) -> String {
    let geometry = tomogram.geometry
    guard geometry.hasVoxelSize else { return "\(decimal(voxels, places: 1)) voxels" }
    let size = geometry.voxelSizeAngstroms
    return "\(decimal(voxels * cbrt(size.x * size.y * size.z) / 10, places: 1)) nm"
  }
}

extension RunFolder {
  /// Writes `report.html` of the particles that were pointed at.
  public func write(_ report: InstanceReport) throws {
    try AtomicFile.write(Array(try report.html().utf8), to: file("report.html"))
  }
}

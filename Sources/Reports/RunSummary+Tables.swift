import Files

/// The tables: a row for each kind in each result, and a row for each particle. What needs the voxel size is empty where
/// that is not known.
extension RunSummary {
  /// The names of the files.
  public static let (table, particleTable, page) = ("summary.csv", "particles.csv", "summary.html")

  /// `summary.csv`
  public var csv: String {
    let titles = [
      "result", "tomogram", "class", "particles", "tomogram_um3", "particles_per_um3", "volume_nm3_mean",
      "volume_nm3_deviation", "volume_nm3_median", "neighbour_nm_mean", "neighbour_nm_median",
      "neighbour_nm_least",
    ]
    return CSV.text(
      [titles]
        + rows.map { row in
          [row.result.folder, row.result.tomogram, row.name ?? "", "\(row.particles.count)"]
            + [
              (row.result.volume, 9), (row.density, 1), (row.volumes?.mean, 1), (row.volumes?.deviation, 1),
              (row.volumes?.median, 1), (row.neighbours?.mean, 2), (row.neighbours?.median, 2),
              (row.neighbours?.least, 2),
            ].map { value, places in value.map { decimal($0, places: places) } ?? "" }
        })
  }

  /// `particles.csv`
  public var particlesCSV: String {
    let titles = [
      "result", "tomogram", "class", "number", "x", "y", "z", "score", "voxels", "volume_nm3", "neighbour_nm",
    ]
    return CSV.text(
      [titles]
        + results.flatMap { result in
          result.particles.map { particle in
            let place = [particle.place.x, particle.place.y, particle.place.z].map { decimal($0, places: 3) }
            return [result.folder, result.tomogram, particle.name ?? "", "\(particle.number)"] + place
              + [
                particle.score.map { decimal($0, places: 6) } ?? "", "\(particle.voxels)",
                particle.volume.map { decimal($0, places: 1) } ?? "",
                particle.neighbour.map { decimal($0, places: 2) } ?? "",
              ]
          }
        })
  }

  /// For the terminal.
  public var text: String {
    alignedTable([Self.titles] + rows.map(Self.cells))
  }

  static let titles = [
    "result", "class", "particles", "per \u{B5}m\u{B3}", "volume, nm\u{B3}", "nearest, nm",
  ]

  static func cells(_ row: Row) -> [String] {
    func cell(_ spread: Spread?, places: Int) -> String {
      spread.map {
        "\(decimal($0.median, places: places)) (\(decimal($0.least, places: places)) to \(decimal($0.most, places: places)))"
      }
        ?? ""
    }
    return [
      row.result.folder, row.name ?? "", "\(row.particles.count)",
      row.density.map { decimal($0, places: 0) } ?? "", cell(row.volumes, places: 0),
      cell(row.neighbours, places: 1),
    ]
  }

  /// One kind in one result.
  struct Row {
    let result: Result
    /// nil where there are no names, `all` for all kinds together.
    let name: String?
    let particles: [Particle]

    var density: Double? { result.volume.map { Double(particles.count) / $0 } }
    var volumes: Spread? { Spread(particles.compactMap(\.volume)) }
    /// To the nearest one of the same kind.
    var neighbours: Spread? { Spread(particles.compactMap(\.neighbour)) }
  }

  var rows: [Row] {
    results.flatMap { result in
      result.groups.map { Row(result: result, name: $0.name, particles: $0.particles) }
    }
  }
}

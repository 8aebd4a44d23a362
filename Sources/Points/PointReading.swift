import Files

/// What coordinates are.
public enum PointUnit: String, Sendable, CaseIterable {
  case voxel
  /// From the centre of the first voxel.
  case angstrom
  /// Of the tomogram's sides.
  case fraction
}

/// What a user says of tables of points, where the tables do not or are wrong.
public struct PointReading: Sendable {
  /// Of coordinates; nil: what the table says.
  public var unit: PointUnit?
  /// Of coordinates in voxels.
  public var pixelSizeAngstroms: Double?
  /// The tomogram, as the tables name it; nil: its file's name.
  public var tomogram: String?
  /// What RELION knows of tomograms: for its centred coordinates.
  public var tiltSeries: TiltSeriesTable?

  public init(
    unit: PointUnit? = nil, pixelSizeAngstroms: Double? = nil, tomogram: String? = nil,
    tiltSeries: TiltSeriesTable? = nil
  ) {
    (self.unit, self.pixelSizeAngstroms, self.tomogram) = (unit, pixelSizeAngstroms, tomogram)
    self.tiltSeries = tiltSeries
  }
}

extension PointTable {
  /// The table with its coordinates taken as `reading` says. Coordinates that are measured from the tomogram's middle
  /// say so themselves and stay what they are.
  public func taken(as reading: PointReading) -> PointTable {
    var table = self
    table.tiltSeries = reading.tiltSeries ?? tiltSeries
    table.takeSeriesSizes()
    switch units {
    case .centredAngstroms, .sceneAngstroms, .centredPixels: return table
    case .voxels, .angstroms, .fractions, .cornerPixels: break
    }
    guard reading.unit != nil || reading.pixelSizeAngstroms != nil else { return table }
    table.contradiction = nil
    // IMOD's corner stays where it is, whatever its pixels are.
    if units != .cornerPixels {
      switch reading.unit {
      case .angstrom: table.units = .angstroms
      case .fraction: table.units = .fractions
      case .voxel, nil: table.units = .voxels
      }
    }
    table.pixelSizeSource = reading.pixelSizeAngstroms.map { _ in "--point-pixel-size" }
    table.entries = entries.map { entry in
      var entry = entry
      entry.position /= lengthUnit
      entry.pixelSize = reading.pixelSizeAngstroms
      return entry
    }
    return table
  }

  /// Takes coordinates that are pixels of a tilt series, whose size the table does not state, for those of RELION's
  /// `tomograms.star`.
  mutating func takeSeriesSizes() {
    guard countsSeriesPixels, let tiltSeries, entries.contains(where: { $0.pixelSize == nil }) else { return }
    entries = entries.map { entry in
      var entry = entry
      entry.pixelSize = entry.pixelSize ?? series(of: entry)?.pixelSizeAngstroms
      return entry
    }
    pixelSizeSource = pixelSizeSource ?? tiltSeries.path
  }
}

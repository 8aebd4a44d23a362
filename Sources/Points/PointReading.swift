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

  public init(unit: PointUnit? = nil, pixelSizeAngstroms: Double? = nil, tomogram: String? = nil) {
    (self.unit, self.pixelSizeAngstroms, self.tomogram) = (unit, pixelSizeAngstroms, tomogram)
  }
}

extension PointTable {
  /// The table with its coordinates taken as `reading` says. Coordinates that are measured from the tomogram's middle
  /// say so themselves and stay what they are.
  public func taken(as reading: PointReading) -> PointTable {
    switch units {
    case .centredAngstroms, .sceneAngstroms, .centredPixels: return self
    case .voxels, .angstroms, .fractions: break
    }
    guard reading.unit != nil || reading.pixelSizeAngstroms != nil else { return self }
    var table = self
    table.contradiction = nil
    switch reading.unit {
    case .angstrom: table.units = .angstroms
    case .fraction: table.units = .fractions
    case .voxel, nil: table.units = .voxels
    }
    table.pixelSizeSource = reading.pixelSizeAngstroms.map { _ in "--point-pixel-size" }
    table.entries = entries.map { entry in
      var entry = entry
      entry.pixelSize = reading.pixelSizeAngstroms
      return entry
    }
    return table
  }
}

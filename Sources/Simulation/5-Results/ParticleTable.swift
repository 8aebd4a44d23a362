import Files
import Points

extension Phantom {
  /// The particles as STAR; `species` picks those of one species.
  ///
  /// No tomogram is named: the table belongs to every tomogram of the folder.
  public func particleTable(species: Int? = nil) -> String {
    let columns = [
      "rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ", "rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi",
      "rlnClassNumber", "rlnPixelSize", "cryosamSpecies", "cryosamInstance", "cryosamVoxels",
      "cryosamDiameterAngstroms",
    ]
    var star = STARWriter(block: "particles", columns: columns)
    for particle in particles where species.map({ $0 == particle.species }) ?? true {
      let kind = requests[particle.species].species
      let angles = particle.rotation.relionAngles
      let centre = particle.centre
      star.add(
        [centre.x, centre.y, centre.z].map { decimal($0, places: 4) }
          + [angles.rot, angles.tilt, angles.psi].map { decimal($0, places: 4) } + [
            "\(particle.species + 1)", decimal(parameters.voxelSizeAngstroms, places: 4), kind.name,
            "\(particle.instance)", "\(particle.voxels)", decimal(kind.diameterAngstroms, places: 1),
          ])
    }
    return star.file
  }
}

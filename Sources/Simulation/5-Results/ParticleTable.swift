import Files

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
    var text = "\n# version 30001\n\ndata_particles\n\nloop_\n"
    for (index, column) in columns.enumerated() { text += "_\(column) #\(index + 1)\n" }
    for particle in particles where species.map({ $0 == particle.species }) ?? true {
      let kind = requests[particle.species].species
      let angles = particle.rotation.relionAngles
      let centre = particle.centre
      let cells =
        [centre.x, centre.y, centre.z].map { decimal($0, places: 4) }
        + [angles.rot, angles.tilt, angles.psi].map { decimal($0, places: 4) } + [
          "\(particle.species + 1)", decimal(parameters.voxelSizeAngstroms, places: 4), kind.name,
          "\(particle.instance)", "\(particle.voxels)", decimal(kind.diameterAngstroms, places: 1),
        ]
      text += cells.map { " " + $0.rightAligned(11) }.joined() + "\n"
    }
    return text + "\n"
  }
}

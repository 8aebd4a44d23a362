import Files

extension PhantomParameters {
  /// All of them, for `simulate.json`.
  public var json: JSON {
    let optional = { (value: Double?) -> JSON in value.map { .number($0) } ?? .null }
    let microscope: JSON = [
      "kilovolts": .number(imaging.kilovolts),
      "spherical_aberration_mm": .number(imaging.sphericalAberrationMillimetres),
      "amplitude_contrast": .number(imaging.amplitudeContrast),
      "defocus_um": .number(imaging.defocusMicrometres),
      "defocus_variation_um": .number(imaging.defocusVariationMicrometres),
      "dose_electrons_per_square_angstrom": .number(imaging.dose),
      "detective_quantum_efficiency": .number(imaging.detectiveQuantumEfficiency),
      "mean_free_path_angstrom": .number(imaging.meanFreePathAngstroms),
      "protein_potential_volt": .number(imaging.proteinPotentialVolts),
      "snr": imaging.signalToNoise.map { $0.isFinite ? .number($0) : "inf" } ?? .null,
      "jitter_voxel": .number(imaging.jitter),
      "tilt_angles_deg": .array(imaging.angles.map { .number($0) }),
      "tilt_order": .array(imaging.order.map { .integer($0) }),
    ]
    let reconstructed: JSON = [
      "phase_flip": .bool(reconstruction.flipsPhases), "cutoff_per_voxel": .number(reconstruction.cutoff),
      "falloff_per_voxel": .number(reconstruction.falloff), "inverted": .bool(reconstruction.inverted),
      "low_pass_angstrom": optional(reconstruction.lowPassAngstroms),
      "deconvolution": optional(reconstruction.deconvolution),
    ]
    return [
      "seed": .string("\(seed)"), "size_xyz": [.integer(size.x), .integer(size.y), .integer(size.z)],
      "voxel_size_angstrom": .number(voxelSizeAngstroms), "ice_margin_voxel": .integer(iceMargin),
      "crowding_mg_per_ml": .number(crowding), "film": .number(film), "tilt_axis": "y",
      "imaging": microscope, "reconstruction": reconstructed,
    ]
  }
}

extension Phantom {
  /// What was asked for and what became of it, without the command and the times.
  public var json: [(name: String, value: JSON)] {
    let species: [JSON] = requests.enumerated().map { index, request in
      let placed = particles.filter { $0.species == index }.count
      return [
        "name": .string(request.species.name), "code": .integer(index + 1),
        "description": .string(request.species.description),
        "diameter_angstrom": .number(rounded(request.species.diameterAngstroms, 10)),
        "mass_megadalton": .number(rounded(request.species.megadaltons, 1000)),
        "asked": .integer(request.count), "placed": .integer(placed),
      ]
    }
    return [
      ("parameters", parameters.json), ("species", .array(species)),
      (
        "codes",
        [
          "crowder": .integer(Int(ClassCode.crowder)), "membrane": .integer(Int(ClassCode.membrane)),
          "gold": .integer(Int(ClassCode.gold)),
        ]
      ),
      (
        "counts",
        [
          "particles": .integer(particles.count), "membranes": .integer(membranes), "gold": .integer(beads),
          "small_proteins_in_the_specimen": .integer(crowders),
        ]
      ),
      (
        "snr_per_tilt", .array(signalToNoise.map { $0.isFinite ? .number(rounded($0, 10_000)) : .null })
      ),
      ("contrast", .string(parameters.reconstruction.inverted ? "dense matter bright" : "dense matter dark")),
    ]
  }

  private func rounded(_ value: Double, _ scale: Double) -> Double { (value * scale).rounded() / scale }
}

import Files

extension StudyConfiguration {
  /// A configuration with everything that there is, explained; `cryosam study --example` prints it.
  public static let example = """
    # cryosam study study.yaml -o study
    # Paths are relative to this file. Keys marked (optional) may be left out.

    title: Four phantoms with the demo weights    # (optional)

    tomograms:
      # One item for each tomogram, or one for many with a '*' in the file's name: denoised/*.mrc
      - path: phantom-1/tomogram.mrc
        truth: phantom-1/particles.star           # STAR, CSV, text, CBOX or EMAN2's JSON
        truth_class: ribosome                     # (optional) only particles of this class or species
        radius: 110A                              # how far a pick may be from its particle: 110A, or 11 (voxels)
        truth_instances: phantom-1/instances.mrc  # (optional) labels, for panoptic quality and Dice
      - path: phantom-2/tomogram.mrc
        name: second                              # (optional) how it is called in the tables
        truth: phantom-2/particles.star
        truth_class: ribosome
        radius: 110A
        truth_coordinates:                        # (optional) if the table counts otherwise
          flip: yx                                # these axes from the other end: N - 1 - v
          shift: [0, 0, -16]                      # x, y, z, added afterwards
          round: true                             # to whole voxels

    weights:
      sam: weights/sam.safetensors                # always needed
      dinov2: weights/dinov2.safetensors          # those that the sweeps name
      dino: weights/dino.safetensors

    settings:                                     # (optional) the options of 'cryosam segment', for all runs
      similarity: 0.5
      iou: 0.5
      max_area: 1024
      # axes: zyx
      # contrast: [0.5, 99.5]
      # invert: true
      # dino_size: 518
      # precision: int8

    seed: 1                                       # (optional) of the random sets of prompts

    sweeps:
      # Each is a table: all combinations of its lists. Runs that two sweeps share are done once.
      - name: Table 1
        annotation: [single, 5, 10, 30, 50, 70]   # per cent of the true particles as prompts
        sets: 5                                   # (optional, 1) random sets of prompts
      - name: Table 2
        annotation: [single, 10]
        features: [sam, dino, dinov2]             # (optional, dinov2)
        tomograms: 1                              # (optional, all) only the first so many
      - name: Table 3
        annotation: [single, 10]
        matching: [naive, hierarchical]           # (optional, hierarchical)
      - name: Figure 5
        annotation: [10]
        top_k: [512, 1024, all]                   # (optional, 512)
        profile: paper                            # (optional, paper) or reference: what the released code does

    picks:                                        # (optional) other programs' results, as rows beside ours
      - method: crYOLO
        tables: [cryolo/1.cbox, cryolo/2.cbox]    # one for each tomogram, or one for all that names them
        least_score: 0.3                          # (optional)
        annotation: 100%                          # (optional) what the table shows
        run_time: 30-40 min                       # (optional) what the table shows

    """
}

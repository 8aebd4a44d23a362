import Files

extension PointTable {
  private static let cboxColumns = ["CoordinateX", "CoordinateY", "CoordinateZ", "Width", "Height"]

  /// Whether `block` is a table of crYOLO's boxes.
  static func isCBOX(_ block: STARFile.Block) -> Bool {
    cboxColumns.allSatisfy { block.column($0) != nil }
  }

  /// crYOLO's boxes in a tomogram (`.cbox` since 1.8; STAR).
  ///
  /// x and y are a box's corner, z is its centre: the box is traced through slices, and the depth says how far. So
  /// the centre is (x + width / 2, y + height / 2, z). The score is `_Confidence`. Source: crYOLO's own writer of
  /// EMAN's 3-D boxes, and what TomoTwin writes.
  ///
  /// - Throws: `Failure` that names the line of what is malformed; 2-D boxes, whose z is `<NA>`, too.
  init(cbox star: STARFile, _ block: STARFile.Block) throws {
    let columns = Self.cboxColumns.compactMap { block.column($0) }
    let confidence = block.column("Confidence")
    var entries: [Entry] = []
    var scoreFault: String?
    entries.reserveCapacity(block.rowCount)
    for row in 0..<block.rowCount {
      let line = block.line(ofRow: row)
      let box = try zip(columns, Self.cboxColumns).map { column, name in
        try finiteNumber(star.value(block, row: row, column: column), line: line, column: "_" + name)
      }
      // A box drawn by hand has no confidence.
      let score = confidence.map { star.value(block, row: row, column: $0) }
      entries.append(
        Entry(
          position: SIMD3(box[0] + box[3] / 2, box[1] + box[4] / 2, box[2]),
          score: score.flatMap { text in
            text == "<NA>"
              ? nil : optional(&scoreFault) { try finiteNumber(text, line: line, column: "_Confidence") }
          }, line: line))
    }
    self.init(format: "CBOX", units: .voxels, entries: entries)
    self.scoreFault = scoreFault
  }
}

import Files
import NN
import Points
import Runs
import Volumes

extension Score {
  /// What the columns of `values` are called in tables.
  static let columns = ["cryosamCosine", "cryosamCorrelation", "cryosamProfileDistance", "cryosamLogSize"]

  var values: [Double] { [cosine, correlation, profile, size] }
}

extension RunFolder {
  /// Writes all finds with all that was measured of them, `candidates.star`, and their masks, `candidates.safetensors`:
  /// tensor `runs [R, 5]`, a row for each run of voxels: the find's number from 0, z, y, first x, voxels.
  public func write(_ judgement: Judgement, of tomogram: Tomogram) throws {
    let hasUnwanted = judgement.kinds.contains { !$0.isWanted }
    let columns =
      ["cryosamPick", "cryosamKind", "cryosamVoxels"] + Score.columns + [
        "cryosamDensity", "cryosamContrast", "cryosamPredictedIoU", "cryosamAgreement",
        "cryosamTouchesBorder",
        "cryosamProposalX", "cryosamProposalY", "cryosamProposalZ", "cryosamSimilarity",
      ] + (hasUnwanted ? [Self.unwantedColumn] : [])
    let picks = zip(judgement.finds, judgement.isPick).map { find, isPick in
      let (measures, proposal) = (find.measures, find.proposal)
      return Pick(
        position: measures.centroid, figureOfMerit: find.score.total,
        extras: [isPick ? 1 : 0, Double(find.kind), Double(measures.voxels)] + find.score.values + [
          measures.density, measures.contrast, measures.predictedIoU, measures.agreement,
          measures.touchesBorder ? 1 : 0, Double(proposal.x), Double(proposal.y), Double(proposal.z),
          Double(proposal.similarity),
        ] + (hasUnwanted ? [Double(find.unwanted ?? -1)] : []), kind: judgement.kinds[find.mostLike].label)
    }
    let table = PickTable(
      micrograph: tomogram.tableName, pixelSizeAngstroms: tomogram.geometry.pixelSizeAngstroms,
      extraColumns: columns, picks: picks)
    try PickTable.write(table.starText, to: file(ResultNames.finds))
    let shape = tomogram.shape
    let rows = judgement.finds.enumerated().flatMap { number, find in
      find.mask.runs.flatMap { run -> [Float] in
        let (line, x) = run.lowerBound.quotientAndRemainder(dividingBy: shape.width)
        let (z, y) = line.quotientAndRemainder(dividingBy: shape.height)
        return [Float(number), Float(z), Float(y), Float(x), Float(run.count)]
      }
    }
    try SafetensorsFile.write(
      [("runs", Tensor([rows.count / 5, 5], rows))], metadata: ["columns": "find z y x voxels"],
      to: file(ResultNames.findMasks))
  }

  /// The kind that is not wanted that a find is most like, from 0, or -1.
  fileprivate static let unwantedColumn = "cryosamUnwanted"

  /// Reads the finds that `write` wrote.
  ///
  /// - Throws: `Failure` if a file is missing or damaged, or does not belong to `tomogram`.
  public func finds(in tomogram: Tomogram) throws -> [Find] {
    try FindTable(in: place, of: tomogram).finds
  }
}

/// All finds of a run, best first, as its folder has them.
public struct FindTable: Sendable {
  public let finds: [Find]
  /// Whether each was a pick when the results were last written.
  public let isPick: [Bool]

  /// Reads what is in `folder`.
  ///
  /// - Throws: `Failure` if a file is missing or damaged, or does not belong to `tomogram`.
  public init(in folder: String, of tomogram: Tomogram) throws {
    let masksPath = "\(folder)/\(ResultNames.findMasks)"
    let masks = try Self.masks(masksPath, in: tomogram.shape)
    let path = "\(folder)/\(ResultNames.finds)"
    let star = try STARFile(path)
    guard let block = star.blocks.first(where: { $0.column("cryosamProposalX") != nil }) else {
      throw Failure(.badData, path: path, "is not a table of finds", remedy: "segment again")
    }
    func number(_ row: Int, _ name: String) throws -> Double {
      guard let column = block.column(name) else {
        throw Failure(.badData, path: path, "has no column _\(name)", remedy: "segment again")
      }
      guard let value = Double(star.value(block, row: row, column: column)), value.isFinite else {
        throw Failure(
          .badData, path: path, "line \(block.line(ofRow: row)): _\(name) is no number",
          remedy: "segment again")
      }
      return value
    }
    func whole(_ row: Int, _ name: String) throws -> Int {
      guard let value = Int(exactly: try number(row, name)) else {
        throw Failure(
          .badData, path: path, "line \(block.line(ofRow: row)): _\(name) is not whole",
          remedy: "segment again")
      }
      return value
    }
    guard masks.count <= block.rowCount else {
      throw Failure(
        .badData, path: masksPath, "does not belong to \(ResultNames.finds)",
        remedy: "segment again")
    }
    let rows = 0..<block.rowCount
    isPick = try rows.map {
      block.column("cryosamPick") == nil ? false : try number($0, "cryosamPick") != 0
    }
    finds = try rows.map { row in
      let proposal = Proposal(
        z: try whole(row, "cryosamProposalZ"), y: try whole(row, "cryosamProposalY"),
        x: try whole(row, "cryosamProposalX"), similarity: Float(try number(row, "cryosamSimilarity")))
      let place = proposal.point
      guard tomogram.geometry.contains(x: place.x, y: place.y, z: place.z) else {
        throw Failure(
          .badData, path: path,
          "line \(block.line(ofRow: row)): the place of the prompt lies outside the tomogram",
          remedy: "segment again")
      }
      return Find(
        proposal: proposal,
        mask: row < masks.count ? masks[row] : .empty,
        measures: Measures(
          centroid: VoxelPoint(
            x: try number(row, "rlnCoordinateX"), y: try number(row, "rlnCoordinateY"),
            z: try number(row, "rlnCoordinateZ")),
          voxels: try whole(row, "cryosamVoxels"), density: try number(row, "cryosamDensity"),
          contrast: try number(row, "cryosamContrast"), predictedIoU: try number(row, "cryosamPredictedIoU"),
          agreement: try number(row, "cryosamAgreement"),
          touchesBorder: try number(row, "cryosamTouchesBorder") != 0),
        kind: try whole(row, "cryosamKind"),
        score: Score(
          cosine: try number(row, "cryosamCosine"), correlation: try number(row, "cryosamCorrelation"),
          size: try number(row, "cryosamLogSize"), profile: try number(row, "cryosamProfileDistance"),
          total: try number(row, "rlnAutopickFigureOfMerit")),
        unwanted: block.column(RunFolder.unwantedColumn) == nil
          ? nil : try whole(row, RunFolder.unwantedColumn).nonNegative)
    }
  }

  /// The masks, by the finds' numbers.
  private static func masks(_ path: String, in shape: VolumeShape) throws -> [VoxelMask] {
    let tensor = try SafetensorsFile(path).tensor("runs")
    let damaged = Failure(
      .badData, path: path, "is damaged or does not belong to the tomogram", remedy: "segment again")
    guard tensor.rank == 2, tensor.shape[1] == 5 else { throw damaged }
    let numbers = tensor.values.map { Int(exactly: $0) ?? -1 }
    var runs: [[Range<Int>]] = []
    for row in stride(from: 0, to: numbers.count, by: 5) {
      let (find, z, y, x, count) = (
        numbers[row], numbers[row + 1], numbers[row + 2], numbers[row + 3], numbers[row + 4]
      )
      guard find >= 0, find == runs.count - 1 || find == runs.count, (0..<shape.depth).contains(z),
        (0..<shape.height).contains(y), (0..<shape.width).contains(x), count > 0, count <= shape.width - x
      else { throw damaged }
      if find == runs.count { runs.append([]) }
      let start = shape.index(z, y, x)
      guard runs[find].last.map({ $0.upperBound <= start }) ?? true else { throw damaged }
      runs[find].append(start..<start + count)
    }
    return runs.map { VoxelMask(runs: $0) }
  }
}

extension Int {
  fileprivate var nonNegative: Int? { self < 0 ? nil : self }
}

import Cryo
import Files
import Points
import Runs
import Volumes

extension RunFolder {
  /// Writes the results of a complete run again, after another decision which of its finds are picks: tables, volumes,
  /// picture, page and, last, the record.
  ///
  /// - Parameter corrections: what people decided of single finds, for the record; nil: nothing.
  /// - Parameter formats: those that picks are written in beside the ones that they are in already.
  /// - Parameter series: what RELION knows of the tomogram, for formats that need it.
  /// - Returns: the instances of the picks.
  @discardableResult
  public func rewrite(
    _ record: JSON, _ judgement: Judgement, by cut: Cut, of tomogram: Tomogram, corrections: JSON? = nil,
    alsoIn formats: [PickFormat] = [], series: TiltSeries? = nil
  ) throws -> InstanceMap {
    let instances = InstanceMap(judgement, in: tomogram.shape)
    let stretch = try PipelineParameters(contrastOf: record).stretch(tomogram)
    try write(judgement, of: tomogram)
    let all = PickFormat.allCases.filter { pickFormats.contains($0) || formats.contains($0) }
    try write(
      instances, of: tomogram, stretch: stretch, formats: all, series: series,
      volumes: ResultNames.volumeFormat(in: path))
    var updated = record.cut(again: judgement, by: cut, instances)
    if var object = updated.object {
      object["corrections"] = corrections
      updated = .object(object)
    }
    try writeReport(updated, of: tomogram, stretch: stretch)
    try finish(updated)
    return instances
  }
}

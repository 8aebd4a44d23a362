import Cryo
import Files
import Runs
import Volumes

extension RunFolder {
  /// Writes the results of a complete run again, after another decision which of its finds are picks: tables, volumes,
  /// picture, page and, last, the record.
  ///
  /// - Parameter corrections: what people decided of single finds, for the record; nil: nothing.
  /// - Returns: the instances of the picks.
  @discardableResult
  public func rewrite(
    _ record: JSON, _ judgement: Judgement, by cut: Cut, of tomogram: Tomogram, corrections: JSON? = nil
  ) throws -> InstanceMap {
    let instances = InstanceMap(judgement, in: tomogram.shape)
    let stretch = try PipelineParameters(contrastOf: record).stretch(tomogram)
    try write(judgement, of: tomogram)
    try write(instances, of: tomogram, stretch: stretch, formats: pickFormats)
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

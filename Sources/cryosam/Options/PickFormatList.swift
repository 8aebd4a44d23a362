import ArgumentParser
import CommandLineKit
import Files
import Points
import Volumes

/// `--formats star,csv`
struct PickFormatList: ExpressibleByArgument {
  let formats: [PickFormat]
  static let star = PickFormatList(formats: [.star])

  init(formats: [PickFormat]) { self.formats = formats }

  init?(argument: String) {
    let named = argument.split(separator: ",", omittingEmptySubsequences: false)
    let formats = named.compactMap { PickFormat(named: String($0)) }
    guard formats.count == named.count, Set(formats).count == formats.count else { return nil }
    self.formats = formats
  }

  var defaultValueDescription: String { formats.map(\.rawValue).joined(separator: ",") }

  /// All formats' names.
  static let names = PickFormat.allCases.map(\.rawValue).joined(separator: ", ")

  static var help: ArgumentHelp { help(default: nil) }

  static func help(default usual: String?) -> ArgumentHelp {
    ArgumentHelp(
      "Formats of the picks, joined by commas, of \(names)\(usual.map { " (default: \($0))" } ?? "").",
      valueName: "formats")
  }

  /// Checks that the formats can be written of `tomogram`, and returns what RELION knows of it, if the options say.
  ///
  /// - Throws: `Failure` if something is missing, before the work and not after it.
  func series(in tables: PointReadingOptions, of tomogram: Tomogram) throws -> TiltSeries? {
    try series(in: tables.tiltSeries(), named: tables.tomogramName ?? tomogram.tableName, of: tomogram)
  }

  /// As above, with the table of tilt series and the tomogram's name in it.
  func series(in table: TiltSeriesTable?, named name: String, of tomogram: Tomogram) throws -> TiltSeries? {
    let isForRELION = formats.contains(.relion4) || formats.contains(.relion5)
    let series = isForRELION ? try table?.known(name) : table?.series(of: name)
    for format in formats {
      do { try format.check(tomogram.geometry, series: series) } catch let failure as Failure {
        throw tomogram.path.map(failure.inFile) ?? failure
      }
    }
    return series
  }
}

/// `--to imod`
extension PickFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(named: argument) }
}

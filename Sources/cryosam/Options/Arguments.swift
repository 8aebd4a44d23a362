import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Images
import NN
import Points
import Runs
import Volumes

extension Matching: ExpressibleByArgument {}
extension MaskForm: ExpressibleByArgument {}
extension Profile: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension SliceStorage: ExpressibleByArgument {}
extension FeatureExtractor: ExpressibleByArgument {}

/// `zyx`, `z`, `yx` ...: each axis at most once.
struct AxisList: ExpressibleByArgument {
  let axes: [Axis]

  init?(argument: String) {
    let named = argument.map { Axis(named: String($0)) }
    let found = named.compactMap { $0 }
    guard !found.isEmpty, found.count == named.count, Set(found).count == found.count else { return nil }
    axes = Axis.allCases.filter(found.contains)
  }
}

/// `0.5,99.5`
extension Percentiles: ExpressibleByArgument {
  public init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1] else { return nil }
    self.init(low, high)
    guard areSound else { return nil }
  }
}

/// `z`, `y` or `x`.
struct AxisArgument: ExpressibleByArgument {
  let axis: Axis

  init(_ axis: Axis) { self.axis = axis }

  init?(argument: String) {
    guard let axis = Axis(named: argument) else { return nil }
    self.axis = axis
  }

  static var allValueStrings: [String] { Axis.allCases.map(\.name) }
  var defaultValueDescription: String { axis.name }
}

/// `X,Y,Z` in voxels.
struct PointArgument: ExpressibleByArgument {
  let point: VoxelPoint

  /// Reads what follows `--point`; the error names the right form.
  static func read(_ argument: String) throws -> PointArgument {
    guard let point = PointArgument(argument: argument) else { throw NotAPoint(argument) }
    return point
  }

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 3, let x = numbers[0], let y = numbers[1], let z = numbers[2] else { return nil }
    guard x.isFinite, y.isFinite, z.isFinite else { return nil }
    point = VoxelPoint(x: x, y: y, z: z)
  }
}

/// What a point must look like; the text follows "The value '98' is invalid for '--point <x,y,z>': ".
struct NotAPoint: Error, CustomStringConvertible {
  let description: String
  /// Whether it has three numbers, only not written as they should be.
  let isThree: Bool

  init(_ argument: String) {
    let place = argument.split(separator: "=", maxSplits: 1).last ?? ""
    let numbers = place.split { " \t,;:/x()[]".contains($0) }
    isThree = numbers.count == 3 && numbers.allSatisfy { Double($0)?.isFinite ?? false }
    description =
      "it must be X,Y,Z, three numbers with commas and without blanks between them"
      + (isThree ? ": \(numbers.joined(separator: ","))" : ", such as 98,120,21")
  }
}

/// `X,Y,Z` or `CLASS=X,Y,Z` in voxels.
struct NamedPointArgument: ExpressibleByArgument {
  let point: NamedPoint

  /// Reads what follows `--point`; the error names the right form.
  static func read(_ argument: String) throws -> NamedPointArgument {
    guard let point = NamedPointArgument(argument: argument) else { throw NotAPoint(argument) }
    return point
  }

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let last = parts.last, let place = PointArgument(argument: String(last)) else { return nil }
    let name = parts.count == 2 ? String(parts[0]) : nil
    guard name != "" else { return nil }
    point = NamedPoint(name, place.point)
  }
}

extension String {
  /// What the weights at this path ask for.
  ///
  /// - Throws: `Failure` if they cannot be read.
  func recommendedSettings() throws -> RecommendedSettings {
    try RecommendedSettings(try SafetensorsFile(self))
  }
}

import Files
import Volumes

/// A box that a person draws on one slice.
package struct SliceBox: Sendable, Equatable {
  package let axis: Axis
  package let index: Int
  /// In voxels, with their centres at whole numbers.
  package let rows: ClosedRange<Double>
  package let columns: ClosedRange<Double>

  /// nil if `json` is none: `{"axis": "z", "index": 20, "from": [row, column], "to": [row, column]}`, corners in any order,
  /// cut off at the borders of the slice.
  package init?(_ json: JSON, in shape: VolumeShape) {
    func corner(_ name: String) -> [Double]? {
      let numbers = json[name]?.array?.compactMap(\.double) ?? []
      return numbers.count == 2 && numbers.allSatisfy { abs($0) < 1e9 } ? numbers : nil
    }
    guard let axis = json["axis"]?.string.flatMap({ Axis(named: $0) }), let index = json["index"]?.int,
      (0..<shape[axis]).contains(index), let from = corner("from"), let to = corner("to")
    else { return nil }
    func range(_ side: Int, _ count: Int) -> ClosedRange<Double>? {
      let low = max(0, min(from[side], to[side]))
      let high = min(Double(count - 1), max(from[side], to[side]))
      return low < high ? low...high : nil
    }
    guard let rows = range(0, shape[axis.row]), let columns = range(1, shape[axis.column]) else { return nil }
    (self.axis, self.index, self.rows, self.columns) = (axis, index, rows, columns)
  }
}

/// The outline of a mask on a small section: it stays sharp however large the section is shown.
package struct Outline {
  private let rows: Int
  private let columns: Int
  /// `[rows, columns]`
  private let isInside: [Bool]

  package init(_ isInside: [Bool], rows: Int, columns: Int) {
    precondition(isInside.count == rows * columns)
    (self.isInside, self.rows, self.columns) = (isInside, rows, columns)
  }

  private func has(_ row: Int, _ column: Int) -> Bool {
    row >= 0 && column >= 0 && row < rows && column < columns && isInside[row * columns + column]
  }

  /// The data of a `path`: lines along the sides between what is inside and what is not. A pixel is a unit wide, the first
  /// has its corner at (0, 0). Empty for an empty mask.
  package var path: String {
    var path = ""
    for row in 0...rows {
      for (start, length) in Self.stretches(columns, { has(row - 1, $0) != has(row, $0) }) {
        path += "M\(start) \(row)h\(length)"
      }
    }
    for column in 0...columns {
      for (start, length) in Self.stretches(rows, { has($0, column - 1) != has($0, column) }) {
        path += "M\(column) \(start)v\(length)"
      }
    }
    return path
  }

  /// Where `isOn` holds for numbers below `count` that follow one another.
  private static func stretches(_ count: Int, _ isOn: (Int) -> Bool) -> [(start: Int, length: Int)] {
    var found: [(start: Int, length: Int)] = []
    for number in 0..<count where isOn(number) {
      if let last = found.last, last.start + last.length == number {
        found[found.count - 1].length += 1
      } else {
        found.append((number, 1))
      }
    }
    return found
  }
}

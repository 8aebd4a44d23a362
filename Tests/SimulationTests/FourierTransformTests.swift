import Platform
import Simulation
import Testing

@Suite("Fourier transform")
struct FourierTransformTests {
  /// An image of random numbers.
  static func image(_ rows: Int, _ columns: Int, seed: UInt64) -> [Float] {
    var random = RandomStream(seed, .choice)
    return (0..<rows * columns).map { _ in Float(random.normal()) }
  }

  /// X(k, l) by its definition, in double precision.
  static func plain(_ image: [Float], _ rows: Int, _ columns: Int, _ k: Int, _ l: Int) -> (Double, Double) {
    var (re, im) = (0.0, 0.0)
    for row in 0..<rows {
      for column in 0..<columns {
        let turns = Double(k * row) / Double(rows) + Double(l * column) / Double(columns)
        re += Double(image[row * columns + column]) * cos(2 * Double.pi * turns)
        im -= Double(image[row * columns + column]) * sin(2 * Double.pi * turns)
      }
    }
    return (re, im)
  }

  @Test("is the plain transform", arguments: [(1, 1), (2, 1), (1, 8), (4, 4), (8, 32), (32, 16)])
  func definition(rows: Int, columns: Int) {
    let image = Self.image(rows, columns, seed: 3)
    let spectrum = ImageSpectrum(image, rows: rows, columns: columns)
    var worst = 0.0
    for k in 0..<rows {
      for l in 0..<columns {
        let expected = Self.plain(image, rows, columns, k, l)
        let value = spectrum.value(row: k, column: l)
        worst = max(worst, abs(Double(value.re) - expected.0), abs(Double(value.im) - expected.1))
      }
    }
    #expect(worst < 2e-5 * Double(rows * columns).squareRoot())
  }

  @Test("goes there and back") func inverse() {
    let image = Self.image(64, 128, seed: 4)
    let back = ImageSpectrum(image, rows: 64, columns: 128).image()
    let worst = zip(image, back).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 3e-6)
  }

  @Test("shifts towards higher indices") func shift() {
    let image = Self.image(16, 32, seed: 5)
    var spectrum = ImageSpectrum(image, rows: 16, columns: 32)
    spectrum.shift(rows: 3, columns: 5)
    let moved = spectrum.image()
    var worst: Float = 0
    for row in 0..<16 {
      for column in 0..<32 {
        let target = (row + 3) % 16 * 32 + (column + 5) % 32
        worst = max(worst, abs(moved[target] - image[row * 32 + column]))
      }
    }
    #expect(worst < 1e-5)
  }

  @Test("multiplies by functions of the frequency") func filter() {
    // A wave of 3 turns along the columns and 2 along the rows; the filter keeps its frequency alone.
    let wave: [Float] = (0..<32 * 16).map { index in
      let turns: Double = 2 * Double(index / 16) / 32 + 3 * Double(index % 16) / 16
      return Float(cos(2 * Double.pi * turns))
    }
    var spectrum = ImageSpectrum(wave.map { $0 + 1 }, rows: 32, columns: 16)
    spectrum.multiply { (row: Double, column: Double) -> Double in
      let isWave = abs(row) == 2.0 / 32 && abs(column) == 3.0 / 16
      return isWave ? 0.5 : 0
    }
    let worst = zip(spectrum.image(), wave).map { abs($0 - 0.5 * $1) }.max() ?? 1
    #expect(worst < 1e-5)
  }

  @Test("sizes", arguments: [(1, 1), (2, 2), (3, 4), (64, 64), (65, 128), (1000, 1024)])
  func size(count: Int, expected: Int) {
    #expect(FourierTransform.size(atLeast: count) == expected)
  }
}

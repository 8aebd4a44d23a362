import Platform

/// The discrete Fourier transform, X(k) = sum over n of x(n) exp(-2 pi i n k / N).
///
/// Radix 2, in place, float32 with twiddle factors computed in double precision. Columns are transformed as whole
/// rows of the image at a time, so that all loops run over neighbours in memory.
public struct FourierTransform: Sendable {
  public let count: Int
  private let cosines: [Float]
  private let sines: [Float]
  private let reversed: [Int]

  /// - Parameter count: a power of two.
  public init(_ count: Int) {
    precondition(count > 0 && count & (count - 1) == 0, "\(count) is no power of two")
    self.count = count
    let angles = (0..<max(1, count / 2)).map { 2 * Double.pi * Double($0) / Double(count) }
    cosines = angles.map { Float(cos($0)) }
    sines = angles.map { Float(sin($0)) }
    let bits = count.trailingZeroBitCount
    reversed = (0..<count).map { index in
      (0..<bits).reduce(0) { $0 | ((index >> $1) & 1) << (bits - 1 - $1) }
    }
  }

  /// The least power of two that is not below `count`.
  public static func size(atLeast count: Int) -> Int {
    var size = 1
    while size < count { size *= 2 }
    return size
  }

  /// Transforms along the first axis of `re + i im`, `[count, width]`, without a factor in either direction.
  func transform(
    _ re: UnsafeMutablePointer<Float>, _ im: UnsafeMutablePointer<Float>, width: Int, inverse: Bool
  ) {
    for index in 0..<count where index < reversed[index] {
      let (a, b) = (index * width, reversed[index] * width)
      for column in 0..<width {
        (re[a + column], re[b + column]) = (re[b + column], re[a + column])
        (im[a + column], im[b + column]) = (im[b + column], im[a + column])
      }
    }
    var half = 1
    while half < count {
      let step = count / (2 * half)
      for offset in 0..<half {
        let c = cosines[offset * step]
        let s = inverse ? sines[offset * step] : -sines[offset * step]
        var top = offset
        while top < count {
          Self.butterfly(re + top * width, im + top * width, half * width, width, c, s)
          top += 2 * half
        }
      }
      half *= 2
    }
  }

  /// One butterfly of two rows that lie `distance` apart.
  private static func butterfly(
    _ re: UnsafeMutablePointer<Float>, _ im: UnsafeMutablePointer<Float>, _ distance: Int, _ width: Int,
    _ c: Float, _ s: Float
  ) {
    let (re2, im2) = (re + distance, im + distance)
    for column in 0..<width {
      let real = re2[column] * c - im2[column] * s
      let imaginary = re2[column] * s + im2[column] * c
      re2[column] = re[column] - real
      im2[column] = im[column] - imaginary
      re[column] += real
      im[column] += imaginary
    }
  }
}

/// The spectrum of an image: its transform, with frequencies as a plain transform orders them.
///
/// Stored transposed, `[columns, rows]`; filters are functions of the frequencies, in cycles per pixel.
public struct ImageSpectrum: Sendable {
  public let rows: Int
  public let columns: Int
  private let alongRows: FourierTransform
  private let alongColumns: FourierTransform
  /// `[columns, rows]`
  private(set) var re: [Float]
  private(set) var im: [Float]

  /// Of `image [rows, columns]`; both sizes powers of two.
  public init(_ image: [Float], rows: Int, columns: Int) {
    precondition(image.count == rows * columns)
    (self.rows, self.columns) = (rows, columns)
    alongRows = FourierTransform(columns)
    alongColumns = FourierTransform(rows)
    (re, im) = (image, [Float](repeating: 0, count: image.count))
    Self.run(alongColumns, &re, &im, width: columns, inverse: false)
    re = Self.transposed(re, rows: rows, columns: columns)
    im = Self.transposed(im, rows: rows, columns: columns)
    Self.run(alongRows, &re, &im, width: rows, inverse: false)
  }

  /// The value at row frequency `row` and column frequency `column`.
  public func value(row: Int, column: Int) -> (re: Float, im: Float) {
    (re[column * rows + row], im[column * rows + row])
  }

  /// The frequency of element `index` of `count`, in cycles per pixel: -1/2 up to 1/2.
  public static func frequency(_ index: Int, of count: Int) -> Double {
    Double(index <= count / 2 ? index : index - count) / Double(count)
  }

  /// Multiplies by `factor(row frequency, column frequency)`, which is real.
  public mutating func multiply(_ factor: (Double, Double) -> Double) {
    for column in 0..<columns {
      let across = Self.frequency(column, of: columns)
      for row in 0..<rows {
        let f = Float(factor(Self.frequency(row, of: rows), across))
        re[column * rows + row] *= f
        im[column * rows + row] *= f
      }
    }
  }

  /// Shifts the image by (rows, columns) pixels towards higher indices.
  public mutating func shift(rows down: Double, columns right: Double) {
    for column in 0..<columns {
      for row in 0..<rows {
        let turns = Self.frequency(row, of: rows) * down + Self.frequency(column, of: columns) * right
        let (c, s) = (Float(cos(2 * Double.pi * turns)), Float(-sin(2 * Double.pi * turns)))
        let index = column * rows + row
        (re[index], im[index]) = (re[index] * c - im[index] * s, re[index] * s + im[index] * c)
      }
    }
  }

  /// The image `[rows, columns]`: the real part of the inverse transform.
  public func image() -> [Float] {
    var (re, im) = (re, im)
    Self.run(alongRows, &re, &im, width: rows, inverse: true)
    re = Self.transposed(re, rows: columns, columns: rows)
    im = Self.transposed(im, rows: columns, columns: rows)
    Self.run(alongColumns, &re, &im, width: columns, inverse: true)
    let scale = 1 / Float(rows * columns)
    return re.map { $0 * scale }
  }

  private static func run(
    _ transform: FourierTransform, _ re: inout [Float], _ im: inout [Float], width: Int, inverse: Bool
  ) {
    re.withUnsafeMutableBufferPointer { re in
      im.withUnsafeMutableBufferPointer { im in
        guard let real = re.baseAddress, let imaginary = im.baseAddress else { return }
        transform.transform(real, imaginary, width: width, inverse: inverse)
      }
    }
  }

  private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: values.count) { output, count in
      for row in 0..<rows {
        for column in 0..<columns { output[column * rows + row] = values[row * columns + column] }
      }
      count = values.count
    }
  }
}

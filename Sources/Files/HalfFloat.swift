extension Float {
  /// The value of an IEEE binary16 number, exactly. Without branches, so that loops become vector code.
  @inlinable
  package init(half: UInt16) {
    let bits = UInt32(half)
    // Exponents differ by 112; the product also normalises subnormal numbers.
    let scaled = Float(bitPattern: (bits & 0x7FFF) << 13) * 0x1p112
    let special: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    self = Float(bitPattern: scaled.bitPattern | special | (bits & 0x8000) << 16)
  }

  /// The value of a bfloat16 number: the upper half of a float32.
  @inlinable
  package init(bfloat: UInt16) {
    self = Float(bitPattern: UInt32(bfloat) << 16)
  }
}

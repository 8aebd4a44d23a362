import Files
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
  /// The numbers that the reference implementation in C (Vigna, prng.di.unimi.it/splitmix64.c) gives.
  @Test("the reference's numbers") func reference() {
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    for number in expected { #expect(generator.next() == number) }
    #expect(SplitMix64.first(ofSeed: 1_234_567) == expected[0])
    #expect(SplitMix64.mix(0) == 0)
  }
}

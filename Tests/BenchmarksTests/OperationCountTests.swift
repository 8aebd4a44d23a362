import Benchmarks
import DINOv2
import SAM
import Testing

@Suite("Operations of the originals")
struct OperationCountTests {
  @Test("encoders as published") func encoders() {
    // Counted on the official code: 1.02 and 5.96 TFLOP.
    #expect((DINOConfiguration.vitL14Registers.operations(side: 518) / 1e10).rounded() == 102)
    #expect((SAMConfiguration.vitH.encoderOperations / 1e10).rounded() == 596)
    #expect((SAMConfiguration.vitB.encoderOperations / 1e10).rounded() == 97)
  }

  @Test("decoder as PyTorch counts it") func decoder() {
    // `torch.utils.flop_counter` on the decoder of `transformers` says 3.6247e9, of which 2 · 2 · 128 for each of 4096
    // cells and 2 tokens are the Fourier features, and 36,175,872 for the convolutions of a mask prompt.
    let point = SAMConfiguration.vitH.decoderOperations(points: 1, hasMask: false)
    let fourier = 2.0 * 2 * 128 * (4096 + 2)
    #expect(abs(point + fourier - 3_624_702_976) < 1e6)
    #expect(SAMConfiguration.vitH.decoderOperations(points: 1, hasMask: true) - point == 36_175_872)
  }
}

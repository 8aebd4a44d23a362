/// The numbers that the linear layers of an encoder's blocks compute with. All else, attention, norms, sums and results, is
/// float32.
public enum Precision: String, Sendable, CaseIterable {
  case float32
  /// Weights and activations in bfloat16, sums in float32.
  case bfloat16
  /// Weights in eight bits by output, activations by token, after a rotation; sums exact (`NarrowWeight`).
  case int8
}

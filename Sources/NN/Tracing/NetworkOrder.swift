/// The order in which the networks compute what a trace holds, told from the names alone.
///
/// A part's own name stands for its output and comes after its parts: `block.2.norm1`, `block.2`, `block.10`.
public enum NetworkOrder {
  /// `names` in the order of computation. Names that no network uses keep their order, behind all others.
  public static func sorted(_ names: [String]) -> [String] {
    let keyed = names.enumerated().map { (key: key($1) ?? [.max, $0], name: $1) }
    return keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.name)
  }

  /// What is computed inside each part, in order; `#` stands for any number.
  private static let parts: [String: [String]] = [
    "": [
      "input", "patch_embedding", "tokens", "block", "neck", "x_norm_clstoken", "x_norm_regtokens",
      "x_norm_patchtokens", "image_embedding", "prompt", "decoder", "low_res_logits", "iou_predictions",
      "masks",
    ],
    "block.#": [
      "norm1", "qkv", "heads", "attention", "after_attention", "norm2", "hidden", "feed_forward",
    ],
    "neck": ["conv1", "norm1", "conv2"],
    "prompt": ["sparse", "mask_features", "dense"],
    "decoder": [
      "tokens", "image", "positions", "layer", "final_attention", "final_norm", "upscaling",
      "hypernetwork", "iou",
    ],
    "decoder.layer.#": [
      "self_attention", "norm1", "token_to_image", "norm2", "hidden", "mlp", "norm3", "image_to_token",
      "norm4",
    ],
    "decoder.upscaling": ["conv1", "norm"],
  ]

  /// The place of `name`, for lexicographic comparison; nil if some part of it is not known.
  private static func key(_ name: String) -> [Int]? {
    var key: [Int] = []
    var path = ""
    for part in name.split(separator: ".", omittingEmptySubsequences: false) {
      if let number = Int(part), number >= 0 {
        key.append(number)
        path += ".#"
      } else {
        guard let place = parts[path]?.firstIndex(of: String(part)) else { return nil }
        key.append(place)
        path += path.isEmpty ? String(part) : ".\(part)"
      }
    }
    return key + [.max]
  }
}

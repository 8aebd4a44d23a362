import Files
import NN

/// The numbers that slices are stored in. A slice that was just made is worked on as it is stored, so that results do not
/// depend on which slices were there.
public enum SliceStorage: String, Sendable, CaseIterable {
  case float32
  /// Half as large: 11 bits of precision, up to 65504.
  case float16

  /// `record` as it reads when it was stored.
  func stored(_ record: SliceRecord) -> SliceRecord {
    guard self == .float16 else { return record }
    let halves = record.tensor.withElements { values in values.map { Float(Self.half($0)) } }
    return SliceRecord(Tensor(record.tensor.shape, halves), sizes: record.sizes)
  }

  /// `tensor`, which holds numbers of this kind, as a file has it.
  func content(_ tensor: Tensor) -> SafetensorsFile.Content {
    guard self == .float16 else { return .tensor(tensor) }
    let halves = tensor.withElements { values in values.map { Self.half($0).bitPattern.littleEndian } }
    return .bytes(.f16, tensor.shape, halves.withUnsafeBytes { Array($0) })
  }

  /// The nearest half; the largest for what is beyond it.
  private static func half(_ value: Float) -> Float16 {
    let largest = Float(Float16.greatestFiniteMagnitude)
    return value.isFinite ? Float16(min(max(value, -largest), largest)) : Float16(value)
  }

  /// What of it belongs to a key: nothing of float32.
  var keyParts: [(String, JSON)] { self == .float32 ? [] : [("stored_as", .string(rawValue))] }

  /// Bytes of a number.
  public var size: Int { self == .float32 ? 4 : 2 }
}

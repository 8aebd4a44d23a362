import Files

/// A recorded tensor: as it was, or every `stride`th of its elements.
public struct TracedTensor: Sendable {
  public let name: String
  /// The values: of `shape`, or a vector if they are sampled.
  public let tensor: Tensor
  public let sampling: TensorSampling

  /// Elements up to which tensors are recorded whole by default.
  public static let usualLimit = 1 << 16

  /// Samples `tensor` if it has more than `limit` elements.
  public init(_ name: String, _ tensor: Tensor, limit: Int) {
    self.name = name
    sampling = TensorSampling(tensor.shape, limit: limit)
    self.tensor = sampling.stride == 1 ? tensor : Tensor([sampling.count], sampling.sample(tensor.values))
  }
}

/// Which elements of a large tensor are kept: 0, k, 2k ... of its row-major order.
///
/// k shares no factor with the length of the last axis, so the samples fall on all channels in turn.
public struct TensorSampling: Sendable, Equatable {
  /// The tensor's own shape.
  public let shape: [Int]
  /// k; 1 if all are kept.
  public let stride: Int

  public init(_ shape: [Int], stride: Int = 1) {
    (self.shape, self.stride) = (shape, stride)
  }

  /// The smallest k that leaves at most `limit` elements.
  public init(_ shape: [Int], limit: Int) {
    let count = shape.reduce(1, *)
    self.shape = shape
    guard count > max(1, limit) else {
      stride = 1
      return
    }
    var stride = (count + max(1, limit) - 1) / max(1, limit)
    while Self.greatestCommonDivisor(stride, shape.last ?? 1) > 1 { stride += 1 }
    self.stride = stride
  }

  /// The number of elements that are kept.
  public var count: Int { (shape.reduce(1, *) + stride - 1) / stride }

  /// The kept ones of all elements.
  public func sample(_ values: [Float]) -> [Float] {
    stride == 1 ? values : Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }
  }

  /// The place in the tensor of the kept element `index`, one number for each axis.
  public func place(_ index: Int) -> [Int] {
    var rest = index * stride
    return shape.reversed().map { length in
      defer { rest /= max(1, length) }
      return rest % max(1, length)
    }.reversed()
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}

extension SafetensorsFile {
  /// The metadata that says which tensors of a trace are sampled: `{"NAME": {"shape": [...], "stride": k}}`.
  public static let samplingKey = "cryosam.sampled"

  /// The metadata of a file of `tensors`; empty if none is sampled.
  public static func samplingMetadata(_ tensors: [TracedTensor]) -> [String: String] {
    var object = JSON.Object()
    for traced in tensors where traced.sampling.stride > 1 {
      object.append(
        traced.name,
        [
          "shape": .array(traced.sampling.shape.map { .integer($0) }),
          "stride": .integer(traced.sampling.stride),
        ])
    }
    return object.members.isEmpty ? [:] : [samplingKey: JSON.object(object).text]
  }

  /// How each tensor of this file was sampled. Those that are not named in the metadata are whole.
  ///
  /// - Throws: `Failure` if the metadata is unsound or does not fit the tensors.
  public func samplings() throws -> [String: TensorSampling] {
    var samplings: [String: TensorSampling] = [:]
    for name in names { samplings[name] = TensorSampling(entry(name)?.shape ?? []) }
    guard let text = metadata[Self.samplingKey] else { return samplings }
    let json: JSON
    do { json = try JSON(parsing: text) } catch let failure as Failure {
      throw unsoundSampling("that \(failure.reason)")
    }
    guard let object = json.object else { throw unsoundSampling("that is \(json.kind)") }
    for (name, value) in object.members {
      guard let shape = value["shape"]?.ints, let stride = value["stride"]?.int,
        (1...1 << 48).contains(stride), let bytes = SafetensorsElement.f32.byteCount(shape),
        let entry = entry(name), entry.shape == [(bytes / 4 + stride - 1) / stride]
      else { throw unsoundSampling("that does not fit tensor '\(name)'") }
      samplings[name] = TensorSampling(shape, stride: stride)
    }
    return samplings
  }

  private func unsoundSampling(_ reason: String) -> Failure {
    Failure(
      .badData, path: path, "has metadata '\(Self.samplingKey)' \(reason)", remedy: "make the trace again")
  }
}

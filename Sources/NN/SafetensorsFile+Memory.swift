import Files

extension SafetensorsFile {
  /// A file that is only in memory, of tensors declared as for `SafetensorsWriter`: for weights that are made, not read.
  ///
  /// - Parameter path: what failures call it.
  /// - Parameter fill: writes all bytes of one tensor.
  /// - Throws: `Failure` if there is not so much memory, a name is declared twice or a size overflows.
  public convenience init(
    inMemory path: String, _ tensors: [SafetensorsWriter.Declaration], metadata: [String: String] = [:],
    fill: (SafetensorsWriter.Declaration, UnsafeMutableRawBufferPointer) -> Void
  ) throws {
    let header = try SafetensorsWriter.header(of: tensors, metadata: metadata, path: path)
    let map = try MappedFile(inMemory: path, count: header.bytes.count + header.dataBytes) { bytes in
      bytes.copyBytes(from: header.bytes)
      var start = header.bytes.count
      for tensor in tensors {
        let end = start + (tensor.element.byteCount(tensor.shape) ?? 0)
        fill(tensor, UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end]))
        start = end
      }
    }
    try self.init(map)
  }
}

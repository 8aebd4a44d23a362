/// What a file is by its first bytes, whatever its name is.
public enum FileSignature: Sendable, Equatable {
  case empty
  /// `torch.save` since PyTorch 1.6, or any other ZIP archive; `torch.save` puts its pickle first.
  case zip(ofTorch: Bool)
  /// `torch.save` before PyTorch 1.6, or any other pickle.
  case pickle
  case safetensors
  case json
  case png
  case npy
  case hdf5
  case gzip
  case bzip2
  case mrc
  case webPage
  /// What git leaves in a repository in place of a large file.
  case lfsPointer
  case unknown

  /// Bytes of a file that tell what it is.
  public static let length = 512

  /// - Parameter start: the first bytes of a file, `length` of them or all that it has.
  public init(_ start: some Collection<UInt8>) {
    let bytes = Array(start.prefix(Self.length))
    func has(_ signature: [UInt8], at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: signature)
    }
    func text(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }
    self =
      if bytes.isEmpty {
        .empty
      } else if has([0x50, 0x4B, 3, 4]) || has([0x50, 0x4B, 5, 6]) {
        .zip(ofTorch: bytes.dropFirst(30).prefix(200).firstRange(of: Array("/data.pkl".utf8)) != nil)
      } else if has([0, 0, 0, 0], at: 4), has([0x7B], at: 8) {
        .safetensors
      } else if bytes[0] == 0x80, bytes.count > 2, 2...5 ~= bytes[1] {
        .pickle
      } else if has([0x89, 0x50, 0x4E, 0x47]) {
        .png
      } else if has([0x93]), text("NUMPY", at: 1) {
        .npy
      } else if has([0x89]), text("HDF", at: 1) {
        .hdf5
      } else if has([0x1F, 0x8B]) {
        .gzip
      } else if text("BZh") {
        .bzip2
      } else if text("MAP", at: 208) {
        .mrc
      } else if text("version https:/") {
        .lfsPointer
      } else if text("<") {
        .webPage
      } else if text("{") {
        .json
      } else {
        .unknown
      }
  }

  /// What a message calls it: `is ...`; nil if that is not known.
  public var description: String? {
    switch self {
    case .empty: "is empty"
    case .zip(ofTorch: true): "is a checkpoint of PyTorch"
    case .zip(ofTorch: false): "is a ZIP archive"
    case .pickle: "is a pickle of Python, as torch.save wrote before PyTorch 1.6"
    case .safetensors: "is a safetensors file"
    case .json: "is a JSON file"
    case .png: "is a PNG image"
    case .npy: "is an array of NumPy"
    case .hdf5: "is an HDF5 file"
    case .gzip: "is compressed by gzip"
    case .bzip2: "is compressed by bzip2"
    case .mrc: "is an MRC volume"
    case .webPage: "is a web page"
    case .lfsPointer: "is a Git LFS pointer, not the file itself"
    case .unknown: nil
    }
  }
}

import Files
import Parallel

/// The stored voxels of one volume and how to read them as float32.
///
/// Nothing is copied: voxels are converted as slices are gathered.
struct VoxelSource: @unchecked Sendable {
  /// What keeps `base` alive.
  private let owner: AnyObject
  private let base: UnsafeRawPointer
  let format: VoxelFormat
  let bigEndian: Bool
  let count: Int
  /// Voxels from one to the next along z, y, x.
  let stride: (z: Int, y: Int, x: Int)

  /// Volume `volume` of `file`.
  init(_ file: MRCFile, volume: Int) {
    let bytes = file.layout.geometry.count * file.layout.format.size
    let all = file.voxels
    precondition(volume >= 0 && (volume + 1) * bytes <= all.count)
    guard let start = all.baseAddress else { preconditionFailure("a volume has at least one voxel") }
    owner = file.owner
    base = start + volume * bytes
    format = file.layout.format
    bigEndian = file.layout.bigEndian
    count = file.layout.geometry.count
    stride = file.layout.stride
  }

  /// Voxels `[D, H, W]` that `memory` holds, and nothing else.
  init(_ memory: MappedFile, format: VoxelFormat, bigEndian: Bool, shape: VolumeShape) {
    precondition(memory.count == shape.count * format.size)
    guard let start = memory.bytes.baseAddress else { preconditionFailure("a volume has at least one voxel") }
    (owner, base) = (memory, start)
    (self.format, self.bigEndian, count) = (format, bigEndian, shape.count)
    stride = (shape.stride(.z), shape.stride(.y), shape.stride(.x))
  }

  /// Float32 voxels `[D, H, W]` in memory.
  init(_ voxels: [Float], geometry: Geometry) {
    precondition(voxels.count == geometry.count)
    let memory = FloatMemory(voxels)
    owner = memory
    base = UnsafeRawPointer(memory.start)
    format = .float32
    bigEndian = false
    count = voxels.count
    stride = (geometry.height * geometry.width, geometry.width, 1)
  }

  /// The voxels of slice `index` across `axis` as stored, row-major.
  func plane(_ axis: Axis, _ index: Int, _ shape: VolumeShape) -> [Float] {
    let (rows, columns) = shape.plane(axis)
    let (first, rowStride, columnStride) =
      switch axis {
      case .z: (index * stride.z, stride.y, stride.x)
      case .y: (index * stride.y, stride.z, stride.x)
      case .x: (index * stride.x, stride.z, stride.y)
      }
    return [Float](written: rows * columns) { target in
      Parallel.forEachRange(rows, size: max(1, (1 << 16) / columns)) { range in
        for row in range {
          let line = target[row * columns..<(row + 1) * columns]
          guard let start = line.baseAddress else { return }
          read(start, count: columns, first: first + row * rowStride, stride: columnStride)
        }
      }
    }
  }

  /// Reads `count` voxels into `output`, from voxel `first` on, each `stride` voxels after the one before.
  func read(_ output: UnsafeMutablePointer<Float>, count: Int, first: Int, stride: Int) {
    precondition(first >= 0 && count > 0 && first + (count - 1) * stride < self.count)
    withExtendedLifetime(owner) {
      let start = base + first * format.size
      let step = stride * format.size
      switch format {
      case .int8: gather(output, count, start, step) { Float($0.load(as: Int8.self)) }
      case .uint8: gather(output, count, start, step) { Float($0.load(as: UInt8.self)) }
      case .int16: gather(Int16.self, output, count, start, step) { Float($0) }
      case .uint16: gather(UInt16.self, output, count, start, step) { Float($0) }
      case .int32: gather(Int32.self, output, count, start, step) { Float($0) }
      case .uint32: gather(UInt32.self, output, count, start, step) { Float($0) }
      case .int64: gather(Int64.self, output, count, start, step) { Float($0) }
      case .uint64: gather(UInt64.self, output, count, start, step) { Float($0) }
      case .float16: gather(UInt16.self, output, count, start, step) { Float(half: $0) }
      case .float32 where stride == 1 && !bigEndian:
        UnsafeMutableRawPointer(output).copyMemory(from: start, byteCount: count * 4)
      case .float32: gather(UInt32.self, output, count, start, step) { Float(bitPattern: $0) }
      case .float64: gather(UInt64.self, output, count, start, step) { Float(Double(bitPattern: $0)) }
      }
    }
  }

  /// Voxels of several bytes, in either order.
  @inline(__always)
  private func gather<Word: FixedWidthInteger>(
    _: Word.Type, _ output: UnsafeMutablePointer<Float>, _ count: Int, _ start: UnsafeRawPointer, _ step: Int,
    _ value: (Word) -> Float
  ) {
    if bigEndian {
      gather(output, count, start, step) { value(Word(bigEndian: $0.loadUnaligned(as: Word.self))) }
    } else {
      gather(output, count, start, step) { value(Word(littleEndian: $0.loadUnaligned(as: Word.self))) }
    }
  }

  @inline(__always)
  private func gather(
    _ output: UnsafeMutablePointer<Float>, _ count: Int, _ start: UnsafeRawPointer, _ step: Int,
    _ load: (UnsafeRawPointer) -> Float
  ) {
    var position = start
    for index in 0..<count {
      output[index] = load(position)
      position += step
    }
  }
}

/// Floats at a fixed address.
private final class FloatMemory: @unchecked Sendable {
  let start: UnsafeMutablePointer<Float>

  init(_ values: [Float]) {
    start = .allocate(capacity: values.count)
    values.withUnsafeBufferPointer { buffer in
      if let source = buffer.baseAddress { start.initialize(from: source, count: values.count) }
    }
  }

  deinit { start.deallocate() }
}

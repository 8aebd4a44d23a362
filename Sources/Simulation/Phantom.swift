import Files
import FoundationEssentials
import Runs
import Volumes

/// A simulated tomogram with its truth. Volumes are `[z, y, x]`.
public struct Phantom: Sendable {
  public let parameters: PhantomParameters
  public let requests: [SpeciesRequest]
  /// Mean 0, standard deviation 1; dense matter dark unless inverted.
  public let tomogram: [Float]
  /// The second tomogram, if one was asked for.
  public let filtered: [Float]?
  /// Which particle, by its row in the table, from 1; 0: none.
  public let instances: [UInt16]
  /// What is there: a species from 1, or a `ClassCode`.
  public let classes: [UInt8]
  /// Noise-free density above that of ice, solid protein being 1.
  public let density: [Float]
  public let particles: [PlacedParticle]
  /// Membranes, beads and small proteins that were placed.
  public let membranes: Int
  public let beads: Int
  public let crowders: Int
  /// Signal over noise variance of each image, in the order of angles.
  public let signalToNoise: [Double]

  public var geometry: Geometry {
    Geometry(
      depth: parameters.size.z, height: parameters.size.y, width: parameters.size.x,
      voxelSizeAngstroms: SIMD3(repeating: parameters.voxelSizeAngstroms))
  }

  /// Simulates.
  ///
  /// - Throws: `Failure` if a species is thicker than the ice, there are too many, or the specimen needs more
  ///   memory than `memoryLimit` bytes.
  public init(
    _ parameters: PhantomParameters, _ requests: [SpeciesRequest], memoryLimit: Int = usualMemory,
    observer: any RunObserver
  ) throws {
    let field = parameters.field
    try Self.check(requests, field)
    let angles = parameters.imaging.angles
    let detector = Detector(field, angles: angles)
    let empty = try Specimen(
      field, marginX: detector.marginX(field, angles: angles), marginY: detector.marginY,
      memoryLimit: memoryLimit)
    var builder = SpecimenBuilder(parameters, requests, specimen: empty, observer: observer)
    builder.build()
    let specimen = builder.specimen
    let series = TiltSeries(specimen, detector, parameters: parameters, observer: observer)
    let makesFiltered = parameters.reconstruction.makesFiltered
    let stage = observer.begin(
      "reconstruction", total: angles.count * (makesFiltered ? 2 : 1), unit: "images")
    let projector = Backprojection(field: field, detector: detector, parameters: parameters)
    tomogram = projector.reconstruct(series, filtered: false, stage: stage)
    filtered = makesFiltered ? projector.reconstruct(series, filtered: true, stage: stage) : nil
    stage.finish()

    self.parameters = parameters
    self.requests = requests
    instances = Self.turned(specimen.instances, field)
    classes = Self.turned(specimen.classes, field)
    density = Self.turned(specimen.fieldDensity, field)
    particles = builder.particles
    (membranes, beads, crowders) = (builder.membranes, builder.beads, builder.crowders)
    signalToNoise = series.images.map {
      $0.noiseVariance > 0 ? $0.signalVariance / $0.noiseVariance : .infinity
    }
  }

  /// Half of the machine's memory.
  public static let usualMemory = Int(ProcessInfo.processInfo.physicalMemory / 2)

  private static func check(_ requests: [SpeciesRequest], _ field: FieldOfView) throws {
    precondition(requests.count <= ClassCode.mostSpecies)
    guard field.ice > 0 else {
      throw Failure(.usage, "no ice is left between two margins of \(field.iceMargin) voxels")
    }
    for request in requests where request.count > 0 && !field.holds(request.species) {
      let extent = Int(request.species.extent(voxelSizeAngstroms: field.voxelSizeAngstroms).rounded(.up))
      throw Failure(
        .usage,
        "'\(request.species.name)' needs \(extent) voxels in every direction; the field of view has \(field.width) x "
          + "\(field.height), the ice \(field.ice)",
        remedy: "give a larger --size, a coarser --voxel-size, or other species")
    }
  }

  /// `values [z, x, y]` as `[z, y, x]`.
  private static func turned<Value>(_ values: [Value], _ field: FieldOfView) -> [Value] {
    let (width, height) = (field.width, field.height)
    return [Value](unsafeUninitializedCapacity: values.count) { output, count in
      for z in 0..<field.depth {
        for y in 0..<height {
          for x in 0..<width {
            output.initializeElement(
              at: (z * height + y) * width + x, to: values[(z * width + x) * height + y])
          }
        }
      }
      count = values.count
    }
  }
}

extension Specimen {
  /// The density of the field of view, `[z, x, y]`.
  var fieldDensity: [Float] {
    var values: [Float] = []
    values.reserveCapacity(field.count)
    for z in 0..<depth {
      for x in marginX..<marginX + field.width {
        let line = index(z, x, marginY)
        values += density[line..<line + field.height]
      }
    }
    return values
  }
}

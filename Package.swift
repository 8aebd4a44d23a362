// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in every target of ours.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// The kernels' sources are built three times, each for another level of the x86-64 instruction set, and the
/// level is chosen when the program starts (`NN/InstructionSet.swift`). `Sources/KernelsAVX2` and
/// `Sources/KernelsAVX512` are links to `Sources/Kernels`. On other processors all three are the same code.
func kernels(_ level: String) -> [SwiftSetting] {
  #if arch(x86_64)
    return strict + [
      .unsafeFlags(["-Ounchecked", "-Xcc", "-march=\(level)"]), .define("FUSED_MULTIPLY_ADD"),
    ]
  #else
    return strict + [.unsafeFlags(["-Ounchecked"])]
  #endif
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "cryosam",
  products: [
    .executable(name: "cryosam", targets: ["cryosam"]),
    .executable(name: "convert-weights", targets: ["convert-weights"]),
    .library(name: "Cryo", targets: ["Cryo"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CProcessor"),
    .systemLibrary(name: "CCompression", providers: [.apt(["zlib1g-dev", "libbz2-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),

    // The C library, under one name.
    .target(name: "Platform", swiftSettings: strict),

    // What every part needs: one-line failures, mapped files, atomic writes, strict JSON, hashes.
    .target(
      name: "Files",
      dependencies: ["CCompression", "CCrypto", "Platform"],
      swiftSettings: strict),

    // Work in fixed blocks, spread over threads.
    .target(name: "Parallel", dependencies: ["Platform"], exclude: ["README.md"], swiftSettings: strict),

    // Large files by HTTP.
    .target(
      name: "Downloads", dependencies: ["CCurl", "Files", "Platform"], exclude: ["README.md"],
      swiftSettings: strict),

    // The arithmetic.
    .target(name: "KernelTypes", exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "Kernels", dependencies: ["KernelTypes"], exclude: ["README.md"],
      swiftSettings: strict + [.unsafeFlags(["-Ounchecked"])]),
    .target(
      name: "KernelsAVX2", dependencies: ["KernelTypes"], exclude: ["README.md"],
      swiftSettings: kernels("x86-64-v3")),
    .target(
      name: "KernelsAVX512", dependencies: ["KernelTypes"], exclude: ["README.md"],
      swiftSettings: kernels("x86-64-v4")),
    .target(
      name: "NN",
      dependencies: [
        "COpenBLAS", "CProcessor", "Files", "KernelTypes", "Kernels", "KernelsAVX2", "KernelsAVX512",
        "Parallel",
        "Platform",
      ],
      exclude: ["README.md"], swiftSettings: strict),
    .target(name: "ViT", dependencies: ["NN", "Parallel"], exclude: ["README.md"], swiftSettings: strict),
    .target(name: "DINOv2", dependencies: ["NN", "ViT"], exclude: ["README.md"], swiftSettings: strict),
    .target(
      name: "SAM", dependencies: ["NN", "Parallel", "Platform", "ViT"], exclude: ["README.md"],
      swiftSettings: strict),

    // Checkpoints of PyTorch and `transformers`, turned into ours.
    .target(
      name: "Checkpoints", dependencies: ["Files", "NN", "DINOv2", "SAM", "CCompression", "Platform"],
      exclude: ["README.md"], swiftSettings: strict),

    // The CryoSAM algorithm and the field's file formats.
    .target(
      name: "Cryo", dependencies: ["Files", "NN", "DINOv2", "SAM", "CCompression", "Parallel", "Platform"],
      swiftSettings: strict),

    // The cases of `cryosam bench`, and the plain computations they are checked against.
    .target(
      name: "Benchmarks",
      dependencies: ["Cryo", "DINOv2", "SAM", "Checkpoints", "NN", "Files", "Parallel", "Platform"],
      exclude: ["README.md"], swiftSettings: strict),
    // Phantoms: simulated tomograms with their truth.
    .target(
      name: "Simulation", dependencies: ["Cryo", "Files", "NN", "Parallel", "Platform", "SAM"],
      exclude: ["README.md"], swiftSettings: strict),

    // Many runs of the method on tomograms with truth.
    .target(
      name: "Study", dependencies: ["Cryo", "DINOv2", "Files", "NN", "Parallel", "Platform"],
      exclude: ["README.md"], swiftSettings: strict),

    // The programs.
    .target(
      name: "CommandLineKit", dependencies: ["Files", "Platform", argumentParser], swiftSettings: strict),
    .executableTarget(
      name: "cryosam",
      dependencies: [
        "Benchmarks", "Cryo", "DINOv2", "Simulation", "Study", "Checkpoints", "CommandLineKit", "Downloads",
        "Parallel", "Platform", argumentParser,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "convert-weights", dependencies: ["Checkpoints", "CommandLineKit", "Platform", argumentParser],
      swiftSettings: strict),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["Checkpoints", "Files", "NN", "Platform"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "fuzz-parsers", dependencies: ["Files", "NN", "Checkpoints", "Cryo"], path: "Tests/Fuzz",
      swiftSettings: strict),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "ParallelTests", dependencies: ["Parallel"], swiftSettings: strict),
    .testTarget(
      name: "NNTests", dependencies: ["NN", "Parallel", "Platform", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DINOv2Tests", dependencies: ["DINOv2", "Checkpoints", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SAMTests", dependencies: ["SAM", "Checkpoints", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CryoTests", dependencies: ["Cryo", "Checkpoints", "Parallel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "BenchmarksTests", dependencies: ["Benchmarks", "Parallel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: ["Cryo", "Files", "NN", "Platform", "Simulation", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "StudyTests", dependencies: ["Cryo", "Files", "Study", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: ["Checkpoints", "CommandLineKit", "Cryo", "Files", "NN", "Platform", "TestSupport"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in every target of ours.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// The kernels' sources are built five times, each for another level of the x86-64 instruction set, and the
/// level is chosen when the program starts (`NN/KernelSet.swift`). The other folders are links to `Sources/Kernels`. On other
/// processors all are the same code.
func kernels(_ level: String, and extras: [String] = [], define names: [String] = []) -> [SwiftSetting] {
  #if arch(x86_64)
    let flags = (["-march=\(level)"] + extras).flatMap { ["-Xcc", $0] }
    return strict + [.unsafeFlags(["-Ounchecked"] + flags), .define("FUSED_MULTIPLY_ADD")]
      + names.map { .define($0) }
  #else
    return strict + [.unsafeFlags(["-Ounchecked"])]
  #endif
}

/// A room of the house: `Sources/NAME`, which may reach what it names and nothing else.
///
/// - Parameter files: what else lies in it that is not Swift.
func room(
  _ name: String, reaches dependencies: [Target.Dependency] = [], beside files: [String] = [],
  settings: [SwiftSetting] = strict
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: ["README.md"] + files, swiftSettings: settings)
}

/// A program reads options and calls rooms: it is built without optimisation, which takes half the time, and nothing
/// waits for it. It holds Swift's own libraries: with a dozen of them beside it, every command would start a third later.
/// The two that are named are what Foundation's library needs when it is linked so. Other libraries are looked for where
/// `make install` puts them, first.
func program(_ name: String, reaches dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + [argumentParser], exclude: ["README.md"],
    swiftSettings: strict + [.unsafeFlags(["-Onone"])],
    linkerSettings: [
      .unsafeFlags(
        [
          "-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims",
          "-Xlinker", "--disable-new-dtags", "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/cryosam",
        ],
        .when(platforms: [.linux], configuration: .release))
    ])
}

func tests(of name: String, reach dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "cryosam",
  products: [
    .executable(name: "cryosam", targets: ["cryosam"]),
    .executable(name: "convert-weights", targets: ["convert-weights"]),
    .library(name: "Cryo", targets: ["Cryo"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
  ],
  targets: [
    // System libraries.
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CProcessor"),
    .systemLibrary(name: "CIntrinsics"),
    .systemLibrary(
      name: "CCompression", providers: [.apt(["zlib1g-dev", "libbz2-dev", "libblosc-dev", "libzstd-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
    // The pages' files, as bytes.
    .target(name: "CPages", cSettings: [.unsafeFlags(["-Werror"])]),

    // What every room needs.
    room("Platform"),
    room("Files", reaches: ["CCrypto", "CYAML", "Platform", collections, system]),
    room("Parallel", reaches: ["Platform"]),

    // The field's data, without any network.
    room("Volumes", reaches: ["CCompression", "Files", "Parallel", "Platform"]),
    room("Points", reaches: ["Files", "Platform", "Volumes"]),
    room("Images", reaches: ["CCompression", "Files", "Volumes"]),
    room("Evaluation", reaches: ["Files", "Points", "Volumes", heap]),
    room("Runs", reaches: ["Files", "Platform", "Volumes"]),
    room("Copick", reaches: ["Files", "Platform", "Points", "Volumes"]),

    // The arithmetic and the networks.
    room("KernelTypes"),
    room(
      "Kernels", reaches: ["CIntrinsics", "KernelTypes"], settings: strict + [.unsafeFlags(["-Ounchecked"])]),
    room("KernelsAVX2", reaches: ["CIntrinsics", "KernelTypes"], settings: kernels("x86-64-v3")),
    room("KernelsAVX512", reaches: ["CIntrinsics", "KernelTypes"], settings: kernels("x86-64-v4")),
    room(
      "KernelsAVXVNNI", reaches: ["CIntrinsics", "KernelTypes"],
      settings: kernels("x86-64-v3", and: ["-mavxvnni"], define: ["DOT_PRODUCTS"])),
    room(
      "KernelsVNNI", reaches: ["CIntrinsics", "KernelTypes"],
      settings: kernels(
        "x86-64-v4", and: ["-mavx512vnni", "-mavx512bf16"], define: ["DOT_PRODUCTS", "WIDE"])),
    room(
      "NN",
      reaches: [
        "COpenBLAS", "CProcessor", "Files", "KernelTypes", "Kernels", "KernelsAVX2", "KernelsAVX512",
        "KernelsAVXVNNI", "KernelsVNNI", "Parallel",
        "Platform",
      ]),
    room("ViT", reaches: ["NN", "Parallel"]),
    room("DINOv2", reaches: ["Files", "NN", "ViT"]),
    room("SAM", reaches: ["Files", "Images", "NN", "Parallel", "Platform", "ViT"]),
    room("Checkpoints", reaches: ["DINOv2", "Files", "NN", "Platform", "SAM", system]),
    room("Downloads", reaches: ["CCurl", "Files", "Platform", system]),

    // The paper.
    room(
      "Cryo",
      reaches: [
        "CCompression", "DINOv2", "Files", "Images", "NN", "Parallel", "Platform", "Points", "Runs", "SAM",
        "Volumes",
      ]),

    // What is made of it.
    room(
      "Markup", reaches: ["CPages", "Files", "Platform"], beside: ["Styles"]),
    room(
      "Reports",
      reaches: ["Cryo", "Evaluation", "Files", "Images", "Markup", "Platform", "Points", "Runs", "Volumes"]),
    room(
      "Viewer",
      reaches: [
        "CPages", "Cryo", "Files", "Images", "Parallel", "Platform", "Points", "Reports", "Runs", "SAM",
        "Volumes",
      ], beside: ["Web"]),
    room("Comparison", reaches: ["Files", "Markup", "NN", "Platform"]),
    room(
      "Simulation", reaches: ["Files", "Images", "Parallel", "Platform", "Points", "Runs", "Volumes"]),
    room(
      "Study",
      reaches: [
        "Cryo", "DINOv2", "Evaluation", "Files", "Images", "Markup", "NN", "Parallel", "Platform", "Points",
        "Runs", "Volumes",
      ]),
    room(
      "Project",
      reaches: ["Cryo", "Files", "Images", "Markup", "NN", "Platform", "Points", "Runs", "Volumes"]),
    room(
      "Benchmarks",
      reaches: [
        "Checkpoints", "Cryo", "DINOv2", "Files", "NN", "Parallel", "Platform", "SAM", "Volumes",
      ]),

    // The programs.
    room("CommandLineKit", reaches: ["Files", "Parallel", "Platform", argumentParser, system]),
    program(
      "cryosam",
      reaches: [
        "Benchmarks", "Checkpoints", "CommandLineKit", "Comparison", "Copick", "Cryo", "DINOv2", "Downloads",
        "Evaluation",
        "Files", "Images", "Markup", "NN", "Parallel", "Platform", "Points", "Project", "Reports", "Runs",
        "SAM", "Simulation", "Study", "Viewer", "Volumes",
      ]),
    program("convert-weights", reaches: ["Checkpoints", "CommandLineKit", "Files", "Platform"]),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["Checkpoints", "Files", "NN", "Platform"],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests(of: "Files", reach: ["Files"]),
    tests(of: "Parallel", reach: ["Parallel"]),
    tests(of: "Markup", reach: ["Markup"]),
    tests(
      of: "Reports", reach: ["Cryo", "Evaluation", "Files", "Images", "Points", "Reports", "Runs", "Volumes"]),
    tests(of: "Volumes", reach: ["Files", "Parallel", "Volumes"]),
    tests(of: "Points", reach: ["Files", "Points", "Volumes"]),
    tests(of: "Images", reach: ["Files", "Images"]),
    tests(of: "Evaluation", reach: ["Evaluation", "Files", "Volumes"]),
    tests(of: "Runs", reach: ["Files", "Runs", "Volumes"]),
    tests(of: "Copick", reach: ["Copick", "Files", "Volumes"]),
    tests(of: "NN", reach: ["Files", "NN", "Parallel", "Platform"]),
    tests(of: "DINOv2", reach: ["DINOv2", "NN"]),
    tests(of: "SAM", reach: ["Files", "Images", "NN", "SAM"]),
    tests(of: "Checkpoints", reach: ["Checkpoints", "DINOv2", "Files", "NN", "SAM"]),
    tests(
      of: "Cryo",
      reach: [
        "Cryo", "DINOv2", "Files", "Images", "NN", "Parallel", "Points", "Runs", "SAM",
        "Volumes",
      ]),
    tests(
      of: "Benchmarks", reach: ["Benchmarks", "Cryo", "DINOv2", "Files", "NN", "Parallel", "SAM", "Volumes"]),
    tests(
      of: "Simulation",
      reach: ["Files", "Images", "Platform", "Points", "Runs", "Simulation", "Volumes"]),
    tests(
      of: "Viewer",
      reach: ["Checkpoints", "Cryo", "Files", "Platform", "Points", "Runs", "Viewer", "Volumes"]),
    tests(of: "Study", reach: ["Cryo", "Files", "Study", "Volumes"]),
    tests(of: "Project", reach: ["Files", "Project"]),
    tests(
      of: "Command",
      reach: ["Checkpoints", "CommandLineKit", "Cryo", "Files", "NN", "Platform", "Volumes"]),
  ],
  swiftLanguageModes: [.v6]
)

// The fuzzer of all parsers, which only `make fuzz` builds.
if Context.environment["CRYOSAM_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz-parsers",
      dependencies: [
        "Checkpoints", "Copick", "Cryo", "Evaluation", "Files", "Images", "NN", "Platform", "Points",
        "Project", "Runs", "Viewer", "Volumes",
      ],
      path: "Tests/Fuzz", swiftSettings: strict))
}

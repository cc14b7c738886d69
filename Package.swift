// swift-tools-version: 6.2
import PackageDescription

/// Applied to every Swift target: the language as it will be, and no warning left standing.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(
    name: "SystemPackage", package: "swift-system", condition: .when(platforms: [.linux]))

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: ["LeatTestSupport"] + dependencies, exclude: exclude, resources: resources,
        swiftSettings: settings)
}

func example(_ name: String, exclude: [String] = []) -> Target {
    .executableTarget(
        name: name, dependencies: ["Leat", "LeatDatasets"], path: "Examples/\(name)",
        exclude: ["README.md"] + exclude, swiftSettings: settings)
}

let package = Package(
    name: "Leat",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Leat", targets: ["Leat"]),
        .library(name: "LeatDatasets", targets: ["LeatDatasets"]),
        .library(name: "LeatMetrics", targets: ["LeatMetrics"]),
        .executable(name: "leat", targets: ["LeatCLI"]),
    ],
    traits: [
        .trait(name: "OneDNN", description: "Convolutions and large products by oneDNN (libdnnl)."),
        .default(enabledTraits: ["OneDNN"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // 1: C: the kernels, and shims over system libraries.
        .target(
            name: "CLeatKernels",
            cSettings: [.define("LEAT_ONEDNN", .when(traits: ["OneDNN"]))],
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
        .systemLibrary(
            name: "CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(name: "CSpng", pkgConfig: "spng", providers: [.apt(["libspng-dev"]), .brew(["libspng"])]),

        // 2 to 6: the library, each target standing on those above it.
        library("LeatCore", []),
        library("LeatGraph", ["LeatCore", "CLeatKernels"]),
        library("LeatModel", ["LeatCore", "LeatGraph"]),
        library("LeatPipeline", ["LeatCore", system]),
        library("LeatShards", ["LeatCore", "LeatPipeline", "CZstd", "CZlib", "CXXHash", crypto]),
        library("LeatHDF5", ["LeatCore", "LeatPipeline"]),
        library(
            "LeatFormats", ["LeatCore", "LeatPipeline", "CZlib", "CZip", "CZstd", "CTurboJPEG", "CSpng", "LeatHDF5"]),
        library("LeatTrainer", ["LeatCore", "LeatGraph", "LeatModel", "LeatPipeline"]),
        library(
            "Leat",
            [
                "LeatCore", "LeatGraph", "LeatModel", "LeatPipeline", "LeatShards", "LeatFormats", "LeatHDF5",
                "LeatTrainer",
            ]),

        // Beside it, for programs that want them: packages that the library does without.
        library("LeatMetrics", ["LeatCore", "LeatPipeline", .product(name: "CoreMetrics", package: "swift-metrics")]),

        // 7: the command line, datasets and examples.
        .executableTarget(
            name: "LeatCLI", dependencies: ["Leat", argumentParser, subprocess, system], swiftSettings: settings),
        .target(
            name: "LeatDatasets", dependencies: ["LeatCore", "LeatFormats"], path: "Datasets",
            exclude: ["Digits/COPYING", "Digits/README.md"], resources: [.copy("Digits/digits.csv.gz")],
            swiftSettings: settings),
        example("CNN-Digits"),
        example("CNN-FashionMNIST"),
        example("MLP-MNIST"),
        example("PythonWorker", exclude: ["leat_worker.py", "moons.py"]),

        // Tests: a folder per target.
        .target(
            name: "LeatTestSupport", dependencies: ["LeatCore", "LeatGraph", "LeatPipeline"],
            path: "Tests/LeatTestSupport",
            swiftSettings: settings),
        .executableTarget(
            name: "LeatTestWorker", dependencies: ["LeatCore", "LeatPipeline", "LeatShards", "LeatTestSupport"],
            path: "Tests/LeatTestWorker", swiftSettings: settings),
        .executableTarget(
            name: "LeatFormatsTestWorker",
            dependencies: ["LeatCore", "LeatFormats", "LeatHDF5", "LeatPipeline", "LeatShards"],
            path: "Tests/LeatFormatsTestWorker", swiftSettings: settings),
        tests("LeatCoreTests", ["LeatCore"]),
        tests("LeatKernelTests", ["CLeatKernels", "LeatCore"]),
        tests("LeatGraphTests", ["LeatGraph"]),
        tests("LeatModelTests", ["LeatModel", "LeatGraph"], resources: [.copy("Fixtures")]),
        tests("LeatPipelineTests", ["LeatPipeline", "LeatTestWorker"], exclude: ["Fixtures"]),
        tests(
            "LeatShardsTests", ["LeatCore", "LeatPipeline", "LeatShards", "LeatTestWorker"],
            resources: [.copy("Fixtures")]),
        tests(
            "LeatMetricsTests",
            ["LeatMetrics", "LeatPipeline", .product(name: "MetricsTestKit", package: "swift-metrics")]),
        tests(
            "LeatFormatsTests", ["LeatFormats", "LeatHDF5", "LeatDatasets", "LeatShards", "LeatFormatsTestWorker"],
            exclude: ["Fixtures"]),
        tests("LeatTrainerTests", ["LeatTrainer", "LeatShards", "LeatTestWorker"], exclude: ["Fixtures"]),
        tests("LeatCLITests", ["LeatCLI", "Leat", subprocess, system]),
    ]
)

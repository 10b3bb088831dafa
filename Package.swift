// swift-tools-version: 6.2
import PackageDescription

// Only the C target carries unsafe flags: -O3 so that kernels are fast in a consumer's debug build too,
// -fopenmp for the thread team. A package taken by version may do so from tools version 6.2 on.
let package = Package(
    name: "apus",
    platforms: [.macOS(.v13)],
    products: [
        .library(name: "Apus", targets: ["Apus", "ApusCore", "ApusNN", "ApusData", "ApusModels"]),
        .library(name: "ApusPlot", targets: ["ApusPlot"]),
        .library(name: "ApusVision", targets: ["ApusVision"]),
        .library(name: "ApusKeras", targets: ["ApusKeras"]),
        .library(name: "ApusGzip", targets: ["ApusGzip"]),
        .library(name: "CApus", type: .static, targets: ["CApus"]),
        .executable(name: "apus", targets: ["ApusCommand"]),
        .executable(name: "apus-bench", targets: ["ApusBench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        .target(
            name: "CApus",
            path: ".",
            exclude: [
                "CSources/CMakeLists.txt", "CSources/cmake", "CSources/activation/gelu_table.py",
            ],
            sources: ["CSources"],
            publicHeadersPath: "include",
            cSettings: [.unsafeFlags(["-O3"]), .unsafeFlags(["-fopenmp"], .when(platforms: [.linux]))],
            linkerSettings: [.linkedLibrary(":libomp.so.5", .when(platforms: [.linux]))]
        ),
        .target(name: "ApusCore", dependencies: ["CApus"]),
        .target(name: "ApusNN", dependencies: ["ApusCore", "CApus"]),
        .target(name: "ApusData", dependencies: ["ApusCore", "CApus"]),
        .target(name: "ApusModels", dependencies: ["ApusCore", "ApusNN", "ApusData", "CApus"]),
        .target(name: "Apus", dependencies: ["ApusCore", "ApusNN", "ApusData", "ApusModels"]),

        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
        .target(name: "ApusPlot", dependencies: ["ApusCore", "CCairo"]),

        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .target(name: "ApusVision", dependencies: ["ApusCore", "ApusNN", "CApus", "CTurboJPEG", "CPNG"]),

        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .target(name: "ApusKeras", dependencies: ["ApusCore", "ApusNN", "CHDF5"]),

        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "ApusGzip", dependencies: ["ApusCore", "CZlib"]),

        .executableTarget(
            name: "ApusCommand",
            dependencies: [
                "Apus", "ApusGzip", "ApusKeras", "ApusPlot", "ApusVision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),

        .target(
            name: "CBenchCommon", dependencies: ["CApus"], path: "Benchmarks/common", exclude: ["shapes"],
            publicHeadersPath: "include"),
        .executableTarget(
            name: "ApusBench",
            dependencies: [
                "ApusCore", "ApusNN", "ApusModels", "ApusVision", "CApus", "CBenchCommon",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/apus-bench"
        ),

        // What several test targets need: a folder of their own, the real data.
        .target(name: "ApusTestSupport", path: "Tests/Support"),
        .testTarget(name: "ApusCoreTests", dependencies: ["ApusCore"]),
        .testTarget(name: "ApusNNTests", dependencies: ["ApusNN"], exclude: ["Fixtures"]),
        .testTarget(name: "ApusDataTests", dependencies: ["ApusData", "ApusCore", "ApusTestSupport"], exclude: ["Fixtures"]),
        .testTarget(name: "ApusModelsTests", dependencies: ["ApusModels", "ApusTestSupport"], exclude: ["Cues/Fixtures", "PCA/Fixtures", "VGG/Fixtures"]),
        .testTarget(name: "ApusKerasTests", dependencies: ["ApusKeras", "ApusTestSupport"], exclude: ["Fixtures"]),
        .testTarget(name: "ApusGzipTests", dependencies: ["ApusGzip", "ApusData", "ApusTestSupport"]),
        .testTarget(name: "ApusVisionTests", dependencies: ["ApusVision", "ApusTestSupport"], exclude: ["Fixtures"]),
        .testTarget(name: "ApusCommandTests", dependencies: ["ApusCommand", "ApusTestSupport"]),
        .testTarget(name: "ApusPlotTests", dependencies: ["ApusPlot", "ApusTestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

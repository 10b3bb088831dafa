import Foundation
import Testing

/// A value stored in Fixtures/.
func fixture<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: name)))
}

/// A folder of real data, which is not in the repository: under the environment variable APUS_DATA, or in a folder `shared/data` beside
/// any folder above this file. `nil`, said aloud, where there is none.
func realData(_ name: String) -> String? {
    var candidates: [URL] = []
    if let variable = ProcessInfo.processInfo.environment["APUS_DATA"] { candidates.append(URL(filePath: variable)) }
    var folder = URL(filePath: #filePath)
    while folder.path != "/" {
        folder.deleteLastPathComponent()
        candidates.append(folder.appending(path: "shared/data"))
    }
    for candidate in candidates {
        let path = candidate.appending(path: name).path
        if FileManager.default.fileExists(atPath: path) { return path }
    }
    print("SKIPPED: \(name) is not in APUS_DATA nor in a shared/data folder above the tests")
    return nil
}

/// Calls `body` with the path of a new folder, which is removed afterwards.
@discardableResult
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-data-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}

/// Writes a file without the code under test.
func put(_ bytes: some Sequence<UInt8>, at path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
}

func contents(of path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: path)))
}

/// SplitMix64: the same random tests every time.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

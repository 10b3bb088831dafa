import Foundation

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

/// The path of a file in Fixtures/, which make_vision_fixtures.py has made.
func fixture(_ name: String) -> String { fixtures.appending(path: name).path }

/// What Pillow and Keras make of the fixtures.
struct Expected: Decodable {
    struct Picture: Decodable {
        let nearest: [UInt8]
        let bilinear: [UInt8]
        let grey: [UInt8]
        let scaled: [UInt8]?
        let cropped: [UInt8]?
    }
    struct Setting: Decodable { let theta, tx, ty, shear, zx, zy: Double }
    struct Affine: Decodable {
        let setting: Setting
        let fill: String
        let expected: [UInt8]
    }
    struct Brightness: Decodable {
        let factor: Double
        let expected: [UInt8]
    }
    struct Changes: Decodable {
        let picture: [UInt8]
        let affine: [Affine]
        let brightness: [Brightness]
    }

    let pictures: [String: Picture]
    let scalings: [String: [Float]]
    let changes: Changes
    let odd: [String: [UInt8]?]

    static let stored: Expected = {
        do {
            return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: URL(filePath: fixture("pictures.json"))))
        } catch { fatalError("\(error)") }
    }()
}

/// The largest difference of two lists of bytes; 256 if they are not of one length.
func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0 : 256
}

/// A folder of real data, which is not in the repository: under the environment variable APUS_DATA, or in a folder
/// `shared/data` beside any folder above this file. `nil`, said aloud, where there is none.
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
    let url = FileManager.default.temporaryDirectory.appending(path: "apus-vision-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}

/// Copies fixtures to paths below a folder.
func lay(_ files: [(String, String)], in folder: String) throws {
    for (name, path) in files {
        let target = URL(filePath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture(name), toPath: target.path)
    }
}

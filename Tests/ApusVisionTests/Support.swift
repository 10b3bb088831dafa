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

/// Copies fixtures to paths below a folder.
func lay(_ files: [(String, String)], in folder: String) throws {
    for (name, path) in files {
        let target = URL(filePath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture(name), toPath: target.path)
    }
}

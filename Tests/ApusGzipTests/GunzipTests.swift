import ApusData
import ApusGzip
import ApusTestSupport
import Foundation
import Testing

@Suite struct GunzipTests {
    /// What gzip 1.12 made of "capsules\n" (`printf 'capsules\n' | gzip -n | xxd -i`).
    static let packed: [UInt8] = [0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4b, 0x4e, 0x2c, 0x28, 0x2e, 0xcd, 0x49, 0x2d, 0xe6, 0x02, 0x00, 0x4a, 0x4b, 0x61, 0x14, 0x09, 0x00, 0x00, 0x00]

    private func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString).gz")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url.path)
    }

    @Test func gzipsFilesAreUnpacked() throws {
        #expect(try withFile(Self.packed) { try gunzip(file: $0) } == Array("capsules\n".utf8))
        // Several members one after the other are one file.
        #expect(try withFile(Self.packed + Self.packed) { try gunzip(file: $0) } == Array("capsules\ncapsules\n".utf8))
    }

    @Test func damageIsSaid() throws {
        for length in 1..<Self.packed.count {
            #expect(throws: GzipError.self, "the first \(length) bytes") {
                try withFile(Array(Self.packed.prefix(length))) { try gunzip(file: $0) }
            }
        }
        for place in [0, 1, 2, 12, Self.packed.count - 8, Self.packed.count - 1] {
            var bytes = Self.packed
            bytes[place] ^= 0x55
            #expect(throws: GzipError.self, "byte \(place) changed") { try withFile(bytes) { try gunzip(file: $0) } }
        }
        #expect(throws: GzipError.self) { try withFile([]) { try gunzip(file: $0) } }
        #expect(throws: GzipError.self) { try withFile(Self.packed) { try gunzip(file: $0, limit: 8) } }
        #expect(throws: (any Error).self) { try gunzip(file: "/nowhere/at/all.gz") }
    }

    /// A million zeros, which pack to about a thousand bytes: many pieces of output from one of input.
    @Test func muchFromLittle() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString).gz")
        defer { try? FileManager.default.removeItem(at: url) }
        process.arguments = ["-c", "head -c 1048576 /dev/zero | gzip > '\(url.path)'"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        #expect(try gunzip(file: url.path) == [UInt8](repeating: 0, count: 1 << 20))
    }
}

@Suite struct MNISTTests {
    /// MNIST itself: its published mean 0.1307 and standard deviation 0.3081, and its first labels.
    @Test func theRealFiles() throws {
        guard let found = realData("mnist") else { return }
        let training = try DigitImages(folder: found, split: .training, gunzip: { try gunzip(file: $0) })
        let test = try DigitImages(folder: found, split: .test, gunzip: { try gunzip(file: $0) })
        #expect(training.count == 60000 && test.count == 10000)
        #expect(training.height == 28 && training.width == 28)
        #expect(training.labels.prefix(10) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
        #expect(test.labels.prefix(5) == [7, 2, 1, 0, 4])
        let sums = training.pixels.withUnsafeBufferPointer { pixels in
            var sum = 0, squares = 0
            for pixel in pixels {
                sum += Int(pixel)
                squares += Int(pixel) * Int(pixel)
            }
            return (Double(sum) / 255, Double(squares) / (255 * 255))
        }
        let mean = sums.0 / Double(training.pixels.count)
        #expect(abs(mean - 0.1307) < 5e-5)
        #expect(abs((sums.1 / Double(training.pixels.count) - mean * mean).squareRoot() - 0.3081) < 5e-5)
    }
}

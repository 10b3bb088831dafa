import ApusCore
import ApusTestSupport
import ApusVision
import Foundation
import Testing

@Suite struct DecodingTests {
    private func options(_ height: Int, _ width: Int, _ change: (inout ImageOptions) -> Void = { _ in }) -> ImageOptions {
        var options = ImageOptions(height: height, width: width)
        options.usesDCTScaling = false
        change(&options)
        return options
    }

    private func bytes(_ path: String, _ options: ImageOptions) throws -> [UInt8] {
        try ImageReader(options: options).picture(at: path).scalars
    }

    @Test(arguments: [
        "plain.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "colour.png", "palette.png", "grey.png", "clear.png",
        "large.jpg", "turned.jpg",
    ]) func asPillow(name: String) throws {
        let expected = try #require(Expected.stored.pictures[name])
        // A turned picture is resized before it is turned, its rows and columns in the other order.
        let tolerance = name == "turned.jpg" ? 1 : 0
        #expect(distance(try bytes(fixture(name), options(9, 14) { $0.filter = .nearest }), expected.nearest) == 0)
        #expect(distance(try bytes(fixture(name), options(9, 14)), expected.bilinear) <= tolerance)
        let blueFirst = try bytes(fixture(name), options(9, 14) { $0.scaling = .caffe })
        let turnedRound = blueFirst.indices.map { blueFirst[$0 / 3 * 3 + 2 - $0 % 3] }
        #expect(distance(turnedRound, expected.bilinear) <= tolerance)
        // Luma comes straight from a JPEG rather than from its red, green and blue.
        #expect(distance(try bytes(fixture(name), options(9, 14) { $0.channels = .grey }), expected.grey) <= 2)
    }

    @Test func scaledByTheDecoder() throws {
        let expected = try #require(Expected.stored.pictures["large.jpg"]?.scaled)
        #expect(distance(try bytes(fixture("large.jpg"), options(30, 40) { $0.usesDCTScaling = true }), expected) == 0)
    }

    @Test func cropped() throws {
        let expected = try #require(Expected.stored.pictures["plain.jpg"]?.cropped)
        #expect(distance(try bytes(fixture("plain.jpg"), options(10, 10) { $0.fit = .crop }), expected) == 0)
    }

    @Test func ownSize() throws {
        let reader = ImageReader(options: ImageOptions())
        #expect(try reader.picture(at: fixture("plain.jpg")).shape == [45, 60, 3])
        #expect(try reader.picture(at: fixture("turned.jpg")).shape == [60, 45, 3])
        #expect(try reader.tensor(at: fixture("grey.png")).shape == [45, 60, 3])
    }

    @Test(arguments: ["caffe", "tf", "torch"]) func scalingsAsKeras(mode: String) throws {
        let expected = try #require(Expected.stored.scalings[mode])
        let scaling: PixelScaling = mode == "caffe" ? .caffe : mode == "tf" ? .tf : .torch
        // Two pixels, red first, through a PNG's way without the PNG.
        let pixels: [Float] = [10, 100, 200, 255, 0, 3]
        let scale = scaling.scale.count == 3 ? scaling.scale : Array(repeating: scaling.scale[0], count: 3)
        let offset = scaling.offset.count == 3 ? scaling.offset : Array(repeating: scaling.offset[0], count: 3)
        for place in pixels.indices {
            let channel = place % 3
            let source = pixels[place / 3 * 3 + (scaling.blueFirst ? 2 - channel : channel)]
            #expect(abs(source * scale[channel] + offset[channel] - expected[place]) < 2e-6 * max(1, abs(expected[place])))
        }
        let options = options(9, 14) { $0.scaling = scaling }
        let picture = try ImageReader(options: options).picture(at: fixture("colour.png")).scalars
        let tensor = try ImageReader(options: options).tensor(at: fixture("colour.png")).scalars
        for place in picture.indices {
            #expect(abs(tensor[place] - (Float(picture[place]) * scale[place % 3] + offset[place % 3])) < 1e-4)
        }
    }

    @Test func limits() throws {
        func error(_ name: String, _ change: (inout ImageOptions) -> Void) -> ImageError? {
            do { _ = try bytes(fixture(name), options(4, 4, change)) } catch { return error as? ImageError }
            return nil
        }
        for name in ["plain.jpg", "colour.png"] {
            #expect(
                error(name) { $0.limits.pixels = 2699 }
                    == .tooLarge(path: fixture(name), width: 60, height: 45, limit: 2699))
            #expect(error(name) { $0.limits.pixels = 2700 } == nil)
        }
        #expect(error("progressive.jpg") { $0.limits.scans = 3 } == .tooManyScans(path: fixture("progressive.jpg"), scans: 4, limit: 3))
        #expect(error("progressive.jpg") { $0.limits.scans = 10 } == nil)
        guard case .fileTooLarge = error("plain.jpg", { $0.limits.fileBytes = 100 }) else {
            Issue.record("no limit on bytes")
            return
        }
        #expect(throws: FileError.self) { try bytes("/nowhere.jpg", options(4, 4)) }
        #expect(throws: FileError.self) { try bytes(fixture(""), options(4, 4)) }
    }

    /// Cut off anywhere, and with bytes changed: an error that names the file, or a picture, but no crash.
    @Test(arguments: ["plain.jpg", "progressive.jpg", "cmyk.jpg", "turned.jpg", "colour.png", "palette.png"])
    func damaged(name: String) throws {
        let whole = try Data(contentsOf: URL(filePath: fixture(name)))
        let strict = ImageReader(options: options(9, 14))
        let lenient = ImageReader(options: options(9, 14) { $0.acceptsDamage = true })
        var random = RandomStream(seed: 4)
        var refused = 0
        try withTemporaryFolder { folder in
            let path = "\(folder)/picture"
            for round in 0..<150 {
                var data = whole
                if round < 60 {
                    data = whole.prefix(whole.count * round / 61)
                } else {
                    for _ in 0..<3 { data[Int.random(in: 0..<data.count, using: &random)] = .random(in: 0...255, using: &random) }
                }
                try data.write(to: URL(filePath: path))
                for reader in [strict, lenient] {
                    do {
                        #expect(try reader.picture(at: path).shape == [9, 14, 3])
                        if round < 60 && reader === strict { Issue.record("\(data.count) of \(whole.count) bytes were enough") }
                    } catch let error as ImageError {
                        #expect(error.path == path)
                        refused += 1
                    }
                }
            }
        }
        #expect(refused > 60)
    }

    @Test func oddFiles() throws {
        guard let folder = realData("odd-jpeg") else { return }
        let reader = ImageReader(options: options(8, 8))
        for (name, expected) in Expected.stored.odd.sorted(by: { $0.key < $1.key }) {
            do {
                let found = try reader.picture(at: "\(folder)/\(name)").scalars
                let expected = try #require(expected, "\(name) was decoded")
                #expect(distance(found, expected) <= (name.hasPrefix("exif") ? 1 : 0), "\(name)")
            } catch let error as ImageError {
                // Pillow says nothing of damage as long as there are enough bytes.
                #expect(expected == nil || name == "bit-rot.jpg", "\(error)")
                #expect(error.path.hasSuffix(name))
            }
        }
        let lenient = ImageReader(options: options(8, 8) { $0.acceptsDamage = true })
        #expect(distance(try lenient.picture(at: "\(folder)/bit-rot.jpg").scalars, Expected.stored.odd["bit-rot.jpg"]!!) == 0)
        // Half a picture, its upper half the same as the whole one's.
        let half = try lenient.picture(at: "\(folder)/truncated-50.jpg").scalars
        #expect(distance(Array(half.prefix(8 * 3 * 2)), Array(Expected.stored.odd["baseline-420.jpg"]!!.prefix(8 * 3 * 2))) == 0)
    }
}

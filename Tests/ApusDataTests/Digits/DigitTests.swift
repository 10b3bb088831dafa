import ApusData
import Foundation
import Testing

@Suite struct IDXTests {
    private func bytes(_ dimensions: [Int], _ numbers: [UInt8], type: UInt8 = 8) -> [UInt8] {
        [0, 0, type, UInt8(dimensions.count)]
            + dimensions.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } } + numbers
    }

    @Test func theFormatIsRead() throws {
        let file = try IDXFile(bytes([2, 3], [1, 2, 3, 4, 5, 255]), path: "x")
        #expect(file.dimensions == [2, 3])
        #expect(file.bytes == [1, 2, 3, 4, 5, 255])
        #expect(try IDXFile(bytes([0, 28, 28], []), path: "x").bytes.isEmpty)
    }

    @Test func whatIsWrongIsSaid() {
        let cases: [([UInt8], IDXError)] = [
            ([], .notIDX(file: "x")), ([0, 0, 8], .notIDX(file: "x")), ([1, 0, 8, 1, 0, 0, 0, 0], .notIDX(file: "x")),
            ([0, 0, 8, 0], .notIDX(file: "x")), ([0, 0, 8, 2, 0, 0, 0, 1], .notIDX(file: "x")),
            ([0x1F, 0x8B, 8, 0, 0], .compressed(file: "x")),
            (bytes([1], [1, 1, 1, 1], type: 0x0D), .unsupportedType(file: "x", code: 0x0D)),
            (bytes([2, 2], [1, 2, 3]), .wrongLength(file: "x", dimensions: [2, 2], found: 3)),
            (bytes([2, 2], [1, 2, 3, 4, 5]), .wrongLength(file: "x", dimensions: [2, 2], found: 5)),
            (
                bytes([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], []),
                .wrongLength(file: "x", dimensions: [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], found: 0)
            ),
        ]
        for (contents, error) in cases { #expect(throws: error) { try IDXFile(contents, path: "x") } }
    }

    @Test func aFolderOfPlainFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ contents: [UInt8]) throws {
            try Data(contents).write(to: folder.appendingPathComponent(name))
        }
        #expect(throws: IDXError.missing(folder: folder.path, file: "train-images-idx3-ubyte")) {
            try DigitImages(folder: folder.path, split: .training)
        }
        try write("train-images-idx3-ubyte", bytes([2, 1, 2], [9, 8, 7, 6]))
        try write("train-labels-idx1-ubyte", bytes([3], [1, 2, 3]))
        #expect(throws: IDXError.self) { try DigitImages(folder: folder.path, split: .training) }
        try write("train-labels-idx1-ubyte", bytes([2, 1], [1, 2]))
        #expect(throws: IDXError.self) { try DigitImages(folder: folder.path, split: .training) }
        try write("train-labels-idx1-ubyte", bytes([2], [1, 2]))
        let images = try DigitImages(folder: folder.path, split: .training)
        #expect(images == DigitImages(height: 1, width: 2, pixels: [9, 8, 7, 6], labels: [1, 2]))
        #expect(images.prefix(1) == DigitImages(height: 1, width: 2, pixels: [9, 8], labels: [1]))
        try write("t10k-images-idx3-ubyte.gz", [0x1F, 0x8B])
        #expect(throws: IDXError.compressed(file: folder.path + "/t10k-images-idx3-ubyte.gz")) {
            try DigitImages(folder: folder.path, split: .test)
        }
    }

    @Test func imagesAreMovedAndCutAtTheCanvas() {
        let image = DigitImages(height: 2, width: 2, pixels: [255, 51, 102, 204], labels: [3])
        func canvas(_ row: Int, _ column: Int) -> [Float] {
            var canvas = [Float](repeating: 0, count: 9)
            canvas.withUnsafeMutableBufferPointer { buffer in
                image.add(0, row: row, column: column, to: buffer.baseAddress!, canvasHeight: 3, canvasWidth: 3)
            }
            return canvas
        }
        #expect(canvas(0, 0) == [1, 0.2, 0, 0.4, 0.8, 0, 0, 0, 0])
        #expect(canvas(1, 1) == [0, 0, 0, 0, 1, 0.2, 0, 0.4, 0.8])
        #expect(canvas(-1, 2) == [0, 0, 0.4, 0, 0, 0, 0, 0, 0])
        #expect(canvas(2, -1) == [0, 0, 0, 0, 0, 0, 0.2, 0, 0])
        #expect(canvas(5, 0) == [Float](repeating: 0, count: 9))
        #expect(canvas(0, -7) == [Float](repeating: 0, count: 9))
    }
}

@Suite struct RenderedDigitTests {
    @Test func aSeedFixesThem() {
        let digits = RenderedDigits.make(40, seed: 3)
        #expect(digits.count == 40 && digits.height == 28 && digits.width == 28)
        #expect(digits.labels.prefix(12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
        #expect(RenderedDigits.make(20, seed: 3) == digits.prefix(20))
        #expect(RenderedDigits.make(40, seed: 4) != digits)
        #expect(RenderedDigits.make(0).count == 0)
        // No two are alike, and each has ink, but far from everywhere.
        let images = (0..<40).map { Array(digits.pixels[$0 * 784..<($0 + 1) * 784]) }
        #expect(Set(images).count == 40)
        for image in images {
            let ink = image.reduce(0) { $0 + Int($1) } / 255
            #expect(ink > 30 && ink < 260, "\(ink) pixels of ink")
        }
    }

    /// Digits of a class lie nearer to their class' mean than to others': they can be told apart.
    @Test func classesDiffer() {
        let digits = RenderedDigits.make(600, seed: 1)
        var means = Array(repeating: [Double](repeating: 0, count: 784), count: 10)
        for i in 0..<400 { for p in 0..<784 { means[i % 10][p] += Double(digits.pixels[i * 784 + p]) / 40 } }
        var right = 0
        for i in 400..<600 {
            let distances = means.map { mean in
                (0..<784).reduce(0.0) { $0 + (mean[$1] - Double(digits.pixels[i * 784 + $1])) * (mean[$1] - Double(digits.pixels[i * 784 + $1])) }
            }
            if distances.indices.min(by: { distances[$0] < distances[$1] }) == i % 10 { right += 1 }
        }
        #expect(right > 130, "\(right) of 200 by the nearest mean")
    }
}

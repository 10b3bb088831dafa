import ApusCore
import Foundation

/// Grey images of one size with a class each: MNIST and what looks like it.
public struct DigitImages: Hashable, Sendable {
    /// Rows of an image.
    public let height: Int
    /// Columns of an image.
    public let width: Int
    /// `[count, height, width]`, 0 (background) to 255.
    public let pixels: [UInt8]
    /// The class of each image.
    public let labels: [UInt8]
    /// How many there are.
    public var count: Int { labels.count }

    /// - Precondition: there are as many pixels as `labels`, `height` and `width` say.
    public init(height: Int, width: Int, pixels: [UInt8], labels: [UInt8]) {
        precondition(
            height > 0 && width > 0 && pixels.count == labels.count * height * width,
            "\(pixels.count) pixels for \(labels.count) images of \(height) × \(width)")
        (self.height, self.width, self.pixels, self.labels) = (height, width, pixels, labels)
    }

    /// One of MNIST's two parts.
    public enum Split: String, Sendable, CaseIterable {
        /// `train-…`, 60,000 in MNIST.
        case training = "train"
        /// `t10k-…`, 10,000 in MNIST.
        case test = "t10k"
    }

    /// MNIST's files (or Fashion-MNIST's, or others of the same names) in a folder, plain or gzipped.
    /// - Parameters:
    ///   - folder: where `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` or `t10k-…` lie.
    ///   - split: which two of them.
    ///   - gunzip: gives a gzipped file's contents (ApusGzip's `gunzip(file:)`); without it, only plain files are read.
    /// - Throws: ``IDXError``, `FileError`, what `gunzip` throws.
    public init(folder: String, split: Split, gunzip: ((_ path: String) throws -> [UInt8])? = nil) throws {
        func read(_ name: String) throws -> (file: IDXFile, path: String) {
            let plain = "\(folder)/\(name)"
            if FileManager.default.fileExists(atPath: plain) { return (try IDXFile(path: plain), plain) }
            let packed = plain + ".gz"
            guard FileManager.default.fileExists(atPath: packed) else { throw IDXError.missing(folder: folder, file: name) }
            guard let gunzip else { throw IDXError.compressed(file: packed) }
            return (try IDXFile(try gunzip(packed), path: packed), packed)
        }
        let (images, imagePath) = try read("\(split.rawValue)-images-idx3-ubyte")
        let (classes, labelPath) = try read("\(split.rawValue)-labels-idx1-ubyte")
        guard images.dimensions.count == 3, images.dimensions[1] > 0, images.dimensions[2] > 0 else {
            throw IDXError.wrongShape(file: imagePath, dimensions: images.dimensions, expected: "[images, height, width]")
        }
        guard classes.dimensions.count == 1 else {
            throw IDXError.wrongShape(file: labelPath, dimensions: classes.dimensions, expected: "[labels]")
        }
        guard images.dimensions[0] == classes.dimensions[0] else {
            throw IDXError.countsDiffer(
                images: imagePath, imageCount: images.dimensions[0], labels: labelPath, labelCount: classes.dimensions[0])
        }
        self.init(
            height: images.dimensions[1], width: images.dimensions[2], pixels: images.bytes, labels: classes.bytes)
    }

    /// The first `count` of them.
    public func prefix(_ count: Int) -> DigitImages {
        let kept = min(max(0, count), self.count)
        return DigitImages(
            height: height, width: width, pixels: Array(pixels.prefix(kept * height * width)),
            labels: Array(labels.prefix(kept)))
    }

    /// Adds an image, moved and scaled to 0 … 1, to a larger or equal one; what leaves it is lost.
    /// - Parameters:
    ///   - index: which image.
    ///   - row: the canvas' row where the image's first one comes; may be negative.
    ///   - column: likewise.
    ///   - canvas: `[canvasHeight, canvasWidth]`, added to and kept at 1 at most.
    public func add(
        _ index: Int, row: Int, column: Int, to canvas: UnsafeMutablePointer<Float>, canvasHeight: Int, canvasWidth: Int
    ) {
        precondition(index >= 0 && index < count, "image \(index) of \(count)")
        let rows = max(0, -row)..<max(max(0, -row), min(height, canvasHeight - row))
        let columns = max(0, -column)..<max(max(0, -column), min(width, canvasWidth - column))
        pixels.withUnsafeBufferPointer { pixels in
            for y in rows {
                let from = (index * height + y) * width, to = (row + y) * canvasWidth + column
                for x in columns { canvas[to + x] = min(1, canvas[to + x] + Float(pixels[from + x]) / 255) }
            }
        }
    }
}

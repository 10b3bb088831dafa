import ApusCore

/// A file in the format of MNIST's authors: a few bytes that name the type and the sizes, then the numbers,
/// row-major. Types other than unsigned bytes are refused.
public struct IDXFile: Hashable, Sendable {
    /// The sizes, outermost first: `[60000, 28, 28]`.
    public let dimensions: [Int]
    /// The numbers.
    public let bytes: [UInt8]

    /// A file's contents.
    /// - Throws: `FileError`, ``IDXError``.
    public init(path: String) throws {
        var contents: [UInt8] = []
        try ByteFile.forEachChunk(of: path) { contents.append(contentsOf: $0) }
        try self.init(contents, path: path)
    }

    /// Contents that were read already.
    /// - Parameters:
    ///   - contents: the whole file, not compressed.
    ///   - path: its name in errors.
    /// - Throws: ``IDXError``.
    public init(_ contents: [UInt8], path: String) throws(IDXError) {
        guard contents.count >= 4, contents[0] == 0, contents[1] == 0 else {
            if contents.count >= 2, contents[0] == 0x1F, contents[1] == 0x8B { throw .compressed(file: path) }
            throw .notIDX(file: path)
        }
        guard contents[2] == 0x08 else { throw .unsupportedType(file: path, code: contents[2]) }
        let rank = Int(contents[3])
        let start = 4 + 4 * rank
        guard rank > 0, contents.count >= start else { throw .notIDX(file: path) }
        dimensions = (0..<rank).map { i in
            contents[4 + 4 * i..<8 + 4 * i].reduce(0) { $0 << 8 | Int($1) }
        }
        // Sizes come from the file: their product is checked before it is believed.
        var expected = 1
        var overflow = false
        for size in dimensions where !overflow { (expected, overflow) = expected.multipliedReportingOverflow(by: size) }
        guard !overflow, contents.count - start == expected else {
            throw .wrongLength(file: path, dimensions: dimensions, found: contents.count - start)
        }
        bytes = Array(contents[start...])
    }
}

/// What can be wrong with an IDX file, or with files that belong together.
public enum IDXError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first bytes are not those of an IDX file.
    case notIDX(file: String)
    /// The file is gzipped, and no way to read that was given.
    case compressed(file: String)
    /// Numbers of another type than unsigned bytes; `code` is the file's third byte.
    case unsupportedType(file: String, code: UInt8)
    /// More or fewer numbers than the sizes say.
    case wrongLength(file: String, dimensions: [Int], found: Int)
    /// Sizes that are not those of images, or of labels.
    case wrongShape(file: String, dimensions: [Int], expected: String)
    /// Not as many labels as images.
    case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
    /// Neither the file nor its gzipped form is in the folder.
    case missing(folder: String, file: String)

    public var description: String {
        switch self {
        case let .notIDX(file): "\(file) is no IDX file"
        case let .compressed(file): "\(file) is gzipped; unpack it, or read it with ApusGzip"
        case let .unsupportedType(file, code): "\(file): its numbers are of type \(code), not 8 (unsigned bytes)"
        case let .wrongLength(file, dimensions, found):
            "\(file): \(found) bytes follow the header, which does not make \(dimensions)"
        case let .wrongShape(file, dimensions, expected): "\(file) has shape \(dimensions), not \(expected)"
        case let .countsDiffer(images, imageCount, labels, labelCount):
            "\(images) has \(imageCount) images, but \(labels) \(labelCount) labels"
        case let .missing(folder, file): "\(folder) has neither \(file) nor \(file).gz"
        }
    }
}

import ApusCore

/// A reason that the caller puts file, layer and weight to.
struct HDF5Failure: Error {
    let reason: String
}

/// A group of an HDF5 file, for reading: found by ``PlainGroup`` where the file is laid out as Keras does it, by libhdf5 otherwise.
protocol StoredGroup {
    /// The names of what is in it.
    func names() throws -> [String]
    /// The group of that path below this one; nil if there is none.
    func group(_ path: String) throws -> Self?
    /// The data set of that path below this group; nil if there is none.
    func dataset(_ path: String) throws -> StoredDataset?
    /// The strings of an attribute, one or many, of fixed or variable length; nil if there is none.
    func strings(_ name: String) throws -> [String]?
}

extension StoredGroup {
    /// A list that Keras cuts into `name0`, `name1`, … where it is too long for one attribute.
    func longList(_ name: String) throws -> [String]? {
        if let whole = try strings(name) { return whole }
        guard var list = try strings("\(name)0") else { return nil }
        var number = 1
        while let part = try strings("\(name)\(number)") {
            list += part
            number += 1
        }
        return list
    }
}

/// A data set of floating-point numbers, checked as far as can be without reading them.
struct StoredDataset {
    /// The sizes of its dimensions.
    let dimensions: [Int]
    /// How its numbers are read.
    let source: Source

    enum Source {
        /// From here on they lie in the file in one piece, as they are to be in memory.
        case inFile(offset: Int)
        /// Somebody has to put them together or to convert them: all of them, in row-major order.
        case made(by: (UnsafeMutableBufferPointer<Float>) throws -> Void)
    }

    /// The bytes of so many elements, if they can be counted.
    static func byteCount(_ dimensions: [Int], elementBytes: Int) throws -> Int {
        var bytes = elementBytes
        for size in dimensions {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { throw HDF5Failure(reason: "dimensions \(dimensions) of more bytes than can be counted") }
            bytes = product
        }
        return bytes
    }
}

import ApusCore

/// The file uses a part of HDF5 that Keras' files do not: libhdf5 is to read it.
struct NotPlain: Error {}

/// An HDF5 file's bytes, every access checked against its end.
///
/// libhdf5 (1.10 at least) trusts what it finds: a few wrong bytes in a file's structure crash it. Keras' files use a small part of the
/// format, which is read here without it. The format: "HDF5 File Format Specification Version 3.0", The HDF Group.
struct PlainFile {
    let file: OpenFile

    func bytes(_ offset: Int, _ count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, count <= file.size, offset <= file.size - count else {
            throw HDF5Failure(reason: "its structure leads beyond its end: it is truncated or damaged")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        guard try bytes.withUnsafeMutableBytes({ try file.read($0, at: offset) }) else {
            throw HDF5Failure(reason: "it became shorter while it was read")
        }
        return bytes
    }

    /// The address of the root group's header.
    /// - Throws: ``NotPlain`` for newer versions of the format, and for a file that does not begin with HDF5's signature.
    func root() throws -> Int {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        guard file.size >= 96 else { throw HDF5Failure(reason: "it ends before HDF5's signature") }
        var block = Cursor(try bytes(0, 96))
        guard try block.take(8) == signature else {
            // A block of somebody else's may come before it, of 512 bytes, 1024, …
            var offset = 512
            while offset <= file.size - 96 {
                if try bytes(offset, 8) == signature { throw NotPlain() }
                offset *= 2
            }
            throw HDF5Failure(reason: "HDF5's signature is missing")
        }
        guard try block.number(1) == 0 else { throw NotPlain() }
        try block.skip(4)
        guard try block.number(1) == 8, try block.number(1) == 8 else { throw NotPlain() }
        block.place = 24
        guard try block.number(8) == 0 else { throw NotPlain() }
        try block.skip(8)
        let end = try block.number(8)
        guard end <= file.size else {
            throw HDF5Failure(reason: "it is truncated: \(file.size) of \(end) bytes")
        }
        block.place = 64
        return try block.number(8)
    }
}

/// Little-endian numbers, one after the other.
struct Cursor {
    let bytes: [UInt8]
    var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var rest: Int { bytes.count - place }

    mutating func take(_ count: Int) throws -> [UInt8] {
        guard count >= 0, place >= 0, count <= rest else { throw HDF5Failure(reason: "a part of it is shorter than it says: it is damaged") }
        place += count
        return Array(bytes[(place - count)..<place])
    }

    mutating func skip(_ count: Int) throws { _ = try take(count) }

    /// Of 1, 2, 4 or 8 bytes; the undefined address, all ones, and others that an Int cannot hold are −1, which leads nowhere.
    mutating func number(_ count: Int) throws -> Int {
        let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: value) ?? -1
    }
}

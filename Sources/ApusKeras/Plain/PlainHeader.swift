import ApusCore

/// The messages of an object: what is known about a group or a data set.
struct PlainHeader {
    struct Message {
        let kind: Int
        let body: [UInt8]
    }

    private(set) var messages: [Message] = []

    /// Reads a header of version 1, continuations included.
    init(_ file: PlainFile, at address: Int) throws {
        var start = Cursor(try file.bytes(address, 16))
        let version = try start.number(1)
        if version == UInt8(ascii: "O") { throw NotPlain() }
        guard version == 1 else { throw HDF5Failure(reason: "an object's header is damaged") }
        try start.skip(1)
        let count = try start.number(2)
        try start.skip(4)
        var blocks = [(offset: address + 16, length: try start.number(4))]
        var seen = 0
        while let block = blocks.popLast() {
            var cursor = Cursor(try file.bytes(block.offset, block.length))
            while cursor.rest >= 8 && seen < count {
                seen += 1
                let kind = try cursor.number(2), size = try cursor.number(2), flags = try cursor.number(1)
                try cursor.skip(3)
                var body = Cursor(try cursor.take(size))
                switch kind {
                case 0x10: blocks.append((try body.number(8), try body.number(8)))
                // Links and attributes kept in newer ways, filters, other files.
                case 0x02, 0x06, 0x07, 0x0B, 0x15: throw NotPlain()
                case 0x01, 0x03, 0x08, 0x0C, 0x11:
                    // Shared: kept somewhere else.
                    if flags & 2 != 0 { throw NotPlain() }
                    messages.append(Message(kind: kind, body: body.bytes))
                default: break
                }
            }
        }
    }

    func first(_ kind: Int) -> Cursor? { messages.first { $0.kind == kind }.map { Cursor($0.body) } }
}

/// The sizes of a data set or attribute.
enum PlainSpace {
    /// - Returns: nil for the space without elements.
    static func dimensions(_ cursor: inout Cursor) throws -> [Int]? {
        let version = try cursor.number(1), rank = try cursor.number(1)
        try cursor.skip(1)
        switch version {
        case 1: try cursor.skip(5)
        case 2: if try cursor.number(1) == 2 { return nil }
        default: throw HDF5Failure(reason: "its dimensions are damaged")
        }
        guard rank <= Shape.maximumRank else { throw HDF5Failure(reason: "it has \(rank) dimensions") }
        return try (0..<rank).map { _ in
            let size = try cursor.number(8)
            guard size >= 0 else { throw HDF5Failure(reason: "its dimensions are damaged") }
            return size
        }
    }
}

/// What elements are.
enum PlainType: Equatable {
    case float32, otherFloat
    /// Strings of so many bytes each.
    case fixedString(Int)
    case variableString
    case other

    init(_ cursor: inout Cursor) throws {
        let head = try cursor.number(1), bits = try cursor.take(3), size = try cursor.number(4)
        switch head & 15 {
        case 1:
            // Little-endian, sign, exponent and fraction where IEEE 754 has them.
            let layout = try cursor.take(12)
            let isPlain = size == 4 && bits == [0x20, 31, 0] && layout == [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]
            self = isPlain ? .float32 : .otherFloat
        case 3: self = .fixedString(size)
        case 9: self = bits[0] & 15 == 1 ? .variableString : .other
        default: self = .other
        }
    }
}

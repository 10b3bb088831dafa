import ApusCore

/// A group of a file laid out as Keras' are: symbol tables, headers of version 1, data sets in one piece.
struct PlainGroup: StoredGroup {
    private let file: PlainFile
    private let header: PlainHeader
    private let links: [(name: String, address: Int?)]

    /// The root group.
    init(_ file: PlainFile) throws { try self.init(file, PlainHeader(file, at: file.root())) }

    private init(_ file: PlainFile, _ header: PlainHeader) throws {
        self.file = file
        self.header = header
        guard var table = header.first(0x11) else { throw HDF5Failure(reason: "a group without a table of its contents") }
        let tree = try table.number(8), heap = try table.number(8)
        links = try PlainSymbols(file, heap: heap).links(tree: tree)
    }

    func names() -> [String] { links.map(\.name) }

    func group(_ path: String) throws -> PlainGroup? {
        guard let header = try find(path), header.first(0x11) != nil else { return nil }
        return try PlainGroup(file, header)
    }

    func dataset(_ path: String) throws -> StoredDataset? {
        guard let header = try find(path), var layout = header.first(0x08) else { return nil }
        guard var space = header.first(0x01), var type = header.first(0x03) else {
            throw HDF5Failure(reason: "it has no dimensions or no type: the file is damaged")
        }
        switch try PlainType(&type) {
        case .float32: break
        case .otherFloat: throw NotPlain()
        default: throw HDF5Failure(reason: "its elements are not floating-point numbers")
        }
        guard let dimensions = try PlainSpace.dimensions(&space) else { throw HDF5Failure(reason: "it holds nothing") }
        let bytes = try StoredDataset.byteCount(dimensions, elementBytes: 4)
        guard try layout.number(1) == 3 else { throw NotPlain() }
        guard try layout.number(1) == 1 else { throw NotPlain() }
        let offset = try layout.number(8), size = try layout.number(8)
        guard bytes == 0 || (offset >= 0 && size == bytes && bytes <= file.file.size && offset <= file.file.size - bytes) else {
            throw HDF5Failure(reason: "its \(bytes) bytes are not all in the file")
        }
        return StoredDataset(dimensions: dimensions, source: .inFile(offset: bytes == 0 ? 0 : offset))
    }

    func strings(_ name: String) throws -> [String]? {
        for message in header.messages where message.kind == 0x0C {
            var cursor = Cursor(message.body)
            let version = try cursor.number(1), flags = try cursor.number(1)
            let sizes = (name: try cursor.number(2), type: try cursor.number(2), space: try cursor.number(2))
            guard (1...3).contains(version) else { throw HDF5Failure(reason: "an attribute is damaged") }
            if version > 1 && flags & 3 != 0 { throw NotPlain() }
            if version == 3 { try cursor.skip(1) }
            func part(_ size: Int) throws -> [UInt8] {
                let bytes = try cursor.take(size)
                if version == 1 { try cursor.skip(min(cursor.rest, (8 - size % 8) % 8)) }
                return bytes
            }
            guard text(try part(sizes.name)) == name else { continue }
            var type = Cursor(try part(sizes.type)), space = Cursor(try part(sizes.space))
            guard let dimensions = try PlainSpace.dimensions(&space) else { return [] }
            let count = try StoredDataset.byteCount(dimensions, elementBytes: 1)
            if count == 0 { return [] }
            switch try PlainType(&type) {
            case let .fixedString(size):
                guard size > 0, count <= cursor.rest / size else { break }
                return try (0..<count).map { _ in text(try cursor.take(size)) }
            case .variableString:
                guard count <= cursor.rest / 16 else { break }
                return try (0..<count).map { _ in
                    let length = try cursor.number(4), heap = try cursor.number(8), index = try cursor.number(4)
                    return length == 0 ? "" : text(try globalHeap(heap, index).prefix(length))
                }
            default: break
            }
            throw HDF5Failure(reason: "the attribute '\(name)' is no list of strings")
        }
        return nil
    }

    /// The header of what lies at a path below the group.
    private func find(_ path: String) throws -> PlainHeader? {
        let parts = path.split(separator: "/").map(String.init)
        var group = self
        for (number, part) in parts.enumerated() {
            guard let link = group.links.first(where: { $0.name == part }) else { return nil }
            guard let address = link.address else { throw HDF5Failure(reason: "'\(part)' is a link that leads elsewhere") }
            let header = try PlainHeader(file, at: address)
            if number == parts.count - 1 { return header }
            guard header.first(0x11) != nil else { return nil }
            group = try PlainGroup(file, header)
        }
        return nil
    }

    private func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

    /// An object of a collection of things of variable length.
    private func globalHeap(_ address: Int, _ index: Int) throws -> [UInt8] {
        var head = Cursor(try file.bytes(address, 16))
        guard try head.take(5) == Array("GCOL".utf8) + [1] else { throw HDF5Failure(reason: "a list of strings is damaged") }
        try head.skip(3)
        var heap = Cursor(try file.bytes(address, head.number(8)))
        try heap.skip(16)
        while heap.rest >= 16 {
            let number = try heap.number(2)
            try heap.skip(6)
            let size = try heap.number(8)
            if number == index && number != 0 { return try heap.take(size) }
            if number == 0 { break }
            guard size >= 0, size <= heap.rest else { break }
            try heap.skip(min(heap.rest, (size + 7) / 8 * 8))
        }
        throw HDF5Failure(reason: "a list of strings is damaged")
    }
}

/// A group's contents: a B-tree whose leaves list names, as offsets into a heap, and headers.
struct PlainSymbols {
    private let file: PlainFile
    private let names: [UInt8]

    init(_ file: PlainFile, heap: Int) throws {
        self.file = file
        var cursor = Cursor(try file.bytes(heap, 32))
        guard try cursor.take(4) == Array("HEAP".utf8) else { throw HDF5Failure(reason: "a group's names are damaged") }
        try cursor.skip(4)
        let size = try cursor.number(8)
        try cursor.skip(8)
        names = try file.bytes(cursor.number(8), size)
    }

    /// Names and the headers that they lead to; nil for those that lead elsewhere.
    func links(tree: Int) throws -> [(name: String, address: Int?)] {
        var links: [(name: String, address: Int?)] = []
        // No more nodes than the file has room for: a damaged tree may lead round in circles.
        var nodesLeft = file.file.size / 24
        var pending = [tree]
        while let address = pending.popLast() {
            nodesLeft -= 1
            guard nodesLeft > 0 else { throw HDF5Failure(reason: "a group's contents lead round in circles") }
            var head = Cursor(try file.bytes(address, 8))
            switch try head.take(4) {
            case Array("TREE".utf8):
                guard try head.number(1) == 0 else { throw HDF5Failure(reason: "a group's contents are damaged") }
                try head.skip(1)
                let count = try head.number(2)
                var node = Cursor(try file.bytes(address + 24, count * 16))
                var children: [Int] = []
                for _ in 0..<count {
                    try node.skip(8)
                    children.append(try node.number(8))
                }
                pending += children.reversed()
            case Array("SNOD".utf8):
                try head.skip(2)
                let count = try head.number(2)
                var node = Cursor(try file.bytes(address + 8, count * 40))
                for _ in 0..<count {
                    let name = try node.number(8), header = try node.number(8), kind = try node.number(4)
                    try node.skip(20)
                    guard name >= 0, name < names.count else { throw HDF5Failure(reason: "a group's names are damaged") }
                    links.append((String(decoding: names[name...].prefix { $0 != 0 }, as: UTF8.self), kind == 2 ? nil : header))
                }
            default: throw HDF5Failure(reason: "a group's contents are damaged")
            }
        }
        return links
    }
}

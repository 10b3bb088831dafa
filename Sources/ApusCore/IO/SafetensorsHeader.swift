/// The header of a safetensors file, parsed strictly: the JSON that the format allows and no other.
///
/// Written for this one grammar, which has no nesting to recurse into, because general JSON parsers keep
/// one of two equal keys without a word.
struct SafetensorsHeader {
    var metadata: [String: String] = [:]
    /// In the order of their bytes.
    var entries: [Safetensors.Entry] = []

    /// - Parameter dataBytes: how many bytes follow the header.
    init(_ bytes: UnsafeRawBufferPointer, dataBytes: Int, file: String) throws {
        var scanner = JSONScanner(bytes: bytes, file: file)
        var names: Set<String> = []
        try scanner.object { scanner, key in
            guard names.insert(key).inserted else { throw SafetensorsError.duplicate(file: file, name: key) }
            if key == "__metadata__" {
                try scanner.object { scanner, name in
                    let value = try scanner.string()
                    guard metadata.updateValue(value, forKey: name) == nil else {
                        throw SafetensorsError.duplicate(file: file, name: name)
                    }
                }
            } else {
                entries.append(try SafetensorsHeader.entry(named: key, &scanner, file: file))
            }
        }
        try scanner.end()
        try checkLayout(dataBytes: dataBytes, file: file)
    }

    private static func entry(
        named name: String, _ scanner: inout JSONScanner, file: String
    ) throws -> Safetensors.Entry {
        func bad(_ reason: String) -> SafetensorsError { .entry(file: file, tensor: name, reason: reason) }
        var type: String?
        var sizes: [Int]?
        var offsets: [Int]?
        try scanner.object { scanner, key in
            switch key {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where sizes == nil:
                sizes = try scanner.integers(atMost: Shape.maximumRank) {
                    bad("more than \(Shape.maximumRank) dimensions")
                }
            case "data_offsets" where offsets == nil:
                offsets = try scanner.integers(atMost: 2) { bad("more than two data_offsets") }
            case "dtype", "shape", "data_offsets": throw bad("'\(key)' twice")
            default: throw bad("unknown key '\(key)'")
            }
        }
        guard let type, let sizes, let offsets else { throw bad("dtype, shape or data_offsets is missing") }
        guard offsets.count == 2, offsets[0] <= offsets[1] else { throw bad("data_offsets \(offsets)") }
        guard let elementBytes = Safetensors.elementBytes(type) else { throw bad("elements of type \(type)") }
        var count = elementBytes
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow { throw bad("the shape \(sizes) has more elements than can be counted") }
            count = product
        }
        guard count == offsets[1] - offsets[0] else {
            throw bad("\(offsets[1] - offsets[0]) bytes for \(type) elements of shape \(sizes)")
        }
        // A zero among the sizes hides the others from the product above.
        var rest = 1
        for size in sizes where size > 0 {
            let (product, overflow) = rest.multipliedReportingOverflow(by: size)
            if overflow { throw bad("the shape \(sizes) has more elements than can be counted") }
            rest = product
        }
        return Safetensors.Entry(name: name, elementType: type, shape: Shape(sizes), bytes: offsets[0]..<offsets[1])
    }

    private mutating func checkLayout(dataBytes: Int, file: String) throws {
        entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
        var end = 0
        for entry in entries {
            guard entry.bytes.lowerBound == end else {
                let what = entry.bytes.lowerBound < end ? "overlaps the one before it" : "leaves a gap before it"
                throw SafetensorsError.entry(
                    file: file, tensor: entry.name, reason: "begins at byte \(entry.bytes.lowerBound), not \(end): \(what)")
            }
            end = entry.bytes.upperBound
        }
        if end > dataBytes {
            throw SafetensorsError.truncated(file: file, expectedBytes: end, foundBytes: dataBytes)
        }
        if end < dataBytes { throw SafetensorsError.trailingBytes(file: file, count: dataBytes - end) }
    }
}

/// Collects tensors and strings and writes them as one safetensors file, whole or not at all.
///
/// Tensors are held, not copied. In the file they lie by the size of their elements, largest first, so
/// that each is aligned, and otherwise in the order in which they were added.
public struct SafetensorsWriter {
    /// The strings under `__metadata__`.
    public var metadata: [String: String]

    private struct Item {
        let name: String
        let elementType: String
        let elementBytes: Int
        let shape: Shape
        let withBytes: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    }
    private var items: [Item] = []
    private var names: Set<String> = []

    /// A file without tensors.
    /// - Parameter metadata: the strings under `__metadata__`; none: the header has no such entry.
    public init(metadata: [String: String] = [:]) { self.metadata = metadata }

    /// Adds a tensor.
    /// - Precondition: no other has the name, which is not `__metadata__`.
    public mutating func add<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>, named name: String) {
        precondition(name != "__metadata__", "a tensor named __metadata__")
        precondition(names.insert(name).inserted, "two tensors named '\(name)' in one file")
        items.append(
            Item(
                name: name, elementType: Scalar.safetensorsName, elementBytes: MemoryLayout<Scalar>.stride,
                shape: tensor.shape
            ) { body in
                try tensor.withUnsafeBufferPointer { (elements) throws in try body(UnsafeRawBufferPointer(elements)) }
            })
    }

    /// Writes the file through ``AtomicFile``.
    /// - Throws: ``FileError``; the file is then as it was. ``SafetensorsError/headerLength(file:bytes:)``
    ///   for a header that could not be read again.
    public func write(to path: String) throws {
        let ordered = items.enumerated().sorted {
            ($1.element.elementBytes, $0.offset) < ($0.element.elementBytes, $1.offset)
        }.map(\.element)
        let header = header(ordered)
        guard header.count <= Safetensors.maximumHeaderBytes else {
            throw SafetensorsError.headerLength(file: path, bytes: UInt64(header.count))
        }
        try AtomicFile.write(to: path) { stream in
            let length = UInt64(header.count)
            try stream.write((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) })
            try stream.write(header)
            for item in ordered {
                try item.withBytes { try stream.write($0) }
            }
        }
    }

    private func header(_ ordered: [Item]) -> [UInt8] {
        var text = "{"
        if !metadata.isEmpty {
            let strings = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            text += "\"__metadata__\":{\(strings.joined(separator: ","))}"
        }
        var offset = 0
        for item in ordered {
            let end = offset + item.shape.elementCount * item.elementBytes
            let sizes = item.shape.map(String.init).joined(separator: ",")
            text += text.utf8.count > 1 ? "," : ""
            text += "\(quoted(item.name)):{\"dtype\":\"\(item.elementType)\",\"shape\":[\(sizes)],"
            text += "\"data_offsets\":[\(offset),\(end)]}"
            offset = end
        }
        text += "}"
        // Spaces up to a cache line, so that a mapped file's tensors are aligned.
        let bytes = Array(text.utf8)
        return bytes + [UInt8](repeating: 0x20, count: (64 - (bytes.count + 8) % 64) % 64)
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open safetensors file, its header read and checked: offsets lie end to end up to the end of the
/// file, no name stands twice, every size is that of its shape.
///
/// Tensors are read when asked for, from the disk straight into their memory.
public final class SafetensorsReader {
    /// The file.
    public let path: String
    /// The strings under `__metadata__`.
    public let metadata: [String: String]
    /// The tensors, in the order of their bytes.
    public let entries: [Safetensors.Entry]

    private let descriptor: Int32
    private let dataStart: Int
    private let places: [String: Int]

    /// Opens a file and reads its header.
    /// - Throws: ``FileError``; ``SafetensorsError``.
    public init(path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(.open, path: path, code: errno) }
        do {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw FileError(.inspect, path: path, code: errno) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw FileError(.read, path: path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ESPIPE)
            }
            let size = Int(status.st_size)
            guard size >= 8 else { throw SafetensorsError.truncated(file: path, expectedBytes: 8, foundBytes: size) }
            var length: UInt64 = 0
            try withUnsafeMutableBytes(of: &length) { try readFully(descriptor, into: $0, at: 0, path: path) }
            length = UInt64(littleEndian: length)
            guard length >= 2, length <= UInt64(Safetensors.maximumHeaderBytes) else {
                throw SafetensorsError.headerLength(file: path, bytes: length)
            }
            let start = 8 + Int(length)
            guard size >= start else {
                throw SafetensorsError.truncated(file: path, expectedBytes: start, foundBytes: size)
            }
            let buffer = AlignedBuffer(byteCount: Int(length), zeroed: false)
            let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: Int(length))
            try readFully(descriptor, into: bytes, at: 8, path: path)
            guard bytes[0] == UInt8(ascii: "{") else {
                throw SafetensorsError.header(file: path, offset: 0, reason: "'{' expected")
            }
            let header = try SafetensorsHeader(UnsafeRawBufferPointer(bytes), dataBytes: size - start, file: path)
            withExtendedLifetime(buffer) {}
            metadata = header.metadata
            entries = header.entries
            dataStart = start
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    deinit { close(descriptor) }

    /// The entry of a tensor; nil if there is none.
    public func entry(named name: String) -> Safetensors.Entry? { places[name].map { entries[$0] } }

    /// Reads a tensor.
    /// - Parameter shape: the shape that it must have; nil: any.
    /// - Throws: ``SafetensorsError`` for one that is missing or has other elements or another shape;
    ///   ``FileError``.
    public func tensor<Scalar: TensorScalar>(
        named name: String, of type: Scalar.Type = Scalar.self, shape: Shape? = nil
    ) throws -> Tensor<Scalar> {
        guard let entry = entry(named: name) else {
            throw SafetensorsError.missing(file: path, tensor: name, available: entries.map(\.name))
        }
        guard entry.elementType == Scalar.safetensorsName else {
            throw SafetensorsError.elementType(
                file: path, tensor: name, expected: Scalar.safetensorsName, found: entry.elementType)
        }
        if let shape, shape != entry.shape {
            throw SafetensorsError.shape(file: path, tensor: name, expected: shape, found: entry.shape)
        }
        return try Tensor(uninitialized: entry.shape) { (target) throws in
            try readFully(
                descriptor, into: UnsafeMutableRawBufferPointer(target), at: dataStart + entry.bytes.lowerBound, path: path)
        }
    }
}

private func readFully(
    _ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer, at offset: Int, path: String
) throws {
    var done = 0
    while done < bytes.count {
        let count = pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
        if count < 0 {
            if errno == EINTR { continue }
            throw FileError(.read, path: path, code: errno)
        }
        // Somebody shortened the file since its size was asked.
        if count == 0 {
            throw SafetensorsError.truncated(
                file: path, expectedBytes: offset + bytes.count, foundBytes: offset + done)
        }
        done += count
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reading a file's bytes piece by piece, so that a file larger than memory can be parsed.
public enum ByteFile {
    /// Calls `body` with each piece of the file in order. The pointer is valid only during the call; a piece is never empty.
    ///
    /// - Parameter chunkSize: the most bytes in one piece.
    /// - Throws: ``FileError`` when the file cannot be opened or read, and whatever `body` throws.
    public static func forEachChunk(
        of path: String, chunkSize: Int = 1 << 18, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        precondition(chunkSize > 0, "chunkSize is \(chunkSize); it must be positive")
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(.open, path: path, code: errno) }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress!, chunkSize)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(.read, path: path, code: errno)
            }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

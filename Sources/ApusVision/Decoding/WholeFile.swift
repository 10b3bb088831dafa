import ApusCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file's bytes in memory that is used again.
enum WholeFile {
    /// - Throws: `FileError`; ``ImageError/fileTooLarge(path:bytes:limit:)`` before anything is read.
    static func read(_ path: String, limit: Int, into scratch: Scratch) throws -> UnsafeRawBufferPointer {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(.open, path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(.inspect, path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(.read, path: path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ESPIPE)
        }
        let size = Int(status.st_size)
        guard size <= limit else { throw ImageError.fileTooLarge(path: path, bytes: size, limit: limit) }
        let target = scratch.bytes(size)
        var done = 0
        while done < size {
            let count = pread(descriptor, target.baseAddress! + done, size - done, off_t(done))
            if count < 0 && errno != EINTR { throw FileError(.read, path: path, code: errno) }
            // Shortened since its size was asked: what there is may still be a picture.
            if count == 0 { break }
            done += max(0, count)
        }
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(target)[..<done])
    }
}

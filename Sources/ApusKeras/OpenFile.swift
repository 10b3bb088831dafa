import ApusCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A regular file, open for reading.
final class OpenFile {
    let path: String
    let size: Int
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(.open, path: path, code: errno) }
        self.path = path
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            close(descriptor)
            throw FileError(.read, path: path, code: isFolder ? EISDIR : ESPIPE)
        }
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// False if the file ends before.
    func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Bool {
        var done = 0
        while done < target.count {
            let count = pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
            if count < 0 && errno != EINTR { throw FileError(.read, path: path, code: errno) }
            if count == 0 { return false }
            done += max(0, count)
        }
        return true
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writing a file so that whatever happens (an error, a full disk, a kill, a power cut) its path holds either the old contents or
/// the new ones, whole.
///
/// The bytes go to a temporary file in the same folder, which is flushed to the disk and then renamed over the target; last, the
/// folder itself is flushed, for the rename is a change to it. On an error the temporary file is removed. A killed process cannot do
/// that: what it leaves is found by ``removeOrphans(in:olderThan:)``.
///
/// A symbolic link is followed: the file it points to is replaced, not the link. The permission bits of a file that is replaced are
/// kept. A device, pipe or anything under `/dev` cannot be replaced by renaming and is written to directly.
///
/// One error comes after the rename: when the folder cannot be flushed. The new file is then in place, but might not outlast a power cut.
public enum AtomicFile {
    /// Writes `bytes` as the whole contents of the file at `path`.
    ///
    /// - Throws: ``FileError``; the file is then as it was.
    public static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
        try write(to: path) { try $0.write(bytes) }
    }

    /// Writes `bytes` as the whole contents of the file at `path`.
    ///
    /// - Throws: ``FileError``; the file is then as it was.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        try bytes.withUnsafeBytes { try write($0, to: path) }
    }

    /// Writes `text`, as UTF-8, as the whole contents of the file at `path`.
    ///
    /// - Throws: ``FileError``; the file is then as it was.
    public static func write(_ text: String, to path: String) throws {
        try write(to: path) { try $0.write(text) }
    }

    /// Gives `body` a stream whose bytes become the contents of the file at `path` once `body` has returned.
    ///
    /// - Throws: ``FileError``, or whatever `body` throws; the file is then as it was.
    public static func write<Result>(to path: String, _ body: (inout Stream) throws -> Result) throws -> Result {
        let target = try Target(path)
        guard target.isReplaceable else { return try writeDirectly(to: path, body) }

        let temporary = try TemporaryFile(for: target)
        // Unlinks unless the rename has taken place.
        defer { temporary.dispose() }
        var stream = Stream(descriptor: temporary.descriptor, path: path)
        let result = try body(&stream)
        try stream.flush()
        try synchronize(temporary.descriptor, path: path)
        try temporary.rename()
        try synchronizeFolder(target.folder, path: path)
        return result
    }

    /// Gives `body` the path of an empty file, for a library that writes files itself; what it has written there becomes the file at
    /// `path` once `body` has returned.
    ///
    /// - Throws: ``FileError``, or whatever `body` throws; the file is then as it was. A device or pipe cannot be written in this way.
    public static func replaceFile<Result>(at path: String, _ body: (_ temporaryPath: String) throws -> Result) throws -> Result {
        let target = try Target(path)
        guard target.isReplaceable else { throw FileError(.create, path: path, code: ESPIPE) }
        let temporary = try TemporaryFile(for: target)
        defer { temporary.dispose() }
        // The library may lock the file for itself.
        _ = flock(temporary.descriptor, LOCK_UN)
        let result = try body(temporary.name)
        try synchronize(temporary.descriptor, path: path)
        try temporary.rename()
        try synchronizeFolder(target.folder, path: path)
        return result
    }

    private static func writeDirectly<Result>(to path: String, _ body: (inout Stream) throws -> Result) throws -> Result {
        // Appending, because /dev/stdout may be a regular file that already has something in it.
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(.open, path: path, code: errno) }
        defer { close(descriptor) }
        var stream = Stream(descriptor: descriptor, path: path)
        let result = try body(&stream)
        try stream.flush()
        return result
    }
}

extension AtomicFile {
    /// A buffered, write-only stream into a file being made.
    public struct Stream: ~Copyable {
        private let descriptor: Int32
        private let path: String
        private var buffer: [UInt8] = []
        private static let capacity = 1 << 16

        fileprivate init(descriptor: Int32, path: String) {
            self.descriptor = descriptor
            self.path = path
            buffer.reserveCapacity(Self.capacity)
        }

        /// Adds bytes to the file.
        ///
        /// - Throws: ``FileError``, for example on a full disk. As output is buffered, the error may belong to earlier bytes.
        public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
            if buffer.count + bytes.count > Self.capacity { try flush() }
            if bytes.count > Self.capacity {
                try writeFully(descriptor, bytes, path: path)
            } else {
                buffer.append(contentsOf: bytes)
            }
        }

        /// Adds bytes to the file.
        ///
        /// - Throws: ``FileError``, as ``write(_:)-(UnsafeRawBufferPointer)`` does.
        public mutating func write(_ bytes: [UInt8]) throws {
            try bytes.withUnsafeBytes { try write($0) }
        }

        /// Adds text to the file, as UTF-8.
        ///
        /// - Throws: ``FileError``, as ``write(_:)-(UnsafeRawBufferPointer)`` does.
        public mutating func write(_ text: String) throws {
            var text = text
            try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
        }

        fileprivate mutating func flush() throws {
            try buffer.withUnsafeBytes { try writeFully(descriptor, $0, path: path) }
            buffer.removeAll(keepingCapacity: true)
        }
    }
}

/// Where the bytes are to end up: links resolved, kind of file known.
private struct Target {
    /// As the caller wrote it; used in errors.
    let path: String
    /// The file to be replaced, links followed.
    let resolved: String
    let folder: String
    /// Permission bits of the file that stands there now.
    let mode: mode_t?
    let isReplaceable: Bool

    init(_ path: String) throws {
        self.path = path
        var status = stat()
        var link = stat()
        let isThere = stat(path, &status) == 0
        if !isThere, errno != ENOENT { throw FileError(.inspect, path: path, code: errno) }
        mode = isThere ? status.st_mode & 0o7777 : nil
        let kind = status.st_mode & S_IFMT
        // A folder goes the usual way; the rename reports it.
        isReplaceable = !path.hasPrefix("/dev/") && (!isThere || kind == S_IFREG || kind == S_IFDIR)
        if isReplaceable, lstat(path, &link) == 0, link.st_mode & S_IFMT == S_IFLNK {
            guard let real = realpath(path, nil) else { throw FileError(.inspect, path: path, code: errno) }
            defer { free(real) }
            resolved = String(cString: real)
        } else {
            resolved = path
        }
        folder = Folder.parent(of: resolved)
    }
}

/// A new file beside the target, held under a lock while its writer lives.
private final class TemporaryFile {
    let descriptor: Int32
    let name: String
    private let target: Target
    private var isRenamed = false

    init(for target: Target) throws {
        self.target = target
        while true {
            // The name does not contain the target's, which may be as long as a name can be.
            let name = target.folder + "/" + AtomicFile.temporaryName(UInt64.random(in: 0...UInt64.max))
            let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                self.descriptor = descriptor
                self.name = name
                break
            }
            if errno != EEXIST && errno != EINTR { throw FileError(.create, path: target.path, code: errno) }
        }
        // The lock tells removeOrphans that the writer lives; a file system without locks has only the age of the file to go by.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        if let mode = target.mode { _ = fchmod(descriptor, mode) }
    }

    func rename() throws {
        guard renameFile(name, target.resolved) == 0 else { throw FileError(.rename, path: target.path, code: errno) }
        isRenamed = true
    }

    func dispose() {
        if !isRenamed { unlink(name) }
        close(descriptor)
    }
}

// Free functions, so that the system's names are not taken for the methods above.

private func renameFile(_ old: String, _ new: String) -> Int32 { rename(old, new) }

private func writeFully(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, path: String) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw FileError(.write, path: path, code: errno)
        }
        rest = rest.dropFirst(count)
    }
}

private func synchronize(_ descriptor: Int32, path: String) throws {
    #if canImport(Darwin)
        // There fsync stops at the drive's cache.
        if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
    #endif
    while fsync(descriptor) != 0 {
        if errno != EINTR { throw FileError(.synchronize, path: path, code: errno) }
    }
}

private func synchronizeFolder(_ folder: String, path: String) throws {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        // A folder may be writable without being readable: the file is in place, only its durability is left to the system.
        if errno == EACCES { return }
        throw FileError(.synchronize, path: path, code: errno)
    }
    defer { close(descriptor) }
    while fsync(descriptor) != 0 {
        switch errno {
        case EINTR: continue
        // The file system has no such notion.
        case EINVAL, ENOTSUP: return
        default: throw FileError(.synchronize, path: path, code: errno)
        }
    }
}

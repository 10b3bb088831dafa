#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension AtomicFile {
    private static let prefix = ".apus-"
    private static let suffix = ".partial"

    static func temporaryName(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return prefix + String(repeating: "0", count: 16 - digits.count) + digits + suffix
    }

    /// Whether a file of this name was made by ``AtomicFile`` on its way to another name.
    static func isTemporaryName(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.hasSuffix(suffix) && name.utf8.count == prefix.utf8.count + 16 + suffix.utf8.count
    }

    /// Removes the temporary files that killed processes left in a folder; to be called before a folder is used for saving.
    ///
    /// A file that another process is still writing is locked by it, and is left alone, as is one younger than `seconds`.
    ///
    /// - Returns: the names of the files removed.
    /// - Throws: ``FileError`` when the folder cannot be listed or a file cannot be removed.
    @discardableResult
    public static func removeOrphans(in folder: String, olderThan seconds: Int = 60) throws -> [String] {
        var removed: [String] = []
        for name in try Folder.names(in: folder) where isTemporaryName(name) {
            let path = folder + "/" + name
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            // Gone meanwhile, or not ours to read.
            if descriptor < 0 { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            guard time(nil) - modificationTime(status) >= seconds, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            guard unlink(path) == 0 || errno == ENOENT else { throw FileError(.remove, path: path, code: errno) }
            removed.append(name)
        }
        return removed
    }

    private static func modificationTime(_ status: stat) -> time_t {
        #if canImport(Darwin)
            status.st_mtimespec.tv_sec
        #else
            status.st_mtim.tv_sec
        #endif
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import Synchronization

/// The steps of writing that a disk can refuse, so that a test can refuse each in turn. Each returns -1 and sets errno
/// on failure, as the call it is named for.
struct FileCalls: Sendable {
    var write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { systemWrite($0, $1, $2) }
    var sync: @Sendable (Int32) -> Int32 = { fsync($0) }
    var close: @Sendable (Int32) -> Int32 = { systemClose($0) }
    var rename: @Sendable (String, String) -> Int32 = { systemRename($0, $1) }

    static let system = FileCalls()
}

// Free functions, because inside FileCalls the plain names mean its own properties.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int { write(file, bytes, count) }
private func systemClose(_ file: Int32) -> Int32 { close(file) }
private func systemRename(_ old: String, _ new: String) -> Int32 { rename(old, new) }

/// Writes a file so that its name always has either the old content or the whole of the new one.
enum AtomicFile {
    private static let serial = Atomic<UInt64>(0)

    /// Writes to a temporary name in the same folder, syncs, renames over the final name and syncs the folder. On
    /// failure the temporary file is removed and the old file is as it was.
    static func write(_ bytes: [UInt8], to path: String, calls: FileCalls = .system) throws(PlotError) {
        let (folder, name) = split(path)
        guard !name.isEmpty else {
            throw PlotError(.cannotWrite, file: path, reason: "the path names a folder, not a file")
        }
        let turn = serial.wrappingAdd(1, ordering: .relaxed).newValue
        // Cut, so that a name of the longest kind (255 bytes) leaves room for what is put around it.
        let stem = String(decoding: name.utf8.prefix(100), as: UTF8.self)
        let temporary = folder + ".\(stem).\(getpid())-\(turn).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw failure(path, "cannot create a file in its folder") }

        if let error = fill(file, with: bytes, path: path, calls: calls) {
            _ = calls.close(file)
            unlink(temporary)
            throw error
        }
        if calls.close(file) != 0 {
            let error = failure(path, "cannot close")
            unlink(temporary)
            throw error
        }
        if calls.rename(temporary, path) != 0 {
            let error = failure(path, "cannot rename into place")
            unlink(temporary)
            throw error
        }
        syncFolder(folder, calls: calls)
    }

    private static func fill(_ file: Int32, with bytes: [UInt8], path: String, calls: FileCalls) -> PlotError? {
        bytes.withUnsafeBytes { buffer -> PlotError? in
            guard let base = buffer.baseAddress else { return nil }
            var done = 0
            while done < buffer.count {
                let written = calls.write(file, base + done, buffer.count - done)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return failure(path, "cannot write") }
                done += written
            }
            return nil
        } ?? (calls.sync(file) == 0 ? nil : failure(path, "cannot sync to disk"))
    }

    /// Not every file system lets a folder be synced, and by now the file is whole under its name: no error.
    private static func syncFolder(_ folder: String, calls: FileCalls) {
        let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = calls.sync(descriptor)
        _ = calls.close(descriptor)
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    private static func failure(_ path: String, _ step: String) -> PlotError {
        PlotError(.cannotWrite, file: path, reason: "\(step): \(String(cString: strerror(errno)))")
    }
}

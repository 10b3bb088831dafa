import CHDF5
import Foundation

/// The way into libhdf5, which Debian and Ubuntu build for one thread at a time: for writing, and for reading what ``PlainGroup`` does not.
enum HDF5 {
    private static let lock = NSLock()

    /// Runs `body` alone, with HDF5's error printing off. Objects of HDF5 must not leave it.
    static func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        _ = H5open()
        let silence = apus_h5_silence_begin()
        defer { apus_h5_silence_end(silence) }
        return try body()
    }

    /// The innermost pending error in HDF5's words.
    static var pendingError: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            apus_h5_error_text(text.baseAddress)
            let words = String(cString: text.baseAddress!)
            return words.isEmpty ? "HDF5 does not say why" : words
        }
    }
}

/// An open object of HDF5, closed with its last reference.
final class HDF5Object {
    let id: hid_t
    private let close: (hid_t) -> herr_t

    /// Nil for the negative numbers that HDF5 gives instead of an object.
    init?(_ id: hid_t, close: @escaping (hid_t) -> herr_t) {
        guard id >= 0 else { return nil }
        self.id = id
        self.close = close
    }

    deinit { _ = close(id) }
}

import CApus

/// A block of C memory, aligned to 64 bytes, freed with its last reference.
///
/// The owner behind ``Tensor`` and behind the arenas of a training step; nothing else in the Swift
/// layer holds C memory.
public final class AlignedBuffer: @unchecked Sendable {
    // Unchecked because a pointer is not Sendable; whoever shares a buffer between threads answers for
    // the order of reads and writes. Tensor does so by copying before it writes to a shared one.

    /// The first byte.
    public let baseAddress: UnsafeMutableRawPointer
    /// How many bytes may be used.
    public let byteCount: Int

    /// A block of `byteCount` bytes, zeroed if `zeroed`.
    /// - Precondition: `byteCount >= 0`. Memory that cannot be had stops the program, as it does for
    ///   Swift's own arrays.
    public init(byteCount: Int, zeroed: Bool = true) {
        precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
        guard let block = apus_alloc(byteCount) else {
            preconditionFailure("out of memory: a buffer of \(byteCount) bytes")
        }
        baseAddress = block
        self.byteCount = byteCount
        if zeroed { block.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
    }

    deinit { apus_free(baseAddress) }
}

/// The 32-bit FNV-1a hash (Fowler, Noll, Vo), fed byte by byte: the same on every machine and in every
/// run, unlike Swift's own hashes.
struct FNV1a: Sendable {
    private(set) var value: UInt32 = 0x811C_9DC5

    @inline(__always)
    mutating func feed(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 0x0100_0193 }
    @inline(__always)
    mutating func feed(_ bytes: some Sequence<UInt8>) { for byte in bytes { feed(byte) } }
    mutating func feed(_ text: StaticString) { text.withUTF8Buffer { feed($0) } }
    /// The UTF-8 of one scalar.
    @inline(__always)
    mutating func feed(_ scalar: Unicode.Scalar) {
        if scalar.isASCII { feed(UInt8(truncatingIfNeeded: scalar.value)) } else { feed(UTF8.encode(scalar)!) }
    }
}

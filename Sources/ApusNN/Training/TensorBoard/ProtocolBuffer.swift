/// A message in the wire format of Protocol Buffers, written field by field.
///
/// The events of TensorBoard are a dozen fields that only ever are written. A library for reading and generating
/// messages would be every user's dependency for them.
struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func key(_ field: Int, type: UInt64) { varint(UInt64(field) << 3 | type) }

    /// A whole number; zero is the default and is left out.
    mutating func add(_ field: Int, _ value: Int64) {
        guard value != 0 else { return }
        key(field, type: 0)
        varint(UInt64(bitPattern: value))
    }

    /// A double; zero is left out.
    mutating func add(_ field: Int, _ value: Double) {
        guard value.bitPattern != 0 else { return }
        key(field, type: 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift)) }
    }

    /// A float in a `oneof`, which is written even if zero.
    mutating func addAlways(_ field: Int, _ value: Float) {
        key(field, type: 5)
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift)) }
    }

    /// Bytes, text, or a message of its own.
    mutating func add(_ field: Int, _ value: some Collection<UInt8>) {
        key(field, type: 2)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }
}

/// CRC-32C (Castagnoli), and the mask that TFRecord puts over it.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    }

    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let crc = checksum(bytes)
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }
}

/// The safetensors format: eight bytes of header length, a JSON header, the tensors' bytes.
///
/// Data only, nothing that runs. Source: the format's description in huggingface/safetensors. Read with
/// ``SafetensorsReader``, written with ``SafetensorsWriter``.
public enum Safetensors {
    /// The longest header that is read; longer ones are refused before anything is parsed.
    public static let maximumHeaderBytes = 100_000_000

    /// The name, type, shape and place of one tensor in a file.
    public struct Entry: Hashable, Sendable {
        /// The tensor's name, its own within the file.
        public let name: String
        /// `F32`, `F64`, `I32`, `I64`, `U8`.
        public let elementType: String
        /// The sizes of its dimensions.
        public let shape: Shape
        /// Where its bytes lie, counted from the end of the header.
        let bytes: Range<Int>
    }

    /// The bytes of an element; nil for types that are not read.
    static func elementBytes(_ type: String) -> Int? {
        switch type {
        case "U8": 1
        case "F32", "I32": 4
        case "F64", "I64": 8
        default: nil
        }
    }
}

/// A safetensors file that is not what it should be. Every case names the file.
public enum SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file ends before its header or its tensors do.
    case truncated(file: String, expectedBytes: Int, foundBytes: Int)
    /// The header says that it is longer than ``Safetensors/maximumHeaderBytes``, or empty.
    case headerLength(file: String, bytes: UInt64)
    /// The header is not the JSON that it should be.
    case header(file: String, offset: Int, reason: String)
    /// A tensor's entry makes no sense.
    case entry(file: String, tensor: String, reason: String)
    /// A name stands in the header twice.
    case duplicate(file: String, name: String)
    /// There are bytes after the last tensor.
    case trailingBytes(file: String, count: Int)
    /// The file lacks a tensor.
    case missing(file: String, tensor: String, available: [String])
    /// A tensor has other elements than asked for.
    case elementType(file: String, tensor: String, expected: String, found: String)
    /// A tensor has another shape than asked for.
    case shape(file: String, tensor: String, expected: Shape, found: Shape)

    public var description: String {
        switch self {
        case let .truncated(file, expected, found): "\(file): truncated: \(found) bytes of at least \(expected)"
        case let .headerLength(file, bytes):
            "\(file): a header of \(bytes) bytes; there can be 2 to \(Safetensors.maximumHeaderBytes)"
        case let .header(file, offset, reason): "\(file): header, byte \(offset): \(reason)"
        case let .entry(file, tensor, reason): "\(file): tensor '\(tensor)': \(reason)"
        case let .duplicate(file, name): "\(file): '\(name)' stands in the header twice"
        case let .trailingBytes(file, count): "\(file): \(count) bytes after the last tensor"
        case let .missing(file, tensor, available):
            "\(file): there is no tensor '\(tensor)'; there are \(available.prefix(20).joined(separator: ", "))"
        case let .elementType(file, tensor, expected, found):
            "\(file): tensor '\(tensor)' has \(found) elements, not \(expected)"
        case let .shape(file, tensor, expected, found):
            "\(file): tensor '\(tensor)' has shape \(found), not \(expected)"
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the operating system refused to do with a file, with the path and the system's own words for why.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The step that failed.
    public enum Operation: String, Hashable, Sendable {
        case open, read, create, write, synchronize, rename, list, inspect, remove
    }

    /// The step that failed.
    public let operation: Operation
    /// The file or folder the caller named, not a temporary one.
    public let path: String
    /// The value of `errno`.
    public let code: Int32
    /// The system's text for ``code``, such as "No space left on device".
    public let reason: String

    /// An error for a step on `path` that failed with the `errno` value `code`.
    public init(_ operation: Operation, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
        self.reason = String(cString: strerror(code))
    }

    public var description: String {
        "\(path): cannot \(operation.rawValue): \(reason)"
    }
}

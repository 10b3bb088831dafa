import CApus

/// A kernel's refusal: what it was asked to do and why it would not.
public struct KernelError: Error, Hashable, CustomStringConvertible {
    /// The kernel's name and the shapes it was given.
    public let operation: String
    /// The C status' own sentence.
    public let reason: String

    public var description: String { "\(operation): \(reason)" }

    init(operation: String, status: apus_status) {
        self.operation = operation
        reason = String(cString: apus_status_string(status))
    }
}

/// Throws unless the status says that all is well: the one place where a C status becomes a Swift error.
/// - Parameters:
///   - status: what a C function returned.
///   - operation: what was being done, with its shapes; evaluated only on failure.
/// - Throws: ``KernelError``.
public func check(_ status: apus_status, _ operation: @autoclosure () -> String) throws(KernelError) {
    if status != APUS_OK { throw KernelError(operation: operation(), status: status) }
}

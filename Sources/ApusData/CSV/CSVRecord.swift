/// One row of a CSV file while it is being read: the fields' bytes, quoting undone, end to end in one buffer that the next row uses
/// again. It cannot be copied, so that none outlives its turn; take strings out of it.
public struct CSVRecord: ~Copyable {
    /// The line on which the row begins, counted from 1.
    public internal(set) var line = 1
    var bytes: [UInt8] = []
    /// Where in `bytes` each field ends.
    var ends: [Int] = []

    /// The number of fields.
    public var count: Int { ends.count }

    /// The text of a field, counted from 0.
    public subscript(field: Int) -> String {
        withUTF8(of: field) { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the UTF-8 bytes of a field, counted from 0.
    public func withUTF8<Result>(of field: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        precondition(ends.indices.contains(field), "field \(field) of a row of \(ends.count)")
        let start = field == 0 ? 0 : ends[field - 1]
        return try bytes.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[start..<ends[field]]))
        }
    }

    mutating func begin(line: Int) {
        self.line = line
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}

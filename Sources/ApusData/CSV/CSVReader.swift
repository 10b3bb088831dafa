import ApusCore

/// Reading a CSV file row by row, in memory that does not grow with the file. See ``CSVTable`` for a whole one.
public enum CSVReader {
    /// Calls `body` with each row in turn, the header included. Rows may differ in their number of fields.
    ///
    /// The grammar is RFC 4180's, with LF and lone CR also ending rows, a UTF-8 byte order mark skipped, a line end after the last row
    /// not needed, and lines with nothing on them skipped.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - delimiter: the ASCII byte between fields.
    /// - Throws: ``CSVError/unreadable(file:reason:)``, ``CSVError/unterminatedQuote(file:line:)``,
    ///   ``CSVError/strayQuote(file:line:field:)``, ``CSVError/invalidUTF8(file:line:)``, and whatever `body` throws.
    public static func forEachRecord(
        contentsOf path: String, delimiter: UInt8 = UInt8(ascii: ","), _ body: (borrowing CSVRecord) throws -> Void
    ) throws {
        var parser = CSVParser(file: path, delimiter: delimiter)
        do {
            try ByteFile.forEachChunk(of: path) { try parser.consume($0, body) }
        } catch let error as FileError where error.path == path {
            throw CSVError.unreadable(file: path, reason: error.reason)
        }
        try parser.finish(body)
    }

    /// Calls `body` with each row of CSV text held in memory, as ``forEachRecord(contentsOf:delimiter:_:)`` does for a file.
    ///
    /// - Parameter file: the name used in errors.
    public static func forEachRecord(
        in bytes: UnsafeRawBufferPointer, file: String, delimiter: UInt8 = UInt8(ascii: ","),
        _ body: (borrowing CSVRecord) throws -> Void
    ) throws {
        var parser = CSVParser(file: file, delimiter: delimiter)
        try parser.consume(bytes, body)
        try parser.finish(body)
    }
}

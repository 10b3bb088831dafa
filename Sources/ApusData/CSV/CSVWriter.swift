import ApusCore

/// Writing CSV after RFC 4180: a field is quoted where it must be, and quotation marks in it are doubled.
public struct CSVWriter: Sendable {
    /// What ends a row.
    public enum LineEnd: String, Sendable {
        /// Unix' own.
        case lineFeed = "\n"
        /// RFC 4180's own.
        case carriageReturnLineFeed = "\r\n"
    }

    private let delimiter: UInt8
    private let lineEnd: LineEnd

    /// - Parameters:
    ///   - delimiter: the ASCII byte between fields.
    ///   - lineEnd: what ends a row.
    public init(delimiter: UInt8 = UInt8(ascii: ","), lineEnd: LineEnd = .lineFeed) {
        precondition(delimiter < 0x80 && !"\"\r\n".utf8.contains(delimiter), "byte \(delimiter) cannot separate fields")
        self.delimiter = delimiter
        self.lineEnd = lineEnd
    }

    /// Writes a header and rows to a file, which is replaced whole or not at all (see ``AtomicFile``). Every row must have as many
    /// fields as the header.
    ///
    /// - Throws: `FileError`; the file is then as it was.
    public func write(header: [String], rows: some Sequence<[String]>, to path: String) throws {
        try AtomicFile.write(to: path) { stream in
            var line: [UInt8] = []
            append(header, to: &line)
            try stream.write(line)
            for row in rows {
                check(row, against: header)
                line.removeAll(keepingCapacity: true)
                append(row, to: &line)
                try stream.write(line)
            }
        }
    }

    /// The bytes of a file with a header and rows. Every row must have as many fields as the header.
    public func encode(header: [String], rows: some Sequence<[String]>) -> [UInt8] {
        var bytes: [UInt8] = []
        append(header, to: &bytes)
        for row in rows {
            check(row, against: header)
            append(row, to: &bytes)
        }
        return bytes
    }

    private func check(_ row: [String], against header: [String]) {
        precondition(row.count == header.count, "a row of \(row.count) fields under a header of \(header.count)")
    }

    private func append(_ fields: [String], to line: inout [UInt8]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { line.append(delimiter) }
            // A row that is one empty field would be a line with nothing on it, which readers skip.
            append(field, isQuoted: needsQuotes(field) || (fields.count == 1 && field.isEmpty), to: &line)
        }
        line.append(contentsOf: lineEnd.rawValue.utf8)
    }

    private func needsQuotes(_ field: String) -> Bool {
        // A field that begins with U+FEFF would lose it to the reader's byte order mark at the start of a file.
        field.unicodeScalars.first == "\u{FEFF}"
            || field.utf8.contains { $0 == delimiter || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    }

    private func append(_ field: String, isQuoted: Bool, to line: inout [UInt8]) {
        guard isQuoted else {
            line.append(contentsOf: field.utf8)
            return
        }
        let quote = UInt8(ascii: "\"")
        line.append(quote)
        for byte in field.utf8 {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        line.append(quote)
    }
}

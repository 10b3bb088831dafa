/// A CSV parser after RFC 4180, fed piece by piece.
///
/// Our own, because the packages there are (SwiftCSV among them) tell no line numbers and let ragged rows pass, and because a
/// parser over characters is some ten times slower than one over bytes. It is stricter than most: what RFC 4180 forbids (a quotation
/// mark in an unquoted field, text after a closing one) is an error, as such files are usually read wrong without anybody noticing.
/// It is wider than the RFC in this: rows may end in CR LF, LF or a lone CR, mixed; text is UTF-8 and may begin with a byte order
/// mark; the last row needs no line end; lines with nothing on them are skipped.
struct CSVParser: ~Copyable {
    private enum State {
        case recordStart, fieldStart, unquoted, quoted
        /// After a quotation mark in a quoted field: it is the field's end or the first half of a doubled one.
        case quoteSeen
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let quote = UInt8(ascii: "\"")

    private let file: String
    private let delimiter: UInt8
    private var state = State.recordStart
    private var record = CSVRecord()
    /// The line of the next byte.
    private var line = 1
    /// The line on which the open quote stands.
    private var quoteLine = 1
    /// The last byte was a CR, so that an LF now belongs to it.
    private var isAfterReturn = false
    /// How many bytes of a byte order mark have been seen; `nil` when the start of the file is past.
    private var markProgress: Int? = 0

    /// - Parameters:
    ///   - file: the name used in errors.
    ///   - delimiter: the byte between fields; not a quotation mark or a line end.
    init(file: String, delimiter: UInt8 = UInt8(ascii: ",")) {
        precondition(
            delimiter < 0x80 && ![Self.quote, Self.lineFeed, Self.carriageReturn].contains(delimiter),
            "byte \(delimiter) cannot separate fields")
        self.file = file
        self.delimiter = delimiter
    }

    /// Parses a piece of the file, of any length, and calls `body` with every row that ends in it.
    mutating func consume(_ chunk: UnsafeRawBufferPointer, _ body: (borrowing CSVRecord) throws -> Void) throws {
        var chunk = chunk[...]
        while let progress = markProgress, let byte = chunk.first {
            if byte == Self.byteOrderMark[progress] {
                chunk.removeFirst()
                markProgress = progress == 2 ? nil : progress + 1
            } else {
                markProgress = nil
                try Self.byteOrderMark[..<progress].withUnsafeBytes { try scan($0, body) }
            }
        }
        try scan(UnsafeRawBufferPointer(rebasing: chunk), body)
    }

    /// Tells that the file has ended; a last row without a line end is given to `body`.
    mutating func finish(_ body: (borrowing CSVRecord) throws -> Void) throws {
        if let progress = markProgress {
            markProgress = nil
            try Self.byteOrderMark[..<progress].withUnsafeBytes { try scan($0, body) }
        }
        switch state {
        case .recordStart: return
        case .quoted: throw CSVError.unterminatedQuote(file: file, line: quoteLine)
        case .fieldStart, .unquoted, .quoteSeen:
            endField()
            try endRecord(body)
        }
    }

    private mutating func scan(_ chunk: UnsafeRawBufferPointer, _ body: (borrowing CSVRecord) throws -> Void) throws {
        let bytes = chunk.assumingMemoryBound(to: UInt8.self)
        let count = bytes.count
        var position = 0
        while position < count {
            switch state {
            case .recordStart:
                let byte = bytes[position]
                if byte == Self.lineFeed || byte == Self.carriageReturn {
                    countLineEnd(byte)
                    position += 1
                } else {
                    isAfterReturn = false
                    record.begin(line: line)
                    state = .fieldStart
                }
            case .fieldStart:
                if bytes[position] == Self.quote {
                    quoteLine = line
                    isAfterReturn = false
                    state = .quoted
                    position += 1
                } else {
                    state = .unquoted
                }
            case .unquoted:
                let start = position
                while position < count, !endsRun(bytes[position]) { position += 1 }
                record.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
                if position < count {
                    try endField(at: bytes[position], body)
                    position += 1
                }
            case .quoted:
                let start = position
                while position < count {
                    let byte = bytes[position]
                    if byte == Self.quote { break }
                    // One comparison for nearly every byte of text.
                    if byte <= Self.carriageReturn || isAfterReturn { countLineEnd(byte) }
                    position += 1
                }
                record.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
                if position < count {
                    state = .quoteSeen
                    position += 1
                }
            case .quoteSeen:
                if bytes[position] == Self.quote {
                    record.bytes.append(Self.quote)
                    isAfterReturn = false
                    state = .quoted
                } else {
                    try endField(at: bytes[position], body)
                }
                position += 1
            }
        }
    }

    @inline(__always)
    private func endsRun(_ byte: UInt8) -> Bool {
        byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn || byte == Self.quote
    }

    /// Keeps ``line`` right over LF, CR and CR LF.
    private mutating func countLineEnd(_ byte: UInt8) {
        switch byte {
        case Self.carriageReturn:
            line += 1
            isAfterReturn = true
        case Self.lineFeed:
            if !isAfterReturn { line += 1 }
            isAfterReturn = false
        default:
            isAfterReturn = false
        }
    }

    /// Ends the field before `byte`, which is the delimiter or a line end, or else out of place.
    private mutating func endField(at byte: UInt8, _ body: (borrowing CSVRecord) throws -> Void) throws {
        switch byte {
        case delimiter:
            endField()
            state = .fieldStart
        case Self.lineFeed, Self.carriageReturn:
            endField()
            // A quoted field's own last CR does not make one with this line end.
            isAfterReturn = false
            countLineEnd(byte)
            state = .recordStart
            try endRecord(body)
        default:
            throw CSVError.strayQuote(file: file, line: line, field: record.ends.count + 1)
        }
    }

    private mutating func endField() {
        record.ends.append(record.bytes.count)
    }

    private func endRecord(_ body: (borrowing CSVRecord) throws -> Void) throws {
        if let offset = record.firstInvalidUTF8 {
            throw CSVError.invalidUTF8(file: file, line: record.line + lineEnds(before: offset))
        }
        try body(record)
    }

    private func lineEnds(before offset: Int) -> Int {
        var count = 0
        var previous: UInt8 = 0
        for byte in record.bytes[..<offset] {
            if byte == Self.carriageReturn || (byte == Self.lineFeed && previous != Self.carriageReturn) { count += 1 }
            previous = byte
        }
        return count
    }
}

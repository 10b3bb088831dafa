import Testing

@testable import ApusData

@Suite struct CSVParserTests {
    struct Row: Equatable {
        var line: Int
        var fields: [String]

        init(_ line: Int, _ fields: [String]) {
            self.line = line
            self.fields = fields
        }
    }

    /// The rows of a text that is fed to the parser `piece` bytes at a time.
    static func rows(_ bytes: [UInt8], piece: Int = .max, delimiter: UInt8 = UInt8(ascii: ",")) throws -> [Row] {
        var rows: [Row] = []
        var parser = CSVParser(file: "test.csv", delimiter: delimiter)
        func take(_ record: borrowing CSVRecord) {
            rows.append(Row(record.line, (0..<record.count).map { record[$0] }))
        }
        var position = 0
        while position < bytes.count {
            let end = min(bytes.count, position + min(piece, bytes.count))
            try bytes[position..<end].withUnsafeBytes { try parser.consume($0, take) }
            position = end
        }
        try parser.finish(take)
        return rows
    }

    static let grammarCases: [(name: String, text: String, rows: [Row])] = [
        ("nothing", "", []),
        ("mark only", "\u{FEFF}", []),
        ("one row, no line end", "a,b", [Row(1, ["a", "b"])]),
        ("LF", "a,b\nc,d\n", [Row(1, ["a", "b"]), Row(2, ["c", "d"])]),
        ("CR LF", "a,b\r\nc,d\r\n", [Row(1, ["a", "b"]), Row(2, ["c", "d"])]),
        ("CR", "a,b\rc,d\r", [Row(1, ["a", "b"]), Row(2, ["c", "d"])]),
        ("mixed ends", "a\r\nb\rc\nd", [Row(1, ["a"]), Row(2, ["b"]), Row(3, ["c"]), Row(4, ["d"])]),
        ("blank lines", "\n\na\r\n\r\n\rb\n\n", [Row(3, ["a"]), Row(6, ["b"])]),
        ("mark", "\u{FEFF}a,b\n", [Row(1, ["a", "b"])]),
        ("mark and quote", "\u{FEFF}\"a\",b\n", [Row(1, ["a", "b"])]),
        ("mark inside", "a,\u{FEFF}b\u{FEFF}\n", [Row(1, ["a", "\u{FEFF}b\u{FEFF}"])]),
        ("empty fields", ",,\n\"\",,\"\"\n", [Row(1, ["", "", ""]), Row(2, ["", "", ""])]),
        ("empty last field at the end", "a,", [Row(1, ["a", ""])]),
        ("quoted", "\"a\",\"b c\"\n", [Row(1, ["a", "b c"])]),
        ("doubled quotes", "\"\"\"a\"\"\",\"b\"\"c\",\"\"\"\"\n", [Row(1, ["\"a\"", "b\"c", "\""])]),
        ("commas inside", "\"a,b\",c\n", [Row(1, ["a,b", "c"])]),
        ("line ends inside", "\"a\nb\r\nc\rd\",e\nf,g\n", [Row(1, ["a\nb\r\nc\rd", "e"]), Row(5, ["f", "g"])]),
        ("CR at the end of quotes, then LF", "\"a\r\"\nb\n", [Row(1, ["a\r"]), Row(3, ["b"])]),
        ("LF at the start of quotes, after CR", "a\r\"\nb\"\nc", [Row(1, ["a"]), Row(2, ["\nb"]), Row(4, ["c"])]),
        ("CR, quotes, LF", "\"a\r\"\"\nb\"\nc", [Row(1, ["a\r\"\nb"]), Row(4, ["c"])]),
        ("blanks are text", " a , b \n", [Row(1, [" a ", " b "])]),
        ("ragged", "a\nb,c\nd,e,f\n", [Row(1, ["a"]), Row(2, ["b", "c"]), Row(3, ["d", "e", "f"])]),
        ("Unicode", "é,汉字,🔥\n", [Row(1, ["é", "汉字", "🔥"])]),
        ("zero byte", "a\0b,c\n", [Row(1, ["a\0b", "c"])]),
        ("quoted at the end of the file", "a,\"b\"", [Row(1, ["a", "b"])]),
    ]

    @Test(arguments: grammarCases.indices)
    func grammar(_ index: Int) throws {
        let (name, text, expected) = Self.grammarCases[index]
        for piece in [.max, 1, 2, 3, 5] {
            #expect(try Self.rows(Array(text.utf8), piece: piece) == expected, "\(name), \(piece) bytes at a time")
        }
    }

    @Test func otherDelimiter() throws {
        #expect(try Self.rows(Array("a;b,c;\"d;e\"\n".utf8), delimiter: UInt8(ascii: ";")) == [Row(1, ["a", "b,c", "d;e"])])
    }

    static let errorCases: [(name: String, bytes: [UInt8], error: CSVError)] = [
        ("unterminated", Array("a,b\nc,\"d\ne\nf".utf8), .unterminatedQuote(file: "test.csv", line: 2)),
        ("unterminated at once", Array("\"".utf8), .unterminatedQuote(file: "test.csv", line: 1)),
        ("unterminated after lines", Array("\"a\nb\",\"c".utf8), .unterminatedQuote(file: "test.csv", line: 2)),
        ("quote in a field", Array("a,b\nc,d\"e\"\n".utf8), .strayQuote(file: "test.csv", line: 2, field: 2)),
        ("text after quotes", Array("\"a\"b,c\n".utf8), .strayQuote(file: "test.csv", line: 1, field: 1)),
        ("blank after quotes", Array("\"a\" ,c\n".utf8), .strayQuote(file: "test.csv", line: 1, field: 1)),
        ("half a mark, then a quote", [0xEF, 0xBB, UInt8(ascii: "\"")], .strayQuote(file: "test.csv", line: 1, field: 1)),
        ("lone continuation", [0x61, 0x0A, 0x80, 0x0A], .invalidUTF8(file: "test.csv", line: 2)),
        ("half a mark", [0xEF, 0xBB], .invalidUTF8(file: "test.csv", line: 1)),
        ("overlong", [0xC0, 0xAF, 0x0A], .invalidUTF8(file: "test.csv", line: 1)),
        ("overlong of three", [0xE0, 0x80, 0x80, 0x0A], .invalidUTF8(file: "test.csv", line: 1)),
        ("surrogate", [0xED, 0xA0, 0x80, 0x0A], .invalidUTF8(file: "test.csv", line: 1)),
        ("past the last scalar", [0xF4, 0x90, 0x80, 0x80, 0x0A], .invalidUTF8(file: "test.csv", line: 1)),
        ("Latin-1", Array("caf".utf8) + [0xE9, 0x2C, 0x61, 0x0A], .invalidUTF8(file: "test.csv", line: 1)),
        // Joined, the two fields' bytes would be an é.
        ("split by a comma", [0xC3, 0x2C, 0xA9, 0x0A], .invalidUTF8(file: "test.csv", line: 1)),
        ("inside quotes, third line", Array("\"a\nb\r\nc".utf8) + [0xFF] + Array("\"\n".utf8), .invalidUTF8(file: "test.csv", line: 3)),
    ]

    @Test(arguments: errorCases.indices)
    func errors(_ index: Int) {
        let (name, bytes, error) = Self.errorCases[index]
        for piece in [.max, 1, 2, 3] {
            #expect(throws: error, "\(name), \(piece) bytes at a time") { try Self.rows(bytes, piece: piece) }
        }
    }

    /// Whatever the bytes, the parser ends with rows or an error, and the pieces they come in make no difference.
    @Test func anyBytes() {
        var random = TestRandom(state: 5)
        let alphabets: [[UInt8]] = [
            Array("ab,\n\r".utf8), Array("a\"\",\n\r".utf8), Array("a\",\n\r".utf8) + [0xC3, 0xA9, 0xEF, 0xBB, 0xBF, 0xFF],
        ]
        var rowsSeen = 0
        var errorsSeen = 0
        for trial in 0..<4000 {
            let alphabet = alphabets[trial % 3]
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
            let whole = Result { try Self.rows(bytes) }.mapError { $0 as! CSVError }
            let pieces = Result { try Self.rows(bytes, piece: Int.random(in: 1...4, using: &random)) }.mapError { $0 as! CSVError }
            #expect(whole == pieces, "\(bytes)")
            switch whole {
            case .success(let rows): rowsSeen += rows.count
            case .failure: errorsSeen += 1
            }
        }
        #expect(rowsSeen > 1000)
        #expect(errorsSeen > 1000)
    }
}

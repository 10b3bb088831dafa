import ApusData
import ApusTestSupport
import Testing

@Suite struct CSVWriterTests {
    @Test func quotesWhereNeeded() {
        let bytes = CSVWriter().encode(
            header: ["a", "b"],
            rows: [["plain text", "é 🔥"], ["com,ma", "quo\"te"], ["l\nf", "c\rr"], ["", " "], ["\u{FEFF}x", "x\u{FEFF}"]])
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "a,b\nplain text,é 🔥\n\"com,ma\",\"quo\"\"te\"\n\"l\nf\",\"c\rr\"\n, \n\"\u{FEFF}x\",x\u{FEFF}\n")
    }

    @Test func otherDelimiterAndLineEnd() {
        let writer = CSVWriter(delimiter: UInt8(ascii: ";"), lineEnd: .carriageReturnLineFeed)
        let bytes = writer.encode(header: ["a"], rows: [["x;y"], ["x,y"], [""]])
        #expect(String(decoding: bytes, as: UTF8.self) == "a\r\n\"x;y\"\r\nx,y\r\n\"\"\r\n")
    }

    /// What is written is read back, whatever is in the fields; and as a file just as in memory.
    @Test func roundTrip() throws {
        var random = TestRandom(state: 11)
        let alphabet: [String] = ["\"", "\"\"", ",", ";", "\n", "\r", "\r\n", "\u{FEFF}", " ", "\t", "a", "é", "e\u{301}", "汉", "👩‍🚀", "\0", "\u{2028}"]
        try withTemporaryFolder { folder in
            for trial in 0..<300 {
                let width = Int.random(in: 1...5, using: &random)
                func field() -> String {
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in alphabet.randomElement(using: &random)! }.joined()
                }
                let header = (0..<width).map { "\($0)" + field() }
                let rows = (0..<Int.random(in: 0...8, using: &random)).map { _ in (0..<width).map { _ in field() } }
                let semicolon = Bool.random(using: &random)
                let delimiter = UInt8(ascii: semicolon ? ";" : ",")
                let writer = CSVWriter(delimiter: delimiter, lineEnd: Bool.random(using: &random) ? .lineFeed : .carriageReturnLineFeed)
                let path = folder + "/\(trial).csv"
                try writer.write(header: header, rows: rows, to: path)
                #expect(try contents(of: path) == writer.encode(header: header, rows: rows))
                let table = try CSVTable(contentsOf: path, delimiter: delimiter)
                let back = (0..<table.count).map { row in (0..<width).map { table[row, $0] } }
                // Strings are equal here when canonically equivalent; bytes tell more.
                #expect(table.columns.map { Array($0.utf8) } == header.map { Array($0.utf8) })
                #expect(back.map { $0.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } })
            }
        }
    }

    #if os(Linux) || os(macOS)
        @Test func raggedRowIsAProgrammersMistake() async {
            await #expect(processExitsWith: .failure) {
                _ = CSVWriter().encode(header: ["a", "b"], rows: [["only one"]])
            }
        }
    #endif
}

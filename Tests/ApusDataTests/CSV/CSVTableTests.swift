import ApusData
import ApusTestSupport
import Testing

@Suite struct CSVTableTests {
    @Test func cellsByName() throws {
        let table = try CSVTable(text: "name,size,note\nfox,1.5,\"a\nb\"\nowl, 2 ,\n", file: "t.csv")
        #expect(table.columns == ["name", "size", "note"])
        #expect(table.count == 2)
        #expect(try table.strings("name") == ["fox", "owl"])
        #expect(try table.strings("note") == ["a\nb", ""])
        #expect(try table.doubles("size") == [1.5, 2])
        #expect(table.line(ofRow: 0) == 2)
        #expect(table.line(ofRow: 1) == 4)
        #expect(table[1, 0] == "owl")
        #expect(table.numericColumns == ["size"])
    }

    @Test func matrixIsRowMajor() throws {
        let table = try CSVTable(text: "a,b,c\n1,x,2\n3,y,-4e1\n", file: "t.csv")
        #expect(try table.matrix(of: ["c", "a"]) == [2, 1, -40, 3])
        #expect(table.numericColumns == ["a", "c"])
    }

    @Test func withoutHeader() throws {
        let table = try CSVTable(text: "1,2\n3,4\n", file: "t.csv", hasHeader: false)
        #expect(table.columns == ["1", "2"])
        #expect(try table.doubles("2") == [2, 4])
        #expect(throws: CSVError.raggedRow(file: "t.csv", line: 2, found: 1, expected: 2)) {
            try CSVTable(text: "1,2\n3\n", file: "t.csv", hasHeader: false)
        }
    }

    @Test func headerOnly() throws {
        let table = try CSVTable(text: "a,b", file: "t.csv")
        #expect(table.count == 0)
        #expect(table.numericColumns == [])
    }

    @Test(arguments: [
        ("", CSVError.emptyFile(file: "t.csv")),
        ("\u{FEFF}\n\n", .emptyFile(file: "t.csv")),
        ("a,b\n1,2\n\n3\n", .raggedRow(file: "t.csv", line: 4, found: 1, expected: 2)),
        ("a,b\n\"1\n\",2\n3,4,5\n", .raggedRow(file: "t.csv", line: 4, found: 3, expected: 2)),
        ("\na,b,a\n", .duplicateColumn(file: "t.csv", line: 2, column: "a")),
        ("a\n\"", .unterminatedQuote(file: "t.csv", line: 2)),
    ])
    func errors(text: String, error: CSVError) {
        #expect(throws: error) { try CSVTable(text: text, file: "t.csv") }
    }

    @Test func columnErrors() throws {
        let table = try CSVTable(text: "a,b\n1,2\nx,inf\n,3\n", file: "t.csv")
        #expect(throws: CSVError.missingColumn(file: "t.csv", column: "A", available: ["a", "b"])) { try table.strings("A") }
        #expect(throws: CSVError.invalidNumber(file: "t.csv", line: 3, column: "a", text: "x")) { try table.doubles("a") }
        #expect(table.numericColumns == [])
    }

    @Test func unreadable() throws {
        #expect(throws: CSVError.unreadable(file: "/nowhere/at/all.csv", reason: "No such file or directory")) {
            try CSVTable(contentsOf: "/nowhere/at/all.csv")
        }
        try withTemporaryFolder { folder in
            #expect(throws: CSVError.unreadable(file: folder, reason: "Is a directory")) { try CSVTable(contentsOf: folder) }
        }
    }

    /// Longer than the pieces it is read in.
    @Test func largeFile() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/large.csv"
            var text = "number,text\r\n"
            for number in 0..<30_000 { text += "\(number),\"line \(number), \"\"é\"\"\nend\"\r\n" }
            try put(text.utf8, at: path)
            let table = try CSVTable(contentsOf: path)
            #expect(table.count == 30_000)
            #expect(try table.doubles("number") == (0..<30_000).map(Double.init))
            #expect(table[29_999, 1] == "line 29999, \"é\"\nend")
            #expect(table.line(ofRow: 29_999) == 60_000)
            var records = 0
            try CSVReader.forEachRecord(contentsOf: path) { records += $0.count == 2 ? 1 : 0 }
            #expect(records == 30_001)
        }
    }

    @Test func messagesNameFileAndLine() {
        #expect(CSVError.raggedRow(file: "a/b.csv", line: 7, found: 1, expected: 5).description == "a/b.csv:7: found 1 field, expected 5")
        #expect(
            CSVError.missingColumn(file: "b.csv", column: "CLASS", available: ["x", "y"]).description
                == "b.csv: no column \"CLASS\"; the columns are \"x\", \"y\"")
    }
}

import ApusCore
import ApusData
import ApusTestSupport
import Testing

@Suite struct NumericTableTests {
    @Test func featuresAndClasses() throws {
        let text = "id,width,species,height\nx1,1.5,owl,2\nx2, -3e1 ,fox,+4\nx3,0.25,owl,.5\n"
        for label in ["species", 2] as [NumericTable.Column] {
            let table = try NumericTable(text: text, file: "t.csv", label: label, ignoring: ["id"])
            #expect(table.featureNames == ["width", "height"])
            #expect(table.values == [1.5, 2, -30, 4, 0.25, 0.5])
            #expect(table.count == 3)
            #expect(table.labelName == "species")
            #expect(table.classNames == ["owl", "fox"])
            #expect(table.labels == [0, 1, 0])
            #expect(table.features(as: Float.self) == Tensor<Float>([1.5, 2, -30, 4, 0.25, 0.5], shape: [3, 2]))
        }
        let plain = try NumericTable(text: "a\n1\n2", file: "t.csv")
        #expect(plain.labels.isEmpty && plain.classNames.isEmpty && plain.labelName == nil)
    }

    @Test func numbersAsClassesAreInTheirOrder() throws {
        let table = try NumericTable(text: "x,y\n1,10\n2,9\n3,10\n4,-1\n", file: "t.csv", label: "y")
        #expect(table.classNames == ["-1", "9", "10"])
        #expect(table.labels == [2, 1, 2, 0])
    }

    /// The delimiter is told by the header, whose quoted names may hold others.
    @Test(arguments: [
        "a,b;c,d\n1,2,3\n", "a;b\tc;d\n1;2;3\n", "a\tb,c\td\n1\t2\t3\n", "\"a;;;;\",b,c\n1,2,3\n",
        "\u{FEFF}a,b,c\r\n1,2,3\r\n", "\n\na;b;c\r1;2;3\r",
    ])
    func delimiters(text: String) throws {
        let table = try NumericTable(text: text, file: "t.csv")
        #expect(table.values == [1, 2, 3])
        #expect(table.featureNames.count == 3)
        #expect(table.featureNames[2].hasSuffix("c") || table.featureNames[2].hasSuffix("d"))
    }

    @Test func givenDelimiterAndNoHeader() throws {
        let table = try NumericTable(
            text: "5.1|3.5|Iris-setosa\n7|3.2|Iris-versicolor\n", file: "iris.data", label: 2, delimiter: UInt8(ascii: "|"),
            hasHeader: false)
        #expect(table.featureNames == ["1", "2"])
        #expect(table.labelName == "3")
        #expect(table.classNames == ["Iris-setosa", "Iris-versicolor"])
    }

    @Test(arguments: [
        ("", nil, CSVError.emptyFile(file: "t.csv")),
        ("a,b\n", nil, .noRows(file: "t.csv")),
        ("a,b\n1,2\n3\n", nil, .raggedRow(file: "t.csv", line: 3, found: 1, expected: 2)),
        ("a,b\n1,2\n\n3,x1\n", nil, .invalidNumber(file: "t.csv", line: 4, column: "b", text: "x1")),
        ("a;b\n1,5;2\n", nil, .invalidNumber(file: "t.csv", line: 2, column: "a", text: "1,5")),
        ("a,b\n1,2\n,4\n", nil, .missingValue(file: "t.csv", line: 3, column: "a", text: "")),
        ("a,b\n1, NaN\n", nil, .missingValue(file: "t.csv", line: 2, column: "b", text: "NaN")),
        ("a,b\n1,?\n", nil, .missingValue(file: "t.csv", line: 2, column: "b", text: "?")),
        ("a,b\n1,inf\n", nil, .notFinite(file: "t.csv", line: 2, column: "b", text: "inf")),
        ("a,b\n1,1e999\n", nil, .notFinite(file: "t.csv", line: 2, column: "b", text: "1e999")),
        ("a,b\n1,2\n3,\n", "b", .missingValue(file: "t.csv", line: 3, column: "b", text: "")),
        ("a,b\n1,2\n", "c", .missingColumn(file: "t.csv", column: "c", available: ["a", "b"])),
        ("a,b\n1,2\n", 2, .missingColumn(file: "t.csv", column: "number 3", available: ["a", "b"])),
        ("a,b\n1,2\n", -1, .missingColumn(file: "t.csv", column: "number 0", available: ["a", "b"])),
        ("a\n1\n", "a", .noNumericColumns(file: "t.csv")),
        ("a,a\n1,2\n", nil, .duplicateColumn(file: "t.csv", line: 1, column: "a")),
    ] as [(String, NumericTable.Column?, CSVError)])
    func errors(text: String, label: NumericTable.Column?, error: CSVError) {
        #expect(throws: error) { try NumericTable(text: text, file: "t.csv", label: label) }
        #expect(error.description.hasPrefix("t.csv"))
    }

    @Test func files() throws {
        #expect(throws: CSVError.unreadable(file: "/nowhere/at/all.csv", reason: "No such file or directory")) {
            try NumericTable(contentsOf: "/nowhere/at/all.csv")
        }
        try withTemporaryFolder { folder in
            // Longer than the pieces it is read in.
            let path = folder + "/large.csv"
            var text = "number;half;class\r\n"
            for number in 0..<40_000 { text += "\(number);\(Double(number) / 2);\(number % 3)\r\n" }
            try put(text.utf8, at: path)
            let table = try NumericTable(contentsOf: path, label: "class")
            #expect(table.count == 40_000)
            #expect(table.values == (0..<40_000).flatMap { [Double($0), Double($0) / 2] })
            #expect(table.labels == (0..<40_000).map { $0 % 3 })
            try put((text + "1;x;2\r\n").utf8, at: path)
            #expect(throws: CSVError.invalidNumber(file: path, line: 40_002, column: "half", text: "x")) {
                try NumericTable(contentsOf: path, label: "class")
            }
        }
    }
}

/// A CSV file in memory: a header of distinct names and rows that all have as many fields.
///
/// The cells' bytes lie end to end in one array; a `String` is made only when a cell is asked for.
public struct CSVTable: Sendable {
    /// The path, or the name given for text in memory; used in errors.
    public let file: String
    /// The columns' names in the file's order.
    public let columns: [String]
    private var bytes: [UInt8] = []
    /// Where in `bytes` each cell ends, row by row.
    private var ends: [Int] = []
    private var lines: [Int] = []

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - delimiter: the ASCII byte between fields.
    ///   - hasHeader: whether the first row names the columns; if not, they are named "1", "2", ….
    /// - Throws: ``CSVError``: a file that is unreadable or empty, two columns of one name, a ragged row, misplaced quotes, bad UTF-8.
    public init(contentsOf path: String, delimiter: UInt8 = UInt8(ascii: ","), hasHeader: Bool = true) throws {
        try self.init(file: path, hasHeader: hasHeader) { body in
            try CSVReader.forEachRecord(contentsOf: path, delimiter: delimiter, body)
        }
    }

    /// Reads CSV text.
    ///
    /// - Parameter file: the name used in errors.
    /// - Throws: as ``init(contentsOf:delimiter:hasHeader:)``, but for an unreadable file.
    public init(text: String, file: String, delimiter: UInt8 = UInt8(ascii: ","), hasHeader: Bool = true) throws {
        var text = text
        try self.init(file: file, hasHeader: hasHeader) { body in
            try text.withUTF8 {
                try CSVReader.forEachRecord(in: UnsafeRawBufferPointer($0), file: file, delimiter: delimiter, body)
            }
        }
    }

    private init(
        file: String, hasHeader: Bool, records: ((borrowing CSVRecord) throws -> Void) throws -> Void
    ) throws {
        var columns: [String] = []
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var lines: [Int] = []
        try records { record in
            if columns.isEmpty {
                let isData = !hasHeader
                columns = (0..<record.count).map { isData ? String($0 + 1) : record[$0] }
                if let name = columns.firstDuplicate {
                    throw CSVError.duplicateColumn(file: file, line: record.line, column: name)
                }
                if hasHeader { return }
            }
            guard record.count == columns.count else {
                throw CSVError.raggedRow(file: file, line: record.line, found: record.count, expected: columns.count)
            }
            let base = bytes.count
            bytes.append(contentsOf: record.bytes)
            for end in record.ends { ends.append(base + end) }
            lines.append(record.line)
        }
        if columns.isEmpty { throw CSVError.emptyFile(file: file) }
        self.file = file
        self.columns = columns
        self.bytes = bytes
        self.ends = ends
        self.lines = lines
    }

    /// The number of rows, the header not counted.
    public var count: Int { lines.count }

    /// The line of the file on which a row begins, counted from 1.
    public func line(ofRow row: Int) -> Int { lines[row] }

    /// The position of a column.
    ///
    /// - Throws: ``CSVError/missingColumn(file:column:available:)``.
    public func index(ofColumn name: String) throws -> Int {
        guard let index = columns.firstIndex(of: name) else {
            throw CSVError.missingColumn(file: file, column: name, available: columns)
        }
        return index
    }

    /// The text of a cell, both counted from 0.
    public subscript(row: Int, column: Int) -> String {
        precondition(
            lines.indices.contains(row) && columns.indices.contains(column),
            "cell (\(row), \(column)) of a table of \(count) rows and \(columns.count) columns")
        let cell = row * columns.count + column
        let start = cell == 0 ? 0 : ends[cell - 1]
        return bytes.withUnsafeBufferPointer {
            String(decoding: UnsafeBufferPointer(rebasing: $0[start..<ends[cell]]), as: UTF8.self)
        }
    }

    /// The texts of a column.
    ///
    /// - Throws: ``CSVError/missingColumn(file:column:available:)``.
    public func strings(_ column: String) throws -> [String] {
        let index = try index(ofColumn: column)
        return (0..<count).map { self[$0, index] }
    }

    /// A column's numbers; blanks around one are allowed, an empty cell is not.
    ///
    /// - Throws: ``CSVError/missingColumn(file:column:available:)``, ``CSVError/invalidNumber(file:line:column:text:)``.
    public func doubles(_ column: String) throws -> [Double] {
        let index = try index(ofColumn: column)
        return try (0..<count).map { row in
            let text = self[row, index]
            guard let value = Double(text.trimmingBlanks) else {
                throw CSVError.invalidNumber(file: file, line: lines[row], column: column, text: text)
            }
            return value
        }
    }

    /// The columns whose every cell is a finite number. None in a table without rows.
    public var numericColumns: [String] {
        guard count > 0 else { return [] }
        return columns.indices.filter { column in
            (0..<count).allSatisfy { Double(self[$0, column].trimmingBlanks)?.isFinite ?? false }
        }.map { columns[$0] }
    }

    /// Some columns as a matrix of shape [``count``, `columns.count`], row-major.
    ///
    /// - Throws: ``CSVError/missingColumn(file:column:available:)``, ``CSVError/invalidNumber(file:line:column:text:)``.
    public func matrix(of columns: [String]) throws -> [Double] {
        var matrix = [Double](repeating: 0, count: count * columns.count)
        for (index, column) in columns.enumerated() {
            for (row, value) in try doubles(column).enumerated() { matrix[row * columns.count + index] = value }
        }
        return matrix
    }
}

extension [String] {
    fileprivate var firstDuplicate: String? {
        var seen: Set<String> = []
        return first { !seen.insert($0).inserted }
    }
}

extension String {
    /// Without the spaces and tabs at its ends.
    var trimmingBlanks: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let head = drop(while: isBlank)
        guard let last = head.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(head[...last])
    }
}

/// Gathers a ``NumericTable`` from a file's bytes, piece by piece.
struct NumericTableReader: ~Copyable {
    private let file: String
    private let delimiter: UInt8?
    /// Made when the first bytes have told the delimiter.
    private var parser: CSVParser?
    private let rows: NumericRows

    init(file: String, label: NumericTable.Column?, ignored: [NumericTable.Column], delimiter: UInt8?, hasHeader: Bool) {
        self.file = file
        self.delimiter = delimiter
        rows = NumericRows(file: file, label: label, ignored: ignored, hasHeader: hasHeader)
    }

    mutating func consume(_ chunk: UnsafeRawBufferPointer) throws {
        if parser == nil { parser = CSVParser(file: file, delimiter: delimiter ?? Self.delimiter(of: chunk)) }
        let rows = rows
        try parser?.consume(chunk) { try rows.take($0) }
    }

    mutating func finish() throws -> NumericTable {
        let rows = rows
        try parser?.finish { try rows.take($0) }
        return try rows.table()
    }

    /// Whichever of comma, semicolon and tab the first row has most of, quoted fields left out; comma where it has none.
    private static func delimiter(of chunk: UnsafeRawBufferPointer) -> UInt8 {
        let candidates = Array(",;\t".utf8)
        var counts = [0, 0, 0]
        var isQuoted = false
        var hasBegun = false
        for byte in chunk {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if hasBegun { break }
                continue
            }
            hasBegun = true
            if let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
        }
        let most = counts.max()!
        return candidates[counts.firstIndex(of: most)!]
    }
}

/// The rows read so far.
private final class NumericRows {
    private let file: String
    private let label: NumericTable.Column?
    private let ignored: [NumericTable.Column]
    private let hasHeader: Bool
    private var columns: [String] = []
    /// The places of the features and of the label.
    private var features: [Int] = []
    private var labelPlace: Int?
    private var values: [Double] = []
    private var labelTexts: [String] = []
    private var count = 0

    init(file: String, label: NumericTable.Column?, ignored: [NumericTable.Column], hasHeader: Bool) {
        self.file = file
        self.label = label
        self.ignored = ignored
        self.hasHeader = hasHeader
    }

    func table() throws -> NumericTable {
        if columns.isEmpty { throw CSVError.emptyFile(file: file) }
        if count == 0 { throw CSVError.noRows(file: file) }
        return NumericTable(
            file: file, featureNames: features.map { columns[$0] }, values: values,
            labelName: labelPlace.map { columns[$0] }, labelTexts: labelTexts, count: count)
    }

    func take(_ record: borrowing CSVRecord) throws {
        if columns.isEmpty {
            try begin(record)
            if hasHeader { return }
        }
        guard record.count == columns.count else {
            throw CSVError.raggedRow(file: file, line: record.line, found: record.count, expected: columns.count)
        }
        for column in features {
            let text = record[column].trimmingBlanks
            guard let value = Double(text), value.isFinite else { throw error(record.line, columns[column], text) }
            values.append(value)
        }
        if let labelPlace {
            let text = record[labelPlace].trimmingBlanks
            if text.isEmpty {
                throw CSVError.missingValue(file: file, line: record.line, column: columns[labelPlace], text: text)
            }
            labelTexts.append(text)
        }
        count += 1
    }

    private func begin(_ record: borrowing CSVRecord) throws {
        for column in 0..<record.count { columns.append(hasHeader ? record[column].trimmingBlanks : String(column + 1)) }
        var seen: Set<String> = []
        if let name = columns.first(where: { !seen.insert($0).inserted }) {
            throw CSVError.duplicateColumn(file: file, line: record.line, column: name)
        }
        labelPlace = try label.map { try place(of: $0) }
        let left = Set(try ignored.map { try place(of: $0) } + [labelPlace].compactMap { $0 })
        features = columns.indices.filter { !left.contains($0) }
        if features.isEmpty { throw CSVError.noNumericColumns(file: file) }
    }

    private func place(of column: NumericTable.Column) throws -> Int {
        switch column {
        case .name(let name):
            guard let place = columns.firstIndex(of: name) else {
                throw CSVError.missingColumn(file: file, column: name, available: columns)
            }
            return place
        case .index(let index):
            guard columns.indices.contains(index) else {
                throw CSVError.missingColumn(file: file, column: "number \(index + 1)", available: columns)
            }
            return index
        case .nameOrNumber(let text):
            if !columns.contains(text), let number = Int(text), (1...columns.count).contains(number) { return number - 1 }
            return try place(of: .name(text))
        }
    }

    private static let wordsForNothing: Set<String> = ["", "na", "n/a", "nan", "null", "none", "nil", "?"]

    private func error(_ line: Int, _ column: String, _ text: String) -> CSVError {
        if Self.wordsForNothing.contains(text.lowercased()) {
            return .missingValue(file: file, line: line, column: column, text: text)
        }
        return Double(text) == nil
            ? .invalidNumber(file: file, line: line, column: column, text: text)
            : .notFinite(file: file, line: line, column: column, text: text)
    }
}

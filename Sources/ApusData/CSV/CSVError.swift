/// What is wrong with a CSV file, and on which line. Lines are counted from 1 as an editor counts them, those inside quoted fields
/// included.
public enum CSVError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no file at the path, or it cannot be read; `reason` is the system's text.
    case unreadable(file: String, reason: String)
    /// The file holds not even a header.
    case emptyFile(file: String)
    /// The file holds a header and nothing else, where rows are needed.
    case noRows(file: String)
    /// The header lacks a column that was asked for.
    case missingColumn(file: String, column: String, available: [String])
    /// Two columns have the same name.
    case duplicateColumn(file: String, line: Int, column: String)
    /// A row has another number of fields than the header.
    case raggedRow(file: String, line: Int, found: Int, expected: Int)
    /// A quoted field never ends; `line` is where it begins.
    case unterminatedQuote(file: String, line: Int)
    /// A quotation mark inside an unquoted field, or text after a closing one. `field` is counted from 1.
    case strayQuote(file: String, line: Int, field: Int)
    /// Bytes that are not UTF-8.
    case invalidUTF8(file: String, line: Int)
    /// A cell that should hold a class, a whole number from 0 on, and does not.
    case invalidClass(file: String, line: Int, column: String, text: String)
    /// A cell that should hold a number and does not.
    case invalidNumber(file: String, line: Int, column: String, text: String)
    /// A cell that should hold a number or a class and holds nothing, or a word for nothing.
    case missingValue(file: String, line: Int, column: String, text: String)
    /// A number that is not finite, or too large to be told from one.
    case notFinite(file: String, line: Int, column: String, text: String)
    /// No column is left to read numbers from.
    case noNumericColumns(file: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): \(reason)"
        case .emptyFile(let file):
            "\(file): the file is empty; a header line was expected"
        case .noRows(let file):
            "\(file): the file has a header and no rows"
        case .missingColumn(let file, let column, let available):
            "\(file): no column \"\(column)\"; the columns are \(available.map { "\"\($0)\"" }.joined(separator: ", "))"
        case .duplicateColumn(let file, let line, let column):
            "\(file):\(line): two columns are named \"\(column)\""
        case .raggedRow(let file, let line, let found, let expected):
            "\(file):\(line): found \(found) field\(found == 1 ? "" : "s"), expected \(expected)"
        case .unterminatedQuote(let file, let line):
            "\(file):\(line): a quoted field begins here and never ends"
        case .strayQuote(let file, let line, let field):
            "\(file):\(line): stray quotation mark in field \(field); a field with one must be quoted and the mark doubled"
        case .invalidUTF8(let file, let line):
            "\(file):\(line): not valid UTF-8"
        case .invalidClass(let file, let line, let column, let text):
            "\(file):\(line): column \"\(column)\" holds \"\(text)\"; expected a class, a whole number from 0 on"
        case .invalidNumber(let file, let line, let column, let text):
            "\(file):\(line): column \"\(column)\" holds \"\(text)\"; expected a number"
        case .missingValue(let file, let line, let column, let text):
            "\(file):\(line): column \"\(column)\" holds "
                + (text.isEmpty ? "nothing" : "\"\(text)\"") + "; a missing value must be filled in or its row left out"
        case .notFinite(let file, let line, let column, let text):
            "\(file):\(line): column \"\(column)\" holds \"\(text)\", which is not a finite number"
        case .noNumericColumns(let file):
            "\(file): no column is left to read numbers from"
        }
    }
}

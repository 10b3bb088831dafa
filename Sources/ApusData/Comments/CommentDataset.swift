import ApusCore

/// Comments with the videos they stand under.
public struct CommentDataset: Hashable, Sendable {
    /// The comments: file by file, in the files' order.
    public var comments: [Comment]

    /// A set of comments.
    public init(_ comments: [Comment]) {
        self.comments = comments
    }

    /// Reads CSV files.
    ///
    /// A comment's ``Comment/source`` is its file's name without folder, ending and, where there is one, a prefix like "Youtube05-":
    /// `Youtube05-Shakira.csv` holds comments on "Shakira".
    ///
    /// - Parameters:
    ///   - paths: files, and folders, of which every `.csv` file is taken in the order of the names.
    ///   - columns: which columns to read.
    /// - Throws: ``CommentDatasetError/noFiles(folder:)``, `FileError` for a folder that cannot be read, and every ``CSVError``, each with
    ///   file and line: unreadable, empty or without rows, a column missing, a ragged row, misplaced quotes, bad UTF-8, a class that is
    ///   no number in a required column.
    public init(contentsOf paths: [String], columns: CommentColumns = .youtube) throws {
        comments = []
        for path in paths {
            for file in try Self.files(at: path) {
                try append(CSVTable(contentsOf: file), source: Self.source(ofFile: file), columns: columns)
            }
        }
    }

    /// Reads a CSV file, or every `.csv` file of a folder; see ``init(contentsOf:columns:)-([String],_)``.
    public init(contentsOf path: String, columns: CommentColumns = .youtube) throws {
        try self.init(contentsOf: [path], columns: columns)
    }

    /// Takes the comments from a table.
    ///
    /// - Parameter source: the video they stand under.
    /// - Throws: ``CSVError``, as ``init(contentsOf:columns:)-([String],_)`` does.
    public init(_ table: CSVTable, source: String, columns: CommentColumns = .youtube) throws {
        comments = []
        try append(table, source: source, columns: columns)
    }

    /// The number of comments.
    public var count: Int { comments.count }

    /// The texts, in order.
    public var texts: [String] { comments.map(\.text) }

    /// The classes, in order; `nil` where unknown.
    public var labels: [Int?] { comments.map(\.label) }

    /// The videos, in order of first appearance. Names that differ in case alone are one video, spelt as it is first.
    public var sources: [String] {
        var seen: Set<String> = []
        return comments.map(\.source).filter { seen.insert($0.lowercased()).inserted }
    }

    /// The number of comments of a class.
    public func count(ofLabel label: Int) -> Int {
        comments.count { $0.label == label }
    }

    /// The comments on one video as the test set, all others as the training set, both in the order they have here.
    ///
    /// - Parameter source: the video's name, upper or lower case alike.
    /// - Throws: ``CommentDatasetError/unknownSource(_:available:)``; ``CommentDatasetError/onlyOneSource(_:)`` where no other video
    ///   would be left to train on.
    public func holdingOut(_ source: String) throws -> (train: CommentDataset, test: CommentDataset) {
        let name = source.lowercased()
        guard comments.contains(where: { $0.source.lowercased() == name }) else {
            throw CommentDatasetError.unknownSource(source, available: sources)
        }
        let names = sources
        guard names.count > 1 else { throw CommentDatasetError.onlyOneSource(names[0]) }
        return (
            train: CommentDataset(comments.filter { $0.source.lowercased() != name }),
            test: CommentDataset(comments.filter { $0.source.lowercased() == name })
        )
    }

    /// Writes the comments, all videos in one file, as CSV with the columns' names. An unknown class is an empty cell.
    ///
    /// - Throws: `FileError`; the file is then as it was.
    public func write(to path: String, columns: CommentColumns = .youtube) throws {
        try CSVWriter().write(
            header: [columns.id, columns.author, columns.date, columns.text, columns.label].map(\.name),
            rows: comments.lazy.map { [$0.id, $0.author, $0.date, $0.text, $0.label.map(String.init) ?? ""] },
            to: path)
    }
}

extension CommentDataset {
    /// The name of the video from that of the file.
    static func source(ofFile path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? path
        if hasCSVEnding(name) { name.removeLast(4) }
        let prefix = "youtube"
        guard name.lowercased().hasPrefix(prefix) else { return name }
        let rest = name.dropFirst(prefix.count).drop { ("0"..."9").contains($0) }
        guard rest.count < name.count - prefix.count, rest.first == "-", rest.count > 1 else { return name }
        return String(rest.dropFirst())
    }

    private static func hasCSVEnding(_ name: String) -> Bool {
        name.count > 4 && name.lowercased().hasSuffix(".csv")
    }

    private static func files(at path: String) throws -> [String] {
        guard Folder.exists(at: path) else { return [path] }
        // Names that begin with a dot are other programs' business.
        let names = try Folder.names(in: path).filter { hasCSVEnding($0) && !$0.hasPrefix(".") }
        if names.isEmpty { throw CommentDatasetError.noFiles(folder: path) }
        return names.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
    }

    private mutating func append(_ table: CSVTable, source: String, columns: CommentColumns) throws {
        let text = try table.index(of: columns.text)
        let label = try table.index(of: columns.label)
        let id = try table.index(of: columns.id)
        let author = try table.index(of: columns.author)
        let date = try table.index(of: columns.date)
        if table.count == 0 { throw CSVError.noRows(file: table.file) }

        func cell(_ row: Int, _ column: Int?) -> String { column.map { table[row, $0] } ?? "" }
        comments.reserveCapacity(comments.count + table.count)
        for row in 0..<table.count {
            comments.append(
                Comment(
                    id: cell(row, id), author: cell(row, author), date: cell(row, date), text: cell(row, text),
                    label: try label.flatMap { try table.label(row, $0, columns.label) }, source: source))
        }
    }
}

extension CSVTable {
    /// The position of a column; `nil` where it is missing and need not be there.
    fileprivate func index(of column: CommentColumns.Column) throws -> Int? {
        guard column.isRequired || columns.contains(column.name) else { return nil }
        return try index(ofColumn: column.name)
    }

    fileprivate func label(_ row: Int, _ index: Int, _ column: CommentColumns.Column) throws -> Int? {
        let text = self[row, index]
        let trimmed = text.trimmingBlanks
        guard let label = Int(trimmed), label >= 0 else {
            if !column.isRequired { return nil }
            throw CSVError.invalidClass(file: file, line: line(ofRow: row), column: column.name, text: text)
        }
        return label
    }
}

/// What can be wrong with data or settings of ``PCA`` and ``IncrementalPCA``. Rows and columns are counted from 0.
public enum PCAError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There are no rows or no columns.
    case noData(rows: Int, columns: Int)
    /// A single row has no variance.
    case tooFewRows(rows: Int)
    /// An element is not a number or infinite.
    case notFinite(row: Int, column: Int, value: String)
    /// The elements of a column are finite, but their sum or the sum of their squares is not.
    case tooLarge(column: Int)
    /// More components than there can be, or less than one.
    case componentCount(asked: Int, limit: Int, rows: Int, columns: Int)
    /// A share of the variance that does not lie between 0 and 1.
    case varianceRatio(Double)
    /// The solver finds a given number of components only.
    case needsCount(solver: PCASolver)
    /// ``PCAComponents/mle`` needs at least as many rows as columns.
    case mleNeedsRows(rows: Int, columns: Int)
    /// A column of equal elements has no standard deviation to be divided by.
    case constantColumn(Int)
    /// All rows are equal.
    case noVariance
    /// Data with another number of columns than the components were found in.
    case columnCount(found: Int, expected: Int)
    /// Scores with another number of columns than there are components.
    case scoreCount(found: Int, expected: Int)
    /// The first batch of ``IncrementalPCA`` has fewer rows than components are wanted.
    case firstBatch(rows: Int, components: Int)
    /// A file that holds something else than principal components.
    case notAPCA(file: String)
    /// A saved model lacks a part or has one that does not fit.
    case damaged(file: String, reason: String)

    public var description: String {
        switch self {
        case let .noData(rows, columns): "no data: \(rows) rows of \(columns) columns"
        case let .tooFewRows(rows): "\(rows) row: a variance needs at least two"
        case let .notFinite(row, column, value):
            "row \(row), column \(column) (counted from 0) is \(value); every element must be a finite number"
        case let .tooLarge(column):
            "column \(column) (counted from 0): its numbers are so large that their sum or squares overflow; scale them down"
        case let .componentCount(asked, limit, rows, columns):
            asked < 1
                ? "\(asked) components; at least 1 must be asked for"
                : "\(asked) components of \(rows) rows and \(columns) columns; there are at most \(limit)"
        case let .varianceRatio(ratio): "a variance ratio of \(ratio); it must lie between 0 and 1"
        case let .needsCount(solver): "the solver '\(solver.rawValue)' needs the number of components to be given"
        case let .mleNeedsRows(rows, columns):
            "the number of components by maximum likelihood needs at least as many rows as columns; there are "
                + "\(rows) rows and \(columns) columns"
        case let .constantColumn(column):
            "column \(column) (counted from 0) is constant and cannot be standardized: leave it out, or only centre"
        case .noVariance: "all rows are equal: there is no variance to explain"
        case let .columnCount(found, expected): "\(found) columns; the components were found in \(expected)"
        case let .scoreCount(found, expected): "\(found) scores a row; there are \(expected) components"
        case let .firstBatch(rows, components):
            "the first batch has \(rows) rows; it needs at least as many as components, \(components)"
        case let .notAPCA(file): "\(file) holds no principal components"
        case let .damaged(file, reason): "\(file): the saved principal components are damaged: \(reason)"
        }
    }
}

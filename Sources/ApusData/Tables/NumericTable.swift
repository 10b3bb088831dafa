import ApusCore

/// A CSV file of numbers, with a class for each row where one of its columns tells it.
///
/// ```swift
/// let table = try NumericTable(contentsOf: "wine.csv", label: "cultivar")
/// let x = table.features(as: Float.self)      // [rows, columns]
/// print(table.classNames, table.labels[0])
/// ```
///
/// Every column but the label is a feature, unless it is told to be ignored; every cell of one must be a finite number. The file is read
/// once, from start to end, so that a pipe will do.
public struct NumericTable: Sendable {
    /// A column by its name or its place.
    public enum Column: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        /// The column of this name.
        case name(String)
        /// The column at this place, counted from 0.
        case index(Int)
        /// The column of this name; if there is none, and the text is a whole number, the column at that place, counted from 1.
        case nameOrNumber(String)

        public init(stringLiteral value: String) { self = .name(value) }
        public init(integerLiteral value: Int) { self = .index(value) }
    }

    /// The path, or the name given for text in memory; used in errors.
    public let file: String
    /// The features' names, in the file's order.
    public let featureNames: [String]
    /// The features, shape [``count``, `featureNames.count`], row-major.
    public let values: [Double]
    /// The name of the label's column; nil without one.
    public let labelName: String?
    /// The class of each row, an index into ``classNames``; empty without a label.
    public let labels: [Int]
    /// The classes: by size where all are numbers, otherwise in the order of their first rows.
    public let classNames: [String]
    /// The number of rows.
    public let count: Int

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - label: the column of classes, which may hold any text.
    ///   - ignored: columns that are not read.
    ///   - delimiter: the ASCII byte between fields; nil: whichever of comma, semicolon and tab the first row has most of.
    ///   - hasHeader: whether the first row names the columns; if not, they are named "1", "2", ….
    /// - Throws: ``CSVError``, naming file and line: an unreadable or empty file, one without rows, a missing column, two columns of one
    ///   name, a ragged row, misplaced quotes, bad UTF-8, a missing value, a cell that is no number or not a finite one.
    public init(
        contentsOf path: String, label: Column? = nil, ignoring ignored: [Column] = [], delimiter: UInt8? = nil,
        hasHeader: Bool = true
    ) throws {
        var reader = NumericTableReader(file: path, label: label, ignored: ignored, delimiter: delimiter, hasHeader: hasHeader)
        do {
            try ByteFile.forEachChunk(of: path) { try reader.consume($0) }
        } catch let error as FileError where error.path == path {
            throw CSVError.unreadable(file: path, reason: error.reason)
        }
        self = try reader.finish()
    }

    /// Reads CSV text.
    ///
    /// - Parameter file: the name used in errors.
    /// - Throws: as ``init(contentsOf:label:ignoring:delimiter:hasHeader:)``.
    public init(
        text: String, file: String, label: Column? = nil, ignoring ignored: [Column] = [], delimiter: UInt8? = nil,
        hasHeader: Bool = true
    ) throws {
        var reader = NumericTableReader(file: file, label: label, ignored: ignored, delimiter: delimiter, hasHeader: hasHeader)
        var text = text
        try text.withUTF8 { try reader.consume(UnsafeRawBufferPointer($0)) }
        self = try reader.finish()
    }

    init(
        file: String, featureNames: [String], values: [Double], labelName: String?, labelTexts: [String], count: Int
    ) {
        self.file = file
        self.featureNames = featureNames
        self.values = values
        self.labelName = labelName
        self.count = count
        var places: [String: Int] = [:]
        var names: [String] = []
        for text in labelTexts where places[text] == nil {
            places[text] = names.count
            names.append(text)
        }
        let numbers = names.compactMap(Double.init)
        if numbers.count == names.count, numbers.allSatisfy({ !$0.isNaN }) {
            names = zip(numbers, names).sorted { $0.0 < $1.0 }.map(\.1)
            for (place, name) in names.enumerated() { places[name] = place }
        }
        classNames = names
        labels = labelTexts.map { places[$0]! }
    }

    /// The features as a tensor of shape [``count``, `featureNames.count`].
    public func features<Scalar: TensorScalar & BinaryFloatingPoint>(as type: Scalar.Type = Scalar.self) -> Tensor<Scalar> {
        Tensor(uninitialized: [count, featureNames.count]) { target in
            for index in target.indices { target[index] = Scalar(values[index]) }
        }
    }
}

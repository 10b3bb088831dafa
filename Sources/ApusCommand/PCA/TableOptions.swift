import Apus
import ArgumentParser

/// Where a table of numbers comes from.
struct TableOptions: ParsableArguments {
    @Option(help: "A CSV file of numbers with a header (default: 150 iris flowers, as Fisher printed them in 1936).")
    var data: String?

    @Option(help: "The column of classes, by name or, counted from 1, by place; points are coloured by it.")
    var label: String?

    @Option(help: "A column to leave out, by name or place; may be given several times.")
    var ignore: [String] = []

    @Option(help: "What parts the fields: 'comma', 'semicolon' or 'tab' (default: what the first line tells).")
    var delimiter: Delimiter?

    @Flag(help: "The first line holds numbers already; columns are named 1, 2, ….")
    var noHeader = false

    enum Delimiter: String, ExpressibleByArgument, CaseIterable {
        case comma, semicolon, tab

        var byte: UInt8 {
            switch self {
            case .comma: UInt8(ascii: ",")
            case .semicolon: UInt8(ascii: ";")
            case .tab: UInt8(ascii: "\t")
            }
        }
    }

    func validate() throws {
        if data == nil, label != nil || !ignore.isEmpty || delimiter != nil || noHeader {
            throw ValidationError("--label, --ignore, --delimiter and --no-header go with --data")
        }
    }

    func load() throws -> PCATable {
        guard let data else { return .iris }
        do {
            return PCATable(
                try NumericTable(
                    contentsOf: data, label: label.map(NumericTable.Column.nameOrNumber),
                    ignoring: ignore.map(NumericTable.Column.nameOrNumber), delimiter: delimiter?.byte, hasHeader: !noHeader))
        } catch let error as CSVError {
            guard case .invalidNumber = error else { throw error }
            throw Refusal("\(error)\nName a column of classes with --label, others that hold no numbers with --ignore.")
        }
    }
}

/// A table and what is said about it.
struct PCATable {
    var name: String
    var title: String
    var columns: [String]
    var values: Tensor<Double>
    var labelName: String?
    var labels: [Int]
    var classNames: [String]

    static let iris = PCATable(
        name: "iris", title: "150 iris flowers", columns: Iris.featureNames.map { "\($0) (\(Iris.unit))" },
        values: Tensor(Iris.fisher.features, shape: [Iris.count, Iris.featureNames.count]), labelName: "species",
        labels: Iris.fisher.labels, classNames: Iris.species)
}

extension PCATable {
    init(_ table: NumericTable) {
        let file = table.file.split(separator: "/").last.map(String.init) ?? table.file
        self.init(
            name: table.file, title: file, columns: table.featureNames, values: table.features(),
            labelName: table.labelName, labels: table.labels, classNames: table.classNames)
    }
}

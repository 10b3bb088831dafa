import Apus
import ApusPlot
import ArgumentParser

struct PCACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pca",
        abstract: "Find the principal components of a table, and draw them.",
        discussion: """
            apus pca --plot iris.svg
                the iris flowers that come with Apus, in the plane of their two first components.
            apus pca --data wine.csv --label cultivar --standardize --components 0.95 --biplot wine.png
                as many components as explain 95 % of the variance; scores and loadings in one picture.
            apus pca --data old.csv --components 3 --save pca.safetensors
            apus pca --data new.csv --model pca.safetensors --scores new-scores.csv
                components found in one file, scores of another.

            A table is a CSV file of finite numbers, with a header. Columns that hold no numbers must be named with \
            --label or --ignore.
            """)

    @OptionGroup var table: TableOptions

    @Option(help: "How many components: a number, a share of the variance such as 0.95, 'mle', or 'all' (default: all, 10 at most).")
    var components: PCAComponents?

    @Option(help: "How they are computed: 'auto', 'full' (Jacobi rotations), 'covariance' or 'randomized'.")
    var solver: PCASolver = .auto

    @Flag(help: "Divide centred columns by their standard deviations.")
    var standardize = false

    @Flag(help: "Divide scores by their standard deviations.")
    var whiten = false

    @Option(help: "Use the components in this file, which --save wrote, instead of finding any.")
    var model: String?

    @Option(help: "Draw the scores on the two first components to this file (.svg or .png).")
    var plot: String?

    @Option(help: "Draw the components' shares of the variance to this file (.svg or .png).")
    var scree: String?

    @Option(help: "Draw scores and loadings to this file (.svg or .png).")
    var biplot: String?

    @Option(help: "Save the components to this file (.safetensors).")
    var save: String?

    @Option(help: "Write the scores to this CSV file.")
    var scores: String?

    @OptionGroup var options: RunOptions

    func validate() throws {
        for path in [plot, scree, biplot].compactMap({ $0 }) where !path.isPlotPath {
            throw ValidationError("\(path): pictures end in .svg or .png")
        }
        if model != nil, components != nil || solver != .auto || standardize || whiten || save != nil {
            throw ValidationError("--model brings components and their settings with it; --components, --solver, --standardize, --whiten and --save do not go with it")
        }
    }

    private struct Report: Encodable {
        var explainedVarianceRatio: [Double]
        var explainedVariance: [Double]
        var singularValues: [Double]
        var noiseVariance: Double
        var components: [[Double]]
        var count: Int
        var rows: Int
        var columns: [String]
        var classes: [String]
        var solver: PCASolver
        var standardized: Bool
        var whitened: Bool
        var data: String
        var seed: UInt64
        var threads: Int
        var seconds: Double
        var model: String?
    }

    func run() throws {
        try options.apply()
        let table = try table.load()
        let x: Tensor<Double> = table.values
        remark("\(table.name): \(x.shape[0]) rows of \(x.shape[1]) columns")

        var fitted: (pca: PCA<Double>, scores: Tensor<Double>)?
        let duration = try ContinuousClock().measure {
            if let model {
                let pca = try saved(model, for: table)
                fitted = (pca, try pca.transform(x))
            } else {
                fitted = try fit(x, components ?? Self.defaultComponents(of: x), table)
            }
        }
        guard let (found, scores) = fitted else { return }
        var pca = found
        pca.columnNames = table.columns
        print(PCASummary(pca: pca).text)

        if let save {
            try pca.save(to: save)
            remark("saved \(save)")
        }
        if let path = self.scores { try write(scores, of: table, to: path) }
        try PCAPictures(table: table, pca: pca, scores: scores) { count in
            // Pictures can want more components than were asked for.
            model == nil ? try fit(x, .count(count), table) : nil
        }.draw(plot: plot, scree: scree, biplot: biplot)
        if options.json {
            try printJSON(
                Report(
                    explainedVarianceRatio: pca.explainedVarianceRatio, explainedVariance: pca.explainedVariance,
                    singularValues: pca.singularValues, noiseVariance: pca.noiseVariance,
                    components: (0..<pca.count).map { pca.components.rows($0..<$0 + 1).scalars }, count: pca.count,
                    rows: x.shape[0], columns: table.columns, classes: table.classNames, solver: pca.solver,
                    standardized: pca.scale != nil, whitened: pca.whiten, data: table.name, seed: options.seed,
                    threads: Runtime.threads, seconds: seconds(duration), model: model ?? save))
        }
        try flushOutput()
    }

    private static func defaultComponents(of x: Tensor<Double>) -> PCAComponents {
        .count(max(1, min(x.shape[0], x.shape[1], 10)))
    }

    private func fit(
        _ x: Tensor<Double>, _ components: PCAComponents, _ table: PCATable
    ) throws -> (pca: PCA<Double>, scores: Tensor<Double>) {
        do {
            return try PCA.fitTransform(
                x,
                PCAOptions(
                    components: components, solver: solver, standardize: standardize, whiten: whiten, seed: options.seed))
        } catch PCAError.constantColumn(let column) {
            throw Refusal(
                "column \"\(table.columns[column])\" is constant and cannot be standardized: leave it out with --ignore")
        }
    }

    private func saved(_ path: String, for table: PCATable) throws -> PCA<Double> {
        let pca = try PCA<Double>.load(from: path)
        if !pca.columnNames.isEmpty, pca.columnNames != table.columns {
            throw Refusal(
                "\(path) was found in the columns \(pca.columnNames.joined(separator: ", ")); \(table.name) has \(table.columns.joined(separator: ", "))")
        }
        return pca
    }

    private func write(_ scores: Tensor<Double>, of table: PCATable, to path: String) throws {
        let count = scores.shape[1], values = scores.scalars
        let label = table.labelName.map { [$0] } ?? []
        try CSVWriter().write(
            header: (1...count).map { "PC\($0)" } + label,
            rows: (0..<scores.shape[0]).lazy.map { row in
                (0..<count).map { "\(values[row * count + $0])" } + (label.isEmpty ? [] : [table.classNames[table.labels[row]]])
            }, to: path)
        remark("wrote \(path)")
    }
}

extension PCASolver: ExpressibleByArgument {}
extension PCASolver: Encodable {}

extension PCAComponents: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "all": self = .all
        case "mle": self = .mle
        default:
            if let count = Int(argument), count > 0 {
                self = .count(count)
            } else if let ratio = Double(argument), ratio > 0, ratio < 1 {
                self = .varianceRatio(ratio)
            } else {
                return nil
            }
        }
    }
}

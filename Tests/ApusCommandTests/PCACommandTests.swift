import ApusTestSupport
import Foundation
import Testing

/// `apus pca` as a user runs it.
struct PCACommandTests {
    struct Report: Decodable {
        let explainedVarianceRatio, explainedVariance, singularValues: [Double]
        let components: [[Double]]
        let rows, count: Int
        let columns, classes: [String]
        let solver, data: String
        let seconds: Double
    }

    /// Two columns of variance 6 and 2/3, uncorrelated, and a class.
    private static let cross = "wide,narrow,colour\n3,10,red\n-3,10,red\n0,11,blue\n0,9,blue\n"

    private func withTable<Result>(_ text: String, _ body: (_ folder: String, _ table: String) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let path = folder + "/table.csv"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return try body(folder, path)
        }
    }

    /// The width and height in a PNG file's header.
    private func sizeOfPNG(_ path: String) throws -> [Int] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        try #require(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) && bytes.count > 1000)
        return [16, 20].map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    }

    private func isSVG(_ path: String) throws -> Bool {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.contains("<svg") && text.hasSuffix("</svg>\n") && text.count > 5000
    }

    @Test("without data: iris, its published shares of the variance, and all pictures")
    func iris() throws {
        try withTemporaryFolder { folder in
            let run = try CommandRun([
                "pca", "--components", "2", "--plot", folder + "/scores.svg", "--scree", folder + "/scree.png", "--biplot",
                folder + "/biplot.png", "--json",
            ])
            try #require(run.status == 0, "\(run.errors)")
            let report: Report = try run.json()
            // scikit-learn's documentation, example "PCA example with Iris data set": 92.46 % and 5.31 %.
            #expect(abs(report.explainedVarianceRatio[0] - 0.92461872) < 1e-8)
            #expect(abs(report.explainedVarianceRatio[1] - 0.05306648) < 1e-8)
            #expect(report.rows == 150 && report.count == 2 && report.columns.count == 4)
            #expect(report.classes == ["Iris setosa", "Iris versicolor", "Iris virginica"])
            #expect(run.output.contains("92.46 %"))
            #expect(try isSVG(folder + "/scores.svg"))
            #expect(try sizeOfPNG(folder + "/scree.png").allSatisfy { $0 > 300 })
            #expect(try sizeOfPNG(folder + "/biplot.png").allSatisfy { $0 > 300 })
        }
    }

    @Test("a CSV file with a label column, by name and by place")
    func table() throws {
        try withTable(Self.cross) { folder, table in
            for label in ["colour", "3"] {
                let plot = folder + "/plot-\(label).png", scores = folder + "/scores-\(label).csv"
                let run = try CommandRun([
                    "pca", "--data", table, "--label", label, "--components", "1", "--plot", plot, "--scores", scores, "--json",
                ])
                try #require(run.status == 0, "\(run.errors)")
                let report: Report = try run.json()
                #expect(abs(report.explainedVarianceRatio[0] - 0.9) < 1e-12)
                #expect(abs(report.explainedVariance[0] - 6) < 1e-12)
                #expect(report.columns == ["wide", "narrow"] && report.classes == ["red", "blue"])
                #expect(abs(report.components[0][0] - 1) < 1e-12 && abs(report.components[0][1]) < 1e-12)
                #expect(try sizeOfPNG(plot).allSatisfy { $0 > 300 })
                let lines = try String(contentsOfFile: scores, encoding: .utf8).split(whereSeparator: \.isNewline).map { $0.split(separator: ",") }
                #expect(lines[0] == ["PC1", "colour"] && lines.count == 5)
                #expect(lines.dropFirst().map { $0[1] } == ["red", "red", "blue", "blue"])
                for (line, score) in zip(lines.dropFirst(), [3, -3, 0, 0] as [Double]) {
                    #expect(abs(try #require(Double(line[0])) - score) < 1e-12)
                }
            }
        }
    }

    @Test("components saved from one table give the scores of another")
    func savedComponents() throws {
        try withTable(Self.cross) { folder, table in
            let file = folder + "/components.safetensors", scores = folder + "/scores.csv"
            #expect(try CommandRun(["pca", "--data", table, "--label", "colour", "--save", file]).status == 0)
            let other = folder + "/other.csv"
            try "wide,narrow\n5,10\n0,12\n".write(toFile: other, atomically: true, encoding: .utf8)
            let run = try CommandRun(["pca", "--data", other, "--model", file, "--scores", scores])
            try #require(run.status == 0, "\(run.errors)")
            let rows = try String(contentsOfFile: scores, encoding: .utf8).split(whereSeparator: \.isNewline).dropFirst()
                .map { $0.split(separator: ",").compactMap { Double($0) } }
            #expect(zip(rows.joined(), [5, 0, 0, 2]).allSatisfy { abs($0 - $1) < 1e-12 } && rows.count == 2)
        }
    }

    /// What is wrong with a table, its text, what the command is asked for besides, and what it must say.
    static let refusals: [(String, String, [String], [String])] = [
        ("a label that is no column", cross, ["--label", "shade"], ["table.csv", "\"shade\"", "\"wide\", \"narrow\", \"colour\""]),
        ("a column to ignore that is not there", cross, ["--label", "colour", "--ignore", "deep"], ["\"deep\""]),
        ("a ragged row", "a,b\n1,2\n3\n5,6\n", [], ["table.csv:3", "found 1 field", "expected 2"]),
        ("a cell that is no number", "a,b\n1,2\n3,four\n", [], ["table.csv:3", "\"b\"", "\"four\"", "--label"]),
        ("an empty cell", "a,b\n1,2\n3,\n", [], ["table.csv:3", "\"b\"", "missing value"]),
        ("a number that is not finite", "a,b\n1,2\n3,inf\n", [], ["table.csv:3", "\"b\"", "not a finite number"]),
        ("a constant column to be standardized", "a,b\n1,2\n3,2\n4,2\n", ["--standardize"], ["\"b\"", "constant"]),
        ("one row", "a,b\n1,2\n", [], ["row"]),
        ("more components than columns", cross, ["--label", "colour", "--components", "3"], ["3"]),
        ("a picture of no known kind", cross, ["--label", "colour", "--plot", "scores.gif"], [".svg or .png"]),
    ]

    @Test("refused with a reason, and nothing on standard output", arguments: refusals.indices)
    func refused(_ index: Int) throws {
        let (name, text, arguments, expected) = Self.refusals[index]
        try withTable(text) { _, table in
            let run = try CommandRun(["pca", "--data", table, "--json"] + arguments)
            #expect(run.status != 0 && run.status < 128, "\(name): status \(run.status)")
            for part in expected { #expect(run.errors.contains(part), "\(name): \(run.errors)") }
            #expect(run.output.isEmpty, "\(name)")
        }
    }

    @Test("no file at the path of the data")
    func noFile() throws {
        let run = try CommandRun(["pca", "--data", "/nowhere/table.csv"])
        #expect(run.status != 0 && run.status < 128 && run.errors.contains("/nowhere/table.csv"))
    }

    @Test("an output that cannot be written", arguments: ["--plot", "--scree", "--biplot", "--save", "--scores"])
    func unwritable(_ option: String) throws {
        try withTemporaryFolder { folder in
            let suffix = option == "--save" ? ".safetensors" : option == "--scores" ? ".csv" : ".svg"
            let nowhere = folder + "/nowhere/out" + suffix, here = folder + "/out" + suffix
            let missing = try CommandRun(["pca", option, nowhere])
            #expect(missing.status != 0 && missing.status < 128 && missing.errors.contains(nowhere), "\(missing.errors)")
            // A disk that is full, as a limit to the size of files: the file that was there stays as it was.
            try "before".write(toFile: here, atomically: true, encoding: .utf8)
            let full = try CommandRun(["pca", "--threads", "1", option, here], output: "/dev/null", limits: "trap '' XFSZ; ulimit -f 1;")
            #expect(full.status != 0 && full.status < 128 && full.errors.contains(here), "\(full.errors)")
            #expect(try String(contentsOfFile: here, encoding: .utf8) == "before")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out" + suffix])
        }
    }

    @Test("standard output on a full device is an error", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func fullOutput() throws {
        let run = try CommandRun(["pca", "--json"], output: "/dev/full")
        #expect(run.status != 0 && run.status < 128 && run.errors.contains("standard output"), "\(run.errors)")
    }
}

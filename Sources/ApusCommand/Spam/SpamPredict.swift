import Apus
import ApusPlot
import ArgumentParser

struct SpamPredict: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Judge comments with a saved classifier.",
        discussion: """
            apus spam predict --model spam.safetensors "Check out my channel!"
                judges a comment and says which words tell most.
            apus spam predict --model spam.safetensors --data new.csv --csv judged.csv
                judges a file of comments.
            cat comments.txt | apus spam predict --model spam.safetensors
                judges each line.
            """)

    @Option(help: "The classifier that 'apus spam train --save' wrote.")
    var model: String

    @Argument(help: "Comments to judge; without any, and without --data, each line of standard input.")
    var text: [String] = []

    @OptionGroup var comments: CommentOptions

    @Option(help: "Write id, class, probability and text to this CSV file.")
    var csv: String?

    @Option(help: "How many telling words to show for each comment given on the command line; 0: none.")
    var words: Int = 5

    @Option(help: "Draw the telling words of the first comment to this file (.svg or .png).")
    var plot: String?

    @OptionGroup var options: RunOptions

    private struct Judgement: Encodable {
        var text: String
        var spam: Bool
        var probability: Float
        var words: [TellingWord]?
    }
    private struct Report: Encodable {
        var count: Int
        var spam: Int
        var seconds: Double
        var predictions: [Judgement]
    }

    func validate() throws {
        if !text.isEmpty && !comments.data.isEmpty { throw ValidationError("give comments or --data, not both") }
        if let plot, !plot.isPlotPath { throw ValidationError("\(plot): pictures end in .svg or .png") }
        if words < 0 { throw ValidationError("--words must not be negative") }
    }

    func run() throws {
        try options.apply()
        let classifier = try SpamClassifier.load(from: model)
        let given: [Comment]
        if !comments.data.isEmpty {
            given = try comments.load(labelled: false).comments
        } else if text.isEmpty {
            var lines: [Comment] = []
            while let line = readLine() { lines.append(Comment(text: line)) }
            given = lines
        } else {
            given = text.map { Comment(text: $0) }
        }

        var probabilities: [Float] = []
        let duration = try ContinuousClock().measure { probabilities = try classifier.probabilities(of: given) }
        let explains = !text.isEmpty && words > 0
        var judgements: [Judgement] = []
        for (comment, probability) in zip(given, probabilities) {
            let telling = explains ? try classifier.tellingWords(of: comment, limit: words) : nil
            judgements.append(
                Judgement(text: comment.text, spam: probability > SpamEvaluation.threshold, probability: probability, words: telling))
        }
        if !options.json {
            for judgement in judgements {
                print("\(judgement.spam ? "spam" : "ham ")  \(percent(Double(judgement.probability)))  \(judgement.text)")
                for word in judgement.words ?? [] {
                    print("      \(word.weight >= 0 ? "+" : "−")\(decimal(abs(word.weight)))  \(word.word)")
                }
            }
        }
        if let csv {
            try CSVWriter().write(
                header: ["id", "class", "probability", "text"],
                rows: zip(given, judgements).map { comment, judgement in
                    [comment.id, judgement.spam ? "1" : "0", "\(judgement.probability)", comment.text]
                }, to: csv)
            remark("wrote \(csv)")
        }
        if let plot, let first = given.first {
            let telling = try classifier.tellingWords(of: first, limit: max(words, 5))
            try BarPlot(
                title: "What speaks for spam", bars: telling.map { BarPlot.Bar($0.word, $0.weight) },
                valueLabel: "Change of the log-odds", positiveName: "for spam", negativeName: "for ham"
            ).write(to: plot)
            remark("drew \(plot)")
        }
        if options.json {
            try printJSON(
                Report(
                    count: given.count, spam: judgements.count(where: \.spam), seconds: seconds(duration),
                    predictions: judgements))
        }
    }
}

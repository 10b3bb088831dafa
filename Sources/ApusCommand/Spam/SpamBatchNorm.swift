import Apus
import ArgumentParser

struct SpamBatchNorm: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batchnorm",
        abstract: "Train the article's network with and without batch normalization and compare.",
        discussion: "apus spam batchnorm --data youtube-spam --holdout Shakira --seeds 5")

    @OptionGroup var comments: CommentOptions

    @Option(help: "The video to judge on (default: the last).")
    var holdout: String?

    @OptionGroup var repetitions: SeedsOption

    @OptionGroup var training: TrainingOptions
    @OptionGroup var options: RunOptions

    private struct Report: Encodable {
        var accuracy: Double
        var with: BatchNormalizationStudy.Side
        var without: BatchNormalizationStudy.Side
        var verdict: String
        var runs: [BatchNormalizationStudy.Run]
        var seconds: Double
        var interrupted: Bool
    }

    func run() throws {
        try options.apply()
        InterruptHandler.install()
        let dataset = try comments.load()
        let (train, test) = try dataset.holdingOut(holdout ?? dataset.sources.last ?? "")
        var runs: [BatchNormalizationStudy.Run] = []
        let duration = try ContinuousClock().measure {
            runs = try BatchNormalizationStudy.run(
                train: train, test: test, seeds: repetitions.values(from: options.seed),
                settings: SpamTrainingSettings(epochs: training.epochs, batchSize: training.batchSize)
            ) { one in
                remark(
                    "seed \(one.seed), \(one.normalized ? "with" : "without"): train \(percent(one.trainAccuracy)), "
                        + "held out \(percent(one.heldOutAccuracy))")
            }
        }
        let isInterrupted = runs.count < 2 * repetitions.seeds
        if isInterrupted { remark("interrupted: \(runs.count / 2) of \(repetitions.seeds) seeds are done") }
        guard !runs.isEmpty else { throw ExitCode.failure }
        let with = BatchNormalizationStudy.side(runs, normalized: true)
        let without = BatchNormalizationStudy.side(runs, normalized: false)
        func cell(_ spread: BatchNormalizationStudy.Spread) -> String {
            "\(percent(spread.mean)) ± \(percent(spread.deviation))"
        }
        func row(_ name: String, _ side: BatchNormalizationStudy.Side) -> [String] {
            [name, cell(side.trainAccuracy), cell(side.heldOutAccuracy), cell(side.gap), decimal(side.heldOutLoss.mean)]
        }
        print(table([
            ["batch normalization", "train accuracy", "held-out accuracy", "gap", "held-out loss"],
            row("with", with), row("without", without),
        ]))
        let verdict = BatchNormalizationStudy.verdict(runs)
        print(verdict)
        if options.json {
            try printJSON(
                Report(
                    accuracy: with.heldOutAccuracy.mean, with: with, without: without, verdict: verdict, runs: runs,
                    seconds: seconds(duration), interrupted: isInterrupted))
        }
    }
}

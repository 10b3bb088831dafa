import Apus
import ArgumentParser

struct SpamCrossValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crossvalidate",
        abstract: "Hold out every video in turn, with several seeds, and report each.",
        discussion: "apus spam crossvalidate --data youtube-spam --seeds 5")

    @OptionGroup var comments: CommentOptions

    @Option(help: "How to train.")
    var recipe: SpamRecipe = .cues

    @OptionGroup var repetitions: SeedsOption

    @Option(help: "Hold out only this video; may be given several times (default: every one).")
    var holdout: [String] = []

    @OptionGroup var training: TrainingOptions
    @OptionGroup var options: RunOptions

    private struct Video: Encodable {
        var heldOut: String
        var accuracy: Double
        var accuracyDeviation: Double
        var f1: Double
        var auc: Double?
        var accuracies: [Double]
    }
    private struct Report: Encodable {
        var accuracy: Double
        var videos: [Video]
        var recipe: SpamRecipe
        var seeds: Int
        var seconds: Double
        var interrupted: Bool
    }

    func run() throws {
        try options.apply()
        InterruptHandler.install()
        let dataset = try comments.load()
        let settings = SpamTrainingSettings(epochs: training.epochs, batchSize: training.batchSize)
        let names = holdout.isEmpty ? dataset.sources : holdout
        let all = names.count * repetitions.seeds
        var done = 0
        var folds: [SpamCrossValidation.Fold] = []
        let duration = try ContinuousClock().measure {
            folds = try SpamCrossValidation.run(
                on: dataset, videos: names, recipe: recipe, seeds: repetitions.values(from: options.seed),
                settings: settings
            ) { fold in
                done += 1
                remark(
                    "\(done)/\(all)  \(fold.heldOut), seed \(fold.seed): \(percent(fold.evaluation.accuracy)) "
                        + "in \(decimal(fold.seconds)) s, \(decimal(fold.seconds * Double(all - done))) s to go")
            }
        }
        if done < all { remark("interrupted: \(done) of \(all) runs are done") }
        guard !folds.isEmpty else { throw ExitCode.failure }
        let videos = names.compactMap { name -> Video? in
            let own = folds.filter { $0.heldOut == name }
            guard !own.isEmpty else { return nil }
            let accuracies = own.map(\.evaluation.accuracy)
            let aucs = own.compactMap(\.evaluation.auc)
            let spread = BatchNormalizationStudy.Spread(accuracies)
            return Video(
                heldOut: name, accuracy: spread.mean, accuracyDeviation: spread.deviation,
                f1: BatchNormalizationStudy.Spread(own.map(\.evaluation.f1)).mean,
                auc: aucs.isEmpty ? nil : BatchNormalizationStudy.Spread(aucs).mean, accuracies: accuracies)
        }
        let mean = BatchNormalizationStudy.Spread(videos.map(\.accuracy)).mean
        print(table(
            [["held out", "accuracy", "±", "F1", "AUC"]]
                + videos.map { [$0.heldOut, percent($0.accuracy), percent($0.accuracyDeviation), decimal($0.f1), decimal($0.auc)] }
                + [["mean", percent(mean), "", "", ""]]))
        if options.json {
            try printJSON(
                Report(accuracy: mean, videos: videos, recipe: recipe, seeds: repetitions.seeds, seconds: seconds(duration),
                    interrupted: done < all))
        }
    }
}

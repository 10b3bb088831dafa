import Apus
import ApusPlot
import ArgumentParser

struct SpamTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a classifier, judge it on a video it has not seen, and save it.",
        discussion: """
            apus spam train
                trains on the comments that come with Apus.
            apus spam train --data youtube-spam --holdout Shakira --save spam.safetensors
                trains on all files but Shakira's, judges on those, and saves the classifier.
            apus spam train --data youtube-spam --save spam.safetensors
                trains on everything: for use, once the recipe has proved itself.

            Ctrl-C ends training after the batch at hand; the classifier is judged and saved as it then is.
            """)

    @OptionGroup var comments: CommentOptions

    @Option(help: "The video whose comments are kept from training and judged on; 'none' trains on all (default without data: the last video).")
    var holdout: String?

    @Option(help: "How to train: 'cues' is the best, 'reference' the article's network.")
    var recipe: SpamRecipe = .cues

    @Option(help: "Save the classifier to this file (.safetensors).")
    var save: String?

    @Option(help: "Draw the learning curves to this file (.svg or .png).")
    var plot: String?

    @Option(help: "Draw the confusion matrix to this file (.svg or .png).")
    var confusion: String?

    @Flag(help: "Print the network's table of layers.")
    var summary = false

    @OptionGroup var training: TrainingOptions
    @OptionGroup var options: RunOptions

    func validate() throws {
        for path in [plot, confusion].compactMap({ $0 }) where !path.isPlotPath {
            throw ValidationError("\(path): pictures end in .svg or .png")
        }
    }

    private struct Report: Encodable {
        var accuracy: Double
        var f1: Double
        var auc: Double?
        var confusion: [[Int]]
        var judgedOn: String
        var trainingComments: Int
        var testComments: Int
        var recipe: SpamRecipe
        var seed: UInt64
        var threads: Int
        var seconds: Double
        var interrupted: Bool
        var model: String?
    }

    func run() throws {
        try options.apply()
        InterruptHandler.install()
        let dataset = try comments.load()
        let name = holdout ?? (comments.data.isEmpty ? dataset.sources.last : nil)
        let (train, test): (CommentDataset, CommentDataset?) =
            switch name {
            case nil, "none": (dataset, nil)
            case let name?: try dataset.holdingOut(name)
            }
        remark("\(train.count) comments to train on" + (test.map { ", \($0.count) on \(name ?? "") held out" } ?? ""))

        let settings = SpamTrainingSettings(epochs: training.epochs, batchSize: training.batchSize, seed: options.seed)
        var result: (classifier: SpamClassifier, history: History)?
        let duration = try ContinuousClock().measure {
            result = try SpamClassifier.train(
                on: train, validation: test, recipe: recipe, settings: settings, callbacks: [ProgressBar()])
        }
        guard let (classifier, history) = result else { return }
        if summary { print(classifier.model.summary()) }

        let evaluation = try classifier.evaluate(test ?? train)
        let judged = test == nil ? "the training comments themselves" : (name ?? "")
        print("accuracy \(percent(evaluation.accuracy)) on \(judged) (\(evaluation.count) comments), "
            + "F1 \(decimal(evaluation.f1)), AUC \(decimal(evaluation.auc))")
        let counts = evaluation.confusion.counts
        print(table([
            ["", "called ham", "called spam"], ["is ham"] + counts[0].map(String.init),
            ["is spam"] + counts[1].map(String.init),
        ]))

        if let save {
            try classifier.save(to: save)
            remark("saved \(save)")
        }
        if let plot, history.epochs.isEmpty {
            remark("no epoch was finished: \(plot) is not drawn")
        } else if let plot {
            try LinePlot.learningCurves(
                title: "Spam classifier, recipe \(recipe.rawValue)", trainLoss: history["loss"],
                validationLoss: history["val_loss"], trainAccuracy: history["accuracy"],
                validationAccuracy: history["val_accuracy"]
            ).write(to: plot)
            remark("drew \(plot)")
        }
        if let confusion {
            try ConfusionMatrixPlot(
                title: "Comments on \(judged)", counts: counts, classes: ["ham", "spam"]
            ).write(to: confusion)
            remark("drew \(confusion)")
        }
        if options.json {
            try printJSON(
                Report(
                    accuracy: evaluation.accuracy, f1: evaluation.f1, auc: evaluation.auc, confusion: counts,
                    judgedOn: test == nil ? "training" : judged, trainingComments: train.count,
                    testComments: evaluation.count, recipe: recipe, seed: options.seed, threads: Runtime.threads,
                    seconds: seconds(duration), interrupted: history.isInterrupted, model: save))
        }
    }
}

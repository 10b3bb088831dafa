import Apus
import ApusPlot
import ApusVision
import ArgumentParser
import Foundation

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Everything, in small: a tour on data that comes with Apus, with a page of results.",
        discussion: """
            apus demo --out tour
                principal components of the iris flowers, a spam classifier, capsules that read and redraw digits, and a \
            picture network that learns new classes from a few examples; then open tour/index.html.
            """)

    @Option(help: "The folder for the page and its pictures.")
    var out: String = "apus-demo"

    @OptionGroup var options: RunOptions

    private struct Report: Encodable {
        var explainedVarianceRatio: [Double]
        var spamAccuracy: Double
        var digitAccuracy: Double
        var transferAccuracy: Double
        var scratchAccuracy: Double
        var seconds: Double
        var report: String
    }

    func run() throws {
        try options.apply()
        var report = try DemoReport(folder: out)
        let clock = ContinuousClock(), start = clock.now
        func step<Result>(_ title: String, _ body: () throws -> Result) rethrows -> (Result, Double) {
            remark("\(title) …")
            let begin = clock.now
            let result = try body()
            return (result, seconds(clock.now - begin))
        }

        let (ratio, pcaSeconds) = try step("Principal components of 150 iris flowers") { try runIris() }
        print("iris: the first two components explain \(percent(ratio[0] + ratio[1])) of the variance")
        report.section(
            "Principal components", seconds: pcaSeconds,
            ["The first component of four measurements explains \(percent(ratio[0])) of the variance, the second \(percent(ratio[1]))."],
            pictures: [("iris.svg", "Iris flowers in the plane of their first two components")])

        let (spam, spamSeconds) = try step("A spam classifier") { try runSpam() }
        print("spam: accuracy \(percent(spam.accuracy)) on a video whose comments were not trained on")
        report.section(
            "Spam in comments", seconds: spamSeconds,
            ["Trained on comments to four videos, judged on \(spam.count) to a fifth: accuracy \(percent(spam.accuracy)), F1 \(decimal(spam.f1))."],
            pictures: [("confusion.svg", "Which comments were called what")])

        let (digits, digitSeconds) = try step("A capsule network that reads digits") { try runCapsules() }
        print("capsules: accuracy \(percent(digits)) on digits drawn anew")
        report.section(
            "Capsules", seconds: digitSeconds,
            ["Routing by agreement reads \(percent(digits)) of 500 new digits and redraws each from the 16 numbers of its capsule."],
            pictures: [("digits.png", "Digits and what is made of them")])

        let (transfer, transferSeconds) = try step("A picture network that learns two new classes from a few pictures") { try runTransfer() }
        print("pictures: accuracy \(percent(transfer.fineTuned)) fine-tuned, \(percent(transfer.scratch)) from scratch")
        report.section(
            "Fine-tuning on a few pictures", seconds: transferSeconds,
            [
                "A VGG-style network that knows circles, squares, triangles and crosses learns rings and stars from 12 pictures each:",
                "accuracy \(percent(transfer.fineTuned)) on 120 new pictures; the same network from random weights reaches \(percent(transfer.scratch)).",
            ],
            pictures: [("pictures.png", "Validation pictures, and what they were taken for")])

        let path = try report.write()
        let duration = seconds(clock.now - start)
        remark("wrote \(path) (\(String(format: "%.0f", duration)) s in all)")
        if options.json {
            try printJSON(
                Report(
                    explainedVarianceRatio: ratio, spamAccuracy: spam.accuracy, digitAccuracy: digits,
                    transferAccuracy: transfer.fineTuned, scratchAccuracy: transfer.scratch, seconds: duration, report: path))
        }
    }

    private func runIris() throws -> [Double] {
        let iris = Iris.fisher
        let x = Tensor(iris.features, shape: [Iris.count, Iris.featureNames.count])
        let (pca, scores) = try PCA.fitTransform(x, PCAOptions(components: .count(4)))
        let ratio = pca.explainedVarianceRatio
        let points = scores.scalars
        let column = { (k: Int) in (0..<Iris.count).map { points[4 * $0 + k] } }
        try ScatterPlot(
            title: "Iris flowers", xLabel: "first component (\(percent(ratio[0])))",
            yLabel: "second component (\(percent(ratio[1])))", x: column(0), y: column(1), classes: iris.labels,
            classNames: Iris.species
        ).write(to: "\(out)/iris.svg")
        return ratio
    }

    private func runSpam() throws -> (accuracy: Double, f1: Double, count: Int) {
        let dataset = EmbeddedComments.dataset
        let (training, test) = try dataset.holdingOut(dataset.sources.last ?? "")
        let classifier = try SpamClassifier.train(
            on: training, validation: nil, recipe: .cues, settings: SpamTrainingSettings(seed: options.seed), callbacks: []
        ).classifier
        let evaluation = try classifier.evaluate(test)
        try ConfusionMatrixPlot(title: "Comments", counts: evaluation.confusion.counts, classes: ["ham", "spam"])
            .write(to: "\(out)/confusion.svg")
        return (evaluation.accuracy, evaluation.f1, evaluation.count)
    }

    private func runCapsules() throws -> Double {
        let test = RenderedDigits.make(500, seed: 2)
        let model = try CapsNet(seed: options.seed)
        try model.fit(
            ShiftedDigits(RenderedDigits.make(2500, seed: 1), shift: 2, seed: options.seed), epochs: 3, batchSize: 50,
            optimizer: Adam(), seed: options.seed, callbacks: [ProgressBar()])
        let sample = try DigitSample(ShiftedDigits(test), count: 10)
        let capsules = try model.encoder.predict(sample.images)
        try reconstructionGrid(model, sample, capsules: capsules, found: try model.classify(sample.images)).grid
            .write(to: "\(out)/digits.png")
        return try model.evaluate(ShiftedDigits(test), batchSize: 50)["accuracy"] ?? .nan
    }

    private func runTransfer() throws -> (fineTuned: Double, scratch: Double) {
        let pictures = ShapePictures()
        let source = "\(out)/pictures/source", target = "\(out)/pictures/target"
        try pictures.write([.circle, .square, .triangle, .cross], to: source, training: 300, validation: 25, seed: options.seed)
        try pictures.write([.ring, .star], to: target, training: 12, validation: 60, seed: options.seed)
        func train(_ classifier: PictureClassifier, _ folder: String, _ stages: [Stage]) throws -> FineTuning {
            let tree = try ImageTree(folder)
            guard let train = tree.train else { throw ValidationError("\(folder) has no folder train") }
            let run = FineTuning(
                classifier: classifier, train: train, valid: tree.valid, batchSize: 16, augmentation: .mild, cache: nil,
                onBroken: .skip, seed: options.seed, save: nil, checkpoint: nil, resumes: false, tensorboard: nil)
            try run.train(stages)
            return run
        }
        func network(_ classes: Int) throws -> Sequential<Float> {
            try VGGFamily.small.network(side: pictures.side, classes: classes, seed: options.seed)
        }
        let first = PictureClassifier(
            network: try network(4), classes: ["circle", "cross", "square", "triangle"], preprocessing: .torch)
        _ = try train(first, source, [Stage(name: "circles, squares, triangles, crosses", part: .all, epochs: 8, rate: 0.002)])
        try first.network.removeLast()
        try first.network.append(Dense(2, activation: .softmax).named("predictions"))
        let tuned = try train(
            PictureClassifier(network: first.network, classes: ["ring", "star"], preprocessing: .torch), target,
            [
                Stage(name: "rings and stars, last layer", part: .last, epochs: 10, rate: 0.003),
                Stage(name: "rings and stars, dense layers", part: .dense, epochs: 10, rate: 0.001),
                Stage(name: "rings and stars, all layers", part: .all, epochs: 30, rate: 0.0005),
            ])
        let scratch = try train(
            PictureClassifier(network: try network(2), classes: ["ring", "star"], preprocessing: .torch), target,
            [Stage(name: "rings and stars, from scratch", part: .all, epochs: 50, rate: 0.001)])
        if let valid = try ImageTree(target).valid {
            try ContactSheet(try tuned.classifier.predict(valid).predictions, classes: ["ring", "star"])
                .write(to: "\(out)/pictures.png")
        }
        return (try tuned.judge().0.accuracy, try scratch.judge().0.accuracy)
    }
}

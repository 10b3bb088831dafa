import Apus
import ApusPlot
import ArgumentParser
import Foundation

struct CapsNetTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a capsule network, with the test error after every epoch.",
        discussion: """
            apus capsnet train
                trains on drawn digits.
            apus capsnet train --data mnist --epochs 50 --checkpoint run.ckpt --save capsnet.safetensors
                trains on MNIST; if it is stopped, the same line with --resume goes on, to the same bits as in one go.
            apus capsnet train --data mnist --multi --save multi.safetensors
                trains on overlapping digits.

            Ctrl-C ends training after the batch at hand, with a checkpoint; the network is judged and saved as it then is.
            """)

    @OptionGroup var digits: DigitOptions

    @Option(help: "Passes over the training images.")
    var epochs: Int = 3

    @Option(help: "Images a step.")
    var batchSize: Int = 100

    @Option(help: "Adam's learning rate in the first epoch.")
    var learningRate: Float = 0.001

    @Option(help: "What the learning rate is multiplied by with each epoch.")
    var decay: Float = 0.9

    @Option(help: "Move training images by up to so many pixels (overlapping digits always move by 4).")
    var shift: Int = 2

    @Option(help: "Iterations of routing.")
    var iterations: Int = 3

    @Option(help: "What an image's sum of squared reconstruction errors counts in the loss.")
    var reconstructionWeight: Float = 0.0005

    @Flag(inversion: .prefixedNo, help: "Learn to reconstruct.")
    var reconstruction = true

    @Option(help: "Save the network to this file (.safetensors).")
    var save: String?

    @Option(help: "Keep the state of training in this file, from which --resume goes on.")
    var checkpoint: String?

    @Option(help: "Steps between two checkpoints, beside those at the epochs' ends.")
    var checkpointSteps: Int = 100

    @Flag(help: "Go on from --checkpoint if it is there.")
    var resume = false

    @Option(help: "Write every epoch's figures to this CSV file.")
    var log: String?

    @Option(help: "Write figures and reconstructions for TensorBoard to this folder.")
    var tensorboard: String?

    @Option(help: "Draw the learning curves to this file (.svg or .png).")
    var plot: String?

    @Flag(help: "Print the network's tables of layers.")
    var summary = false

    @OptionGroup var options: RunOptions

    func validate() throws {
        if let plot, !plot.isPlotPath { throw ValidationError("\(plot): pictures end in .svg or .png") }
        if resume && checkpoint == nil { throw ValidationError("--resume needs --checkpoint") }
        for (name, value) in [("--epochs", epochs), ("--batch-size", batchSize), ("--checkpoint-steps", checkpointSteps)]
        where !(1...1_000_000).contains(value) {
            throw ValidationError("\(name) must be from 1 to 1000000")
        }
        if !(0...16).contains(shift) { throw ValidationError("--shift must be from 0 to 16") }
        if !(learningRate > 0 && learningRate.isFinite) { throw ValidationError("--learning-rate must be positive") }
        if !(decay > 0 && decay <= 1) { throw ValidationError("--decay must be above 0 and at most 1") }
        if !(reconstructionWeight >= 0 && reconstructionWeight.isFinite) {
            throw ValidationError("--reconstruction-weight must not be negative")
        }
    }

    private struct Report: Encodable {
        var accuracy: Double
        var testError: Double
        var trainingImages: Int
        var testImages: Int
        var epochs: Int
        var parameters: Int
        var seconds: Double
        var seed: UInt64
        var threads: Int
        var interrupted: Bool
        var model: String?
    }

    func run() throws {
        try options.apply()
        InterruptHandler.install()
        var settings = try digits.settings()
        settings.iterations = iterations
        settings.reconstructionWeight = reconstructionWeight
        if !reconstruction { settings.decoder = [] }
        let model = try CapsNet(settings, seed: options.seed)
        if summary { print(model.summary()) }
        let training = try digits.source(.training, shift: shift, seed: options.seed)
        let test = try digits.source(.test, seed: options.seed)
        remark("\(training.itemCount) images to train on, \(test.itemCount) to judge on")

        var callbacks: [any Callback] = []
        // Without state, so that a resumed run has the rate of an unbroken one.
        let (first, decay) = (learningRate, self.decay)
        callbacks.append(LearningRateScheduler { epoch, _ in first * Float(pow(Double(decay), Double(epoch))) })
        if let checkpoint { callbacks.append(SaveCheckpoint(to: checkpoint, everySteps: checkpointSteps)) }
        if let log { callbacks.append(CSVLogger(path: log)) }
        if let tensorboard { callbacks.append(try logger(tensorboard, model, test)) }
        callbacks.append(ProgressBar())
        let going = resume ? checkpoint.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil } : nil
        let clock = ContinuousClock(), start = clock.now
        let history = try train(model, training, test, callbacks, from: going)
        let duration = clock.now - start
        let figures = try evaluate(model, test)
        let accuracy = figures["accuracy"] ?? .nan
        let judged = digits.multi ? "both digits right" : "right"
        print("test error \(percent(1 - accuracy)) (\(test.itemCount) images, \(judged): \(percent(accuracy)))")
        if let save {
            try model.save(to: save)
            remark("saved \(save)")
        }
        if let plot {
            if history.epochs.isEmpty {
                remark("no epoch was finished: \(plot) is not drawn")
            } else {
                try LinePlot.learningCurves(
                    title: "Capsule network", trainLoss: history["loss"], validationLoss: history["val_loss"],
                    trainAccuracy: history["accuracy"], validationAccuracy: history["val_accuracy"]
                ).write(to: plot)
                remark("drew \(plot)")
            }
        }
        if options.json {
            try printJSON(
                Report(
                    accuracy: accuracy, testError: 1 - accuracy, trainingImages: training.itemCount,
                    testImages: test.itemCount, epochs: history.epochs.count,
                    parameters: model.namedParameters.reduce(0) { $0 + $1.parameter.count }, seconds: seconds(duration),
                    seed: options.seed, threads: Runtime.threads, interrupted: history.isInterrupted, model: save))
        }
    }

    /// Figures every ten steps, and after each epoch what is made of the first test images.
    private func logger(
        _ folder: String, _ model: CapsNet, _ test: some BatchSource<CapsNet.Batch>
    ) throws -> TensorBoardLogger {
        let sample = try DigitSample(test, count: 10), count = digits.digitCount
        return TensorBoardLogger(folder: folder, everySteps: 10) { file, run in
            guard model.decoder != nil else { return }
            let capsules = try model.encoder.predict(sample.images)
            let found = try model.classify(sample.images, digits: count)
            let grid = try reconstructionGrid(model, sample, capsules: capsules, found: found).grid
            try file.write(
                image: "reconstructions", png: grid.png(scale: 1), width: Int(grid.size.width),
                height: Int(grid.size.height), step: Int64(clamping: run.step))
        }
    }

    private func train(
        _ model: CapsNet, _ training: some BatchSource<CapsNet.Batch>, _ test: any BatchSource<CapsNet.Batch>,
        _ callbacks: [any Callback], from checkpoint: String?
    ) throws -> History {
        try model.fit(
            training, epochs: epochs, batchSize: batchSize, optimizer: Adam(learningRate: learningRate), validation: test,
            seed: options.seed, callbacks: callbacks, resumingFrom: checkpoint)
    }

    private func evaluate(_ model: CapsNet, _ test: some BatchSource<CapsNet.Batch>) throws -> Figures {
        try model.evaluate(test, batchSize: batchSize)
    }
}

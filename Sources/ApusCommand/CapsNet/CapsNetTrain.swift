import Apus
import ApusPlot
import ArgumentParser
import Foundation

struct CapsNetTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a capsule network, or a plain convolutional one beside it, with the test error after every epoch.",
        discussion: """
            apus capsnet train
                trains on drawn digits, 100 images a step.
            apus capsnet train --data mnist --epochs 50 --checkpoint run.ckpt --save capsnet.safetensors
                trains on MNIST; if it is stopped, the same line with --resume goes on, to the same bits as in one go.
            apus capsnet train --data mnist --multi --minutes 60 --save multi.safetensors
                trains on overlapping digits for an hour.
            apus capsnet train --data mnist --multi --minutes 60 --baseline --save baseline.safetensors
                trains the paper's convolutional network on the same images for as long.

            Ctrl-C ends training after the batch at hand, with a checkpoint; the network is judged and saved as it then is.
            """)

    @OptionGroup var digits: DigitOptions

    @Flag(help: "Train the paper's plain convolutional network for these digits instead.")
    var baseline = false

    @Option(help: "Passes over the training images (default: 3, or with --minutes as many as they last).")
    var epochs: Int?

    @Option(help: "End after the step that uses these minutes up. Only steps count, in processor time of the training thread.")
    var minutes: Double?

    @OptionGroup var fitting: FitOptions

    @Option(help: "What the learning rate is multiplied by with each epoch.")
    var decay: Float = 0.9

    @Option(help: "Let the learning rate rise to its value over so many steps (default: 0, or with --multi and --canvas 1000).")
    var warmUp: Int?

    @Option(help: "Move training images by up to so many pixels (default: 2, or with --canvas anywhere on it; overlapping digits always move by 4).")
    var shift: Int?

    @Option(help: "Turn, shear and scale training images as well, by up to this share of affNIST's ranges (1: 20°, 0.2, ±20 %).")
    var distort: Double?

    @Option(help: "Iterations of routing.")
    var iterations: Int = 3

    @Option(help: "What an image's sum of squared reconstruction errors counts in the loss.")
    var reconstructionWeight: Float = 0.0005

    @Flag(inversion: .prefixedNo, help: "Learn to reconstruct.")
    var reconstruction = true

    @Option(help: "Draw the learning curves to this file (.svg or .png).")
    var plot: String?

    @Flag(help: "Print the network's tables of layers.")
    var summary = false

    @OptionGroup var options: RunOptions

    func validate() throws {
        if let plot, !plot.isPlotPath { throw ValidationError("\(plot): pictures end in .svg or .png") }
        try checkCount("--epochs", epochs)
        try checkCount("--warm-up", warmUp, from: 0)
        if let minutes, !(minutes > 0 && minutes.isFinite) { throw ValidationError("--minutes must be positive") }
        if let shift, !(0...32).contains(shift) { throw ValidationError("--shift must be from 0 to 32") }
        if let distort {
            if !(distort > 0 && distort <= 1) { throw ValidationError("--distort must be above 0 and at most 1") }
            if digits.multi { throw ValidationError("--distort is for single digits") }
        }
        if !(decay > 0 && decay <= 1) { throw ValidationError("--decay must be above 0 and at most 1") }
        if !(reconstructionWeight >= 0 && reconstructionWeight.isFinite) {
            throw ValidationError("--reconstruction-weight must not be negative")
        }
    }

    private struct Report: Encodable {
        var network: String
        var accuracy: Double
        var testError: Double
        var trainingImages: Int
        var testImages: Int
        var epochs: Int
        var steps: UInt64
        var batchSize: Int
        var parameters: Int
        /// Of the steps alone, over all resumptions, and of the command as a whole, this time.
        var trainingSeconds: Double
        var seconds: Double
        var seed: UInt64
        var threads: Int
        var interrupted: Bool
        var model: String?
    }

    func run() throws {
        try options.apply()
        InterruptHandler.install()
        try train(try model())
    }

    private func model() throws -> any DigitModel {
        let size = try digits.imageSize()
        if baseline {
            var settings = digits.multi ? BaselineNet.Settings.overlapping : BaselineNet.Settings()
            (settings.height, settings.width) = size
            return try BaselineNet(settings, seed: options.seed)
        }
        var settings = CapsNet.Settings()
        (settings.height, settings.width) = size
        settings.iterations = iterations
        settings.reconstructionWeight = reconstructionWeight
        if !reconstruction { settings.decoder = [] }
        return try CapsNet(settings, seed: options.seed)
    }

    private func train(_ model: some DigitModel) throws {
        if summary { print(model.summary()) }
        let training = try digits.source(.training, shift: shift, strength: distort, seed: options.seed)
        let test = try digits.source(.test, seed: options.seed)
        remark("\(training.itemCount) images to train on, \(test.itemCount) to judge on")

        let clock = TrainingClock(budget: minutes.map { $0 * 60 }, checkpoint: fitting.checkpoint)
        let counter = StepCounter(), log = fitting.log.map { DigitLog(path: $0, clock: clock) }
        var callbacks: [any Callback] = [
            // Thousands of capsules on larger images, all moved a full step at first, drive every length to 1 and stay there.
            RiseAndDecay(
                fitting.learningRate, decay: decay, rise: warmUp ?? (digits.multi || digits.canvas != nil ? 1000 : 0)),
            clock, counter,
        ]
        if let checkpoint = fitting.checkpoint {
            callbacks.append(SaveCheckpoint(to: checkpoint, everySteps: fitting.checkpointSteps))
        }
        if let log { callbacks.append(log) }
        if let tensorboard = fitting.tensorboard { callbacks.append(try logger(tensorboard, model, test)) }
        callbacks.append(ProgressBar())
        let wall = ContinuousClock(), start = wall.now
        let history = try fit(model, training, test, callbacks)
        let duration = wall.now - start
        let figures = try evaluate(model, test)
        try log?.finish(figures)
        let accuracy = figures["accuracy"] ?? .nan
        let judged = digits.multi ? "both digits right" : "right"
        print(
            "test error \(percent(1 - accuracy)) (\(test.itemCount) images, \(judged): \(percent(accuracy))) "
                + "after \(counter.steps) steps, \(decimal(clock.seconds / 60)) minutes")
        if let save = fitting.save {
            try model.save(to: save)
            remark("saved \(save)")
        }
        if let plot { try draw(history, to: plot) }
        if options.json {
            try printJSON(
                Report(
                    network: baseline ? "baseline" : "capsnet", accuracy: accuracy, testError: 1 - accuracy,
                    trainingImages: training.itemCount, testImages: test.itemCount, epochs: history.epochs.count,
                    steps: counter.steps, batchSize: batchSize,
                    parameters: model.namedParameters.reduce(0) { $0 + $1.parameter.count }, trainingSeconds: clock.seconds,
                    seconds: seconds(duration), seed: options.seed, threads: Runtime.threads,
                    interrupted: history.isInterrupted, model: fitting.save))
        }
    }

    private var batchSize: Int { fitting.batchSize ?? 100 }

    /// Figures every ten steps, and after each epoch what a capsule network makes of the first test images.
    private func logger(
        _ folder: String, _ model: some DigitModel, _ test: some BatchSource<CapsNet.Batch>
    ) throws -> TensorBoardLogger {
        guard let model = model as? CapsNet else { return TensorBoardLogger(folder: folder, everySteps: 10) }
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

    private func draw(_ history: History, to plot: String) throws {
        if history.epochs.isEmpty { return remark("no epoch was finished: \(plot) is not drawn") }
        try LinePlot.learningCurves(
            title: baseline ? "Convolutional network" : "Capsule network", trainLoss: history["loss"],
            validationLoss: history["val_loss"], trainAccuracy: history["accuracy"],
            validationAccuracy: history["val_accuracy"]
        ).write(to: plot)
        remark("drew \(plot)")
    }

    private func fit(
        _ model: some DigitModel, _ training: some BatchSource<CapsNet.Batch>, _ test: any BatchSource<CapsNet.Batch>,
        _ callbacks: [any Callback]
    ) throws -> History {
        try model.fit(
            training, epochs: epochs ?? (minutes == nil ? 3 : 1_000_000), batchSize: batchSize,
            optimizer: Adam(learningRate: fitting.learningRate), validation: test, seed: options.seed, callbacks: callbacks,
            resumingFrom: fitting.resumption(from: fitting.checkpoint))
    }

    private func evaluate(_ model: some DigitModel, _ test: some BatchSource<CapsNet.Batch>) throws -> Figures {
        try model.evaluate(test, batchSize: batchSize)
    }
}

/// Remembers how many steps were taken, those before a resumption included.
private final class StepCounter: Callback {
    private(set) var steps: UInt64 = 0
    func trainEnd(_ run: TrainingRun) { steps = run.step }
}

/// A learning rate that rises over the first steps and is multiplied by a factor with each epoch. Without state, so that a
/// resumed run has the rate of an unbroken one.
private final class RiseAndDecay: Callback {
    private let first: Float
    private let decay: Float
    private let rise: Int

    init(_ first: Float, decay: Float, rise: Int) { (self.first, self.decay, self.rise) = (first, decay, rise) }

    func batchBegin(_ run: TrainingRun) {
        let share = rise == 0 ? 1 : min(1, Float(run.step + 1) / Float(rise))
        run.optimizer.learningRate = first * Float(pow(Double(decay), Double(run.epoch))) * share
    }
}

import Apus
import ApusVision
import ArgumentParser
import Foundation

/// How a stage's learning rate goes.
enum RateSchedule: String, CaseIterable, ExpressibleByArgument {
    /// It stays.
    case constant
    /// It rises over a twentieth of the stage, and falls to 0 along half a cosine.
    case cosine

    /// What sets it; nil: nothing has to.
    func callback(rate: Float, steps: Int) -> (any Callback)? {
        switch self {
        case .constant: return nil
        case .cosine:
            let warmup = steps / 20
            return LearningRateScheduler(
                CosineDecay(initial: rate, steps: Int64(max(1, steps - warmup)), warmup: Int64(warmup)))
        }
    }
}

/// Training of a part of a network for some epochs.
struct Stage {
    enum Part: Equatable {
        case last, dense, all
        /// From the layer of this name on.
        case from(String)
    }

    /// What a stage came to.
    struct Figures: Encodable {
        var stage: String
        var epochs: Int
        var seconds: Double
        /// After the last epoch.
        var accuracy: Double?
        /// The best epoch's, whose weights are kept.
        var bestAccuracy: Double?
        var loss: Double?
    }

    var name: String
    var part: Part
    var epochs: Int
    var rate: Float
}

/// The stages of fine-tuning, one after the other, with the best weights kept.
final class FineTuning {
    private(set) var classifier: PictureClassifier
    private(set) var figures: [Stage.Figures] = []
    private(set) var broken: [(path: String, error: any Error)] = []
    private(set) var isInterrupted = false
    /// How the learning rate goes within a stage.
    var schedule = RateSchedule.constant
    /// Every epoch's figures, a file a stage, by this name and the stage's number.
    var log: String?
    /// Steps between two checkpoints, beside those at the epochs' ends.
    var checkpointSteps = 100

    private let train: ImageFolder
    private let valid: ImageFolder?
    private let batchSize: Int
    private let augmentation: Augmentation?
    private let cache: String?
    private let onBroken: BrokenPictures
    private let seed: UInt64
    private let save: String?
    private let checkpoint: String?
    private let resumes: Bool
    private let tensorboard: String?
    private var best = -Double.infinity
    private var bestWeights: [(Parameter, Tensor<Float>)] = []

    init(
        classifier: PictureClassifier, train: ImageFolder, valid: ImageFolder?, batchSize: Int,
        augmentation: Augmentation?, cache: String?, onBroken: BrokenPictures, seed: UInt64, save: String?,
        checkpoint: String?, resumes: Bool, tensorboard: String?
    ) {
        (self.classifier, self.train, self.valid, self.batchSize) = (classifier, train, valid, batchSize)
        (self.augmentation, self.cache, self.onBroken, self.seed) = (augmentation, cache, onBroken, seed)
        (self.save, self.checkpoint, self.resumes, self.tensorboard) = (save, checkpoint, resumes, tensorboard)
    }

    func train(_ stages: [Stage]) throws {
        let stages = stages.filter { $0.epochs > 0 }
        func file(_ number: Int) -> String? { checkpoint.map { "\($0).\(number + 1)" } }
        if resumes { try readBest() }
        // A stage's checkpoint has the weights of those before it.
        let first = !resumes ? 0 : stages.indices.last { file($0).map { FileManager.default.fileExists(atPath: $0) } ?? false } ?? 0
        for (number, stage) in stages.enumerated() where number >= first && !isInterrupted {
            let from = resumes ? file(number).flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil } : nil
            remark("stage \(number + 1) of \(stages.count): \(stage.name), learning rate \(String(format: "%g", stage.rate))")
            let clock = ContinuousClock(), start = clock.now
            let history = try run(stage, number: number + 1, checkpoint: file(number), from: from)
            isInterrupted = history.isInterrupted
            figures.append(
                Stage.Figures(
                    stage: stage.name, epochs: history.epochs.count, seconds: seconds(clock.now - start),
                    accuracy: history["val_accuracy"].last, bestAccuracy: history["val_accuracy"].max(),
                    loss: history["val_loss"].last))
        }
        // The weights of the best epoch, or the last ones where nothing was validated.
        for (parameter, value) in bestWeights { parameter.value = value }
        classifier.network.unfreeze()
        if let save { try classifier.save(to: save) }
    }

    /// The layers from the first dense one on.
    private var denseStart: Int {
        classifier.network.layers.firstIndex { $0 is Dense } ?? classifier.network.layers.count - 1
    }

    private func run(_ stage: Stage, number: Int, checkpoint: String?, from: String?) throws -> History {
        let network = classifier.network
        network.unfreeze()
        switch stage.part {
        case .last: network.freeze(first: network.layers.count - 1)
        case .dense: network.freeze(first: denseStart)
        case .all: break
        case let .from(name):
            guard let start = network.layers.firstIndex(where: { $0.name == name }) else {
                throw ModelError.noSuchLayer(name: name, available: network.layers.map(\.name))
            }
            network.freeze(first: start)
        }
        var callbacks: [any Callback] = [LambdaCallback(epochEnd: { [self] _, figures in try keepBest(figures) })]
        let steps = stage.epochs * ((train.items.count + batchSize - 1) / batchSize)
        if let schedule = schedule.callback(rate: stage.rate, steps: steps) { callbacks.append(schedule) }
        if let log { callbacks.append(CSVLogger(path: "\(log).\(number).csv")) }
        if let checkpoint { callbacks.append(SaveCheckpoint(to: checkpoint, everySteps: checkpointSteps)) }
        if let tensorboard {
            let folder = "\(tensorboard)/\(stage.name.replacing(" ", with: "-"))"
            callbacks.append(TensorBoardLogger(folder: folder, everySteps: 10))
        }
        callbacks.append(ProgressBar())
        let optimizer = Adam(learningRate: stage.rate)
        if let cache, stage.part == .last || stage.part == .dense { return try runCached(stage, cache, optimizer, callbacks, from) }
        let model = try SupervisedModel(network, loss: SparseCategoricalCrossEntropy(), metrics: [SparseCategoricalAccuracy()])
        let training = dataset(train, augmentation)
        let validation = valid.map { dataset($0, nil) }
        let history = try model.fit(
            training, epochs: stage.epochs, batchSize: batchSize, optimizer: optimizer, validation: validation, seed: seed,
            callbacks: callbacks, resumingFrom: from)
        note(training.brokenPictures + (validation?.brokenPictures ?? []))
        return history
    }

    /// Trains what follows the convolutions on what they gave once.
    private func runCached(
        _ stage: Stage, _ cache: String, _ optimizer: Adam, _ callbacks: [any Callback], _ from: String?
    ) throws -> History {
        let start = denseStart
        let training = try features(train, start, "\(cache).train")
        let validation = try valid.map { try features($0, start, "\(cache).valid") }
        // The same layer objects: what is trained here is the network's own.
        let head = try Sequential<Float>(
            input: training.features.shape.droppingFirst(), seed: classifier.network.seed,
            layers: Array(classifier.network.layers[start...]))
        return try head.fit(
            training.features, training.labels, loss: SparseCategoricalCrossEntropy(), optimizer: optimizer,
            metrics: [SparseCategoricalAccuracy()], epochs: stage.epochs, batchSize: batchSize,
            validation: validation.map { (inputs: $0.features, targets: $0.labels) }, seed: seed, callbacks: callbacks, resumingFrom: from)
    }

    private func features(_ folder: ImageFolder, _ layers: Int, _ file: String) throws -> FrozenFeatures {
        let clock = ContinuousClock(), start = clock.now
        var shown = clock.now
        let features = try FrozenFeatures(
            of: classifier, layers: layers, folder: folder, cache: file, batchSize: batchSize, onBroken: onBroken
        ) { done in
            guard clock.now - shown > .seconds(5) || done == folder.items.count else { return }
            shown = clock.now
            let left = seconds(shown - start) / Double(max(1, done)) * Double(folder.items.count - done)
            remark("convolutions: \(done) of \(folder.items.count) pictures, \(String(format: "%.0f", left)) s to go")
        }
        note(features.brokenPictures)
        return features
    }

    private func dataset(_ folder: ImageFolder, _ augmentation: Augmentation?) -> ImageDataset<Int32> {
        ImageDataset(
            folder, targets: .number, options: classifier.options, augmentation: augmentation, seed: seed,
            onBroken: onBroken)
    }

    private func keepBest(_ figures: Figures) throws {
        guard let accuracy = figures["val_accuracy"], accuracy > best else { return }
        best = accuracy
        // Copies on write: what is not trained any more costs nothing.
        bestWeights = classifier.network.parameters.map { ($0, $0.value) }
        // Before the epoch's checkpoint: whoever resumes an older one meets the same accuracy again, and keeps this.
        if let bestFile { try classifier.network.save(to: bestFile, extra: [Self.bestKey: "\(accuracy)"]) }
    }

    private static let bestKey = "finetune.accuracy"
    /// The best weights so far, for whoever resumes.
    private var bestFile: String? { checkpoint.map { "\($0).best" } }

    private func readBest() throws {
        guard let bestFile, FileManager.default.fileExists(atPath: bestFile) else { return }
        let (kept, extra) = try Sequential<Float>.loadWithExtra(from: bestFile)
        let (ours, theirs) = (classifier.network.namedParameters, kept.namedParameters)
        guard let accuracy = extra[Self.bestKey].flatMap(Double.init), ours.count == theirs.count,
            zip(ours, theirs).allSatisfy({ $0.name == $1.name && $0.parameter.value.shape == $1.parameter.value.shape })
        else { throw Refusal("\(bestFile) has the weights of another network; it belongs to another run") }
        best = accuracy
        bestWeights = zip(ours, theirs).map { ($0.parameter, $1.parameter.value) }
    }

    private func note(_ pictures: [(path: String, error: any Error)]) {
        for picture in pictures where !broken.contains(where: { $0.path == picture.path }) { broken.append(picture) }
    }

    /// Accuracy and loss on the validation pictures, or the training ones where there are none.
    func judge() throws -> ((accuracy: Double, loss: Double), on: String) {
        let model = try SupervisedModel(
            classifier.network, loss: SparseCategoricalCrossEntropy(), metrics: [SparseCategoricalAccuracy()])
        let source = dataset(valid ?? train, nil)
        let figures = try model.evaluate(source, batchSize: batchSize)
        note(source.brokenPictures)
        return (
            (figures["accuracy"] ?? .nan, figures["loss"] ?? .nan),
            valid == nil ? "the training pictures themselves" : "\(source.itemCount - source.brokenPictures.count) validation pictures"
        )
    }
}

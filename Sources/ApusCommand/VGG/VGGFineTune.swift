import Apus
import ApusKeras
import ApusPlot
import ApusVision
import ArgumentParser
import Foundation

struct VGGFineTune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune",
        abstract: "Teach a trained network your own classes of pictures: the last layer first, then the dense ones.",
        discussion: """
            apus vgg16 finetune --data pets --weights vgg16_weights_tf_dim_ordering_tf_kernels.h5 --save pets.safetensors
                replaces VGG16's last layer by one for the folders in pets/train, trains it alone, then the dense layers \
            at a tenth of the rate, and keeps the best weights by the pictures in pets/valid.
            apus vgg16 finetune --data cifar10 --network small --size 32 --from-scratch --all-epochs 12 --augment \
                --schedule cosine --batch-size 64 --save cifar.safetensors
            apus vgg16 finetune --data pets --model cifar.safetensors --size 48 --augment --save pets.safetensors
                a network of your own making, first trained on many pictures, then fine-tuned on few.

            A step has 16 pictures, unless --batch-size says otherwise. --learning-rate is the last layer's, or all layers' with \
            --from-scratch. --save keeps the best network by validation accuracy. --checkpoint and --tensorboard have a file \
            and a folder a stage, by the name given. Ctrl-C ends training after the batch at hand, with a checkpoint; the same \
            line with --resume goes on, to the same bits as in one go.
            """)

    @Option(help: "A folder with train/CLASS/*.jpg and valid/CLASS/*.jpg.")
    var data: String

    @Option(help: "Begin with Keras' weights of VGG16 (.h5).")
    var weights: String?

    @Option(help: "Begin with a network that this command saved.")
    var model: String?

    @Flag(help: "Begin with random weights.")
    var fromScratch = false

    @Option(help: "The network for --weights and --from-scratch: \(VGGFamily.allCases.map(\.rawValue).joined(separator: ", ")).")
    var network: VGGFamily = .vgg16

    @Option(help: "The side of a picture in pixels (default: the network's own). A network from --model takes another if it ends in a global pooling.")
    var size: Int?

    @Option(help: "How pixels are scaled: caffe (VGG16's), tf, torch, unit or none.")
    var preprocessing: PictureClassifier.Preprocessing?

    @Option(help: "Epochs of the last layer alone (default: 1, or 0 with --from-scratch).")
    var epochs: Int?

    @Option(help: "Epochs of the dense layers, after that (default: 1, or 0 with --from-scratch).")
    var denseEpochs: Int?

    @Option(help: "Epochs of all layers, after that (default: 0, or 10 with --from-scratch).")
    var allEpochs: Int?

    @Option(help: "Train only from this layer on in those epochs, block4_conv1 for example.")
    var allFrom: String?

    @Option(help: "For the dense layers (default: a tenth of --learning-rate).")
    var denseRate: Float?

    @Option(help: "For all layers (default: a tenth of the dense layers'; --learning-rate with --from-scratch).")
    var allRate: Float?

    @Option(help: "How the learning rate goes within a stage: constant, or cosine (a short rise, then a fall to 0).")
    var schedule: RateSchedule = .constant

    @Flag(help: "Flip, shift, turn and zoom training pictures a little, anew in every epoch.")
    var augment = false

    @Option(help: "Keep what the convolutions make of the pictures in files of this name, and train the dense layers on that: many times faster after the first epoch, but every epoch sees the same pictures (no --augment, no --all-epochs), and all of it is held in memory, 100 KB a picture of VGG16.")
    var cache: String?

    @Flag(help: "Stop at a picture that cannot be read, instead of leaving it out.")
    var strict = false

    @Option(help: "Draw the surest right, the surest wrong and the least sure validation pictures to this file (.png or .svg).")
    var sheet: String?

    @OptionGroup var fitting: FitOptions
    @OptionGroup var options: RunOptions

    func validate() throws {
        let beginnings = [weights != nil, model != nil, fromScratch].filter { $0 }.count
        if beginnings != 1 { throw ValidationError("give one of --weights, --model and --from-scratch") }
        if let sheet, !sheet.isPlotPath { throw ValidationError("\(sheet): pictures end in .svg or .png") }
        if cache != nil && (augment || allLayers > 0) {
            throw ValidationError("--cache holds what does not change: it goes with neither --augment nor --all-epochs")
        }
        if weights != nil && network != .vgg16 { throw ValidationError("--weights are those of vgg16") }
        for (name, value) in [("--epochs", epochs), ("--dense-epochs", denseEpochs), ("--all-epochs", allEpochs)] {
            try checkCount(name, value, from: 0)
        }
        for (name, rate) in [("--dense-rate", denseRate), ("--all-rate", allRate)] {
            if let rate, !(rate > 0 && rate.isFinite) { throw ValidationError("\(name) must be positive") }
        }
    }

    private var batchSize: Int { fitting.batchSize ?? 16 }
    /// The stages' epochs. All layers of a network that knows nothing are trained at once.
    private var lastLayer: Int { epochs ?? (fromScratch ? 0 : 1) }
    private var denseLayers: Int { denseEpochs ?? (fromScratch ? 0 : 1) }
    private var allLayers: Int { allEpochs ?? (fromScratch ? 10 : 0) }

    private struct Report: Encodable {
        var accuracy: Double
        var loss: Double
        var classes: [String]
        var trainingPictures: Int
        var validationPictures: Int
        var broken: Int
        var seconds: Double
        var stages: [Stage.Figures]
        var interrupted: Bool
        var model: String?
    }

    func run() throws {
        try options.apply()
        InterruptHandler.install()
        let tree = try ImageTree(data)
        guard let train = tree.train else { throw ValidationError("\(data) has no folder train") }
        guard train.classes.count > 1 else {
            throw ValidationError("\(data)/train has \(train.classes.count) class folders; there must be two at least")
        }
        let classifier = try beginning(classes: train.classes)
        remark(
            "\(train.items.count) pictures of \(train.classes.joined(separator: ", ")) to train on, "
                + "\(tree.valid?.items.count ?? 0) to validate with")
        let clock = ContinuousClock(), start = clock.now
        let run = FineTuning(
            classifier: classifier, train: train, valid: tree.valid, batchSize: batchSize,
            augmentation: augment ? .mild : nil, cache: cache, onBroken: strict ? .stop : .skip, seed: options.seed,
            save: fitting.save, checkpoint: fitting.checkpoint, resumes: fitting.resume, tensorboard: fitting.tensorboard)
        run.schedule = schedule
        run.log = fitting.log
        run.checkpointSteps = fitting.checkpointSteps
        let dense = denseRate ?? fitting.learningRate / 10
        try run.train([
            Stage(name: "last layer", part: .last, epochs: lastLayer, rate: fitting.learningRate),
            Stage(name: "dense layers", part: .dense, epochs: denseLayers, rate: dense),
            Stage(
                name: allFrom.map { "layers from \($0) on" } ?? "all layers", part: allFrom.map { .from($0) } ?? .all,
                epochs: allLayers, rate: allRate ?? (fromScratch ? fitting.learningRate : dense / 10)),
        ])
        let duration = clock.now - start
        for picture in run.broken { remark("left out: \(picture.error)") }
        let (figures, judged) = try run.judge()
        print("accuracy \(percent(figures.accuracy)), loss \(decimal(figures.loss)) on \(judged)")
        if let save = fitting.save { remark("saved \(save)") }
        if let sheet, let valid = tree.valid {
            try ContactSheet(try run.classifier.predict(valid, batchSize: batchSize).predictions, classes: train.classes)
                .write(to: sheet)
            remark("drew \(sheet)")
        }
        if options.json {
            try printJSON(
                Report(
                    accuracy: figures.accuracy, loss: figures.loss, classes: train.classes,
                    trainingPictures: train.items.count, validationPictures: tree.valid?.items.count ?? 0,
                    broken: run.broken.count, seconds: seconds(duration), stages: run.figures,
                    interrupted: run.isInterrupted, model: fitting.save))
        }
    }

    /// The network that training begins with, its last layer made for these classes.
    private func beginning(classes: [String]) throws -> PictureClassifier {
        if let model {
            let old = try PictureClassifier.load(from: model)
            let height = size ?? old.options.height ?? network.side, width = size ?? old.options.width ?? network.side
            let network: Sequential<Float>
            do {
                network = try old.resized(height: height, width: width, seed: options.seed).network
            } catch let error as ModelError {
                throw ValidationError("--size \(height): \(model) cannot take pictures of \(width) × \(height): \(error)")
            }
            if old.classes != classes { try replaceLast(of: network, classes: classes.count) }
            return PictureClassifier(network: network, classes: classes, preprocessing: preprocessing ?? old.preprocessing)
        }
        let side = size ?? network.side
        if let weights {
            let model = try network.network(side: side, classes: 1000, seed: options.seed)
            let loaded = try model.loadKerasWeights(from: weights, matching: .name(keepingMissing: true))
            remark("read \(loaded.loaded.count) layers from \(weights)")
            for name in loaded.kept where name != "predictions" { remark("\(name) is not in it and begins with random weights") }
            try replaceLast(of: model, classes: classes.count)
            return PictureClassifier(network: model, classes: classes, preprocessing: preprocessing ?? .caffe)
        }
        return PictureClassifier(
            network: try network.network(side: side, classes: classes.count, seed: options.seed), classes: classes,
            preprocessing: preprocessing ?? (network == .vgg16 ? .caffe : .torch))
    }

    private func replaceLast(of network: Sequential<Float>, classes: Int) throws {
        let name = network.layers.last?.name ?? "predictions"
        try network.removeLast()
        try network.append(Dense(classes, activation: .softmax).named(name))
    }
}

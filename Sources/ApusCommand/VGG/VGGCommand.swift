import Apus
import ApusKeras
import ApusVision
import ArgumentParser

struct VGGCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vgg16",
        abstract: "Tell pictures apart with VGG16, fine-tuned on folders of your own.",
        discussion: """
            The network of Simonyan and Zisserman (2015). Pictures lie in a folder for each class: DIR/train/cats, \
            DIR/train/dogs, DIR/valid/…, and those to be predicted in DIR/test/unknown. Weights come as Keras has \
            them (vgg16_weights_tf_dim_ordering_tf_kernels.h5).
            """,
        subcommands: [VGGSummary.self, VGGFineTune.self, VGGPredict.self, VGGExport.self])
}

extension PictureClassifier.Preprocessing: ExpressibleByArgument {}

/// A network of VGG's family and the weights that it begins with.
enum VGGFamily: String, CaseIterable, ExpressibleByArgument {
    /// The 16 layers of the paper, for pictures of 224 × 224.
    case vgg16
    /// Three blocks with batch normalization, for small pictures and little time.
    case small

    var side: Int { self == .vgg16 ? 224 : 64 }

    func network(side: Int, classes: Int, seed: UInt64) throws -> Sequential<Float> {
        switch self {
        case .vgg16: return try ApusModels.vgg16(input: [side, side, 3], classes: classes, seed: seed)
        case .small:
            let model = try vggBlocks(
                input: [side, side, 3], blocks: [(32, 2), (64, 2), (128, 2)], normalized: true, seed: seed)
            model.name = "small_vgg"
            // The mean over all places: what a picture shows counts, and hardly where, which few pictures could not teach.
            try model.append(GlobalAveragePool())
            try model.append(Dense(128, activation: .relu, kernelInitializer: .heNormal).named("fc1"))
            try model.append(Dropout(0.25))
            try model.append(Dense(classes, activation: .softmax).named("predictions"))
            return model
        }
    }
}

struct VGGSummary: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Print the network's table of layers, as Keras prints it.")

    @Option(help: "The network: \(VGGFamily.allCases.map(\.rawValue).joined(separator: ", ")).")
    var network: VGGFamily = .vgg16

    @Option(help: "How many classes the last layer tells.")
    var classes: Int = 1000

    @Option(help: "The side of a picture in pixels (default: the network's own).")
    var size: Int?

    @Flag(help: "End standard output with one JSON object.")
    var json = false

    func run() throws {
        let model = try network.network(side: size ?? network.side, classes: classes, seed: 0)
        print(model.summary())
        if json { try printJSON(["parameters": model.parameters.reduce(0) { $0 + $1.count }]) }
    }
}

struct VGGExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a fine-tuned network's weights for Keras.",
        discussion: """
            apus vgg16 export --model pets.safetensors --to pets.weights.h5
                in Keras: model.load_weights("pets.weights.h5") on a model of the same layers.
            """)

    @Option(help: "A network that 'apus vgg16 finetune' saved.")
    var model: String

    @Option(help: "The file to write (.h5).")
    var to: String

    @Flag(help: "Write the format of Keras 2, with layers by name.")
    var keras2 = false

    func validate() throws {
        if !to.hasSuffix(".h5") { throw ValidationError("\(to): Keras' weight files end in .h5") }
    }

    func run() throws {
        let classifier = try PictureClassifier.load(from: model)
        try classifier.network.saveKerasWeights(to: to, format: keras2 ? .keras2 : .keras3)
        remark("wrote \(to): \(classifier.network.parameters.reduce(0) { $0 + $1.count }) numbers")
    }
}

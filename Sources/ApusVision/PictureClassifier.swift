import ApusCore
import ApusNN
import Foundation

/// A network that tells pictures' classes, with what it takes to use it: the classes' names and how a picture becomes
/// its input. One file holds all of it.
public final class PictureClassifier {
    /// The network; its output is a probability for each class.
    public let network: Sequential<Float>
    /// The classes' names, in the order of the outputs.
    public let classes: [String]
    /// How pictures become tensors.
    public let options: ImageOptions
    /// The name of ``options``' scaling: `caffe`, `tf`, `torch`, `unit` or `none`.
    public let preprocessing: Preprocessing

    /// The pixel scalings that Keras' networks were trained with.
    public enum Preprocessing: String, Sendable, CaseIterable {
        /// Blue, green, red, each less its mean over ImageNet: VGG16's.
        case caffe
        /// −1 … 1.
        case tf
        /// 0 … 1, less the mean and by the standard deviation over ImageNet.
        case torch
        /// 0 … 1.
        case unit
        /// 0 … 255.
        case none

        /// The scaling.
        public var scaling: PixelScaling {
            switch self {
            case .caffe: .caffe
            case .tf: .tf
            case .torch: .torch
            case .unit: .unit
            case .none: .none
            }
        }
    }

    /// - Precondition: the network takes colour pictures and has an output for each class.
    public init(network: Sequential<Float>, classes: [String], preprocessing: Preprocessing) {
        precondition(
            network.inputShape.rank == 3 && network.inputShape[2] == 3, "a network for inputs of \(network.inputShape)")
        precondition(
            network.outputShape == [classes.count], "\(classes.count) classes and outputs of \(network.outputShape)")
        self.network = network
        self.classes = classes
        self.preprocessing = preprocessing
        options = ImageOptions(
            height: network.inputShape[0], width: network.inputShape[1], scaling: preprocessing.scaling)
    }

    /// The same classifier for pictures of another size, if no weight depends on that: convolutions up to a global
    /// pooling. The layers are the same objects, and so share their weights.
    /// - Parameters:
    ///   - height: rows of a picture.
    ///   - width: columns.
    ///   - seed: fixes dropout and the weights of layers that are added; nil: as before.
    /// - Throws: `ModelError` for a size that a layer's weights do not fit, or too small for the poolings.
    public func resized(height: Int, width: Int, seed: UInt64? = nil) throws -> PictureClassifier {
        let other = try Sequential<Float>(input: [height, width, 3], seed: seed ?? network.seed, layers: network.layers)
        (other.name, other.inputName) = (network.name, network.inputName)
        return PictureClassifier(network: other, classes: classes, preprocessing: preprocessing)
    }

    /// What a picture was taken for.
    public struct Prediction: Sendable, Hashable {
        /// Its file.
        public let path: String
        /// Its class, if it has one.
        public let label: Int?
        /// The probability of each class.
        public let probabilities: [Float]
        /// The most probable class.
        public var best: Int { probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0 }
    }

    /// Predicts a folder's pictures.
    /// - Parameters:
    ///   - folder: the pictures.
    ///   - batchSize: how many go through the network at once.
    ///   - onBroken: what happens when a picture cannot be used.
    ///   - progress: called with the number of pictures done.
    /// - Returns: the predictions in the pictures' order, and the pictures that were skipped.
    /// - Throws: ``ImageError``, `FileError`; what `progress` throws.
    public func predict(
        _ folder: ImageFolder, batchSize: Int = 16, onBroken: BrokenPictures = .skip,
        progress: (_ done: Int) throws -> Void = { _ in }
    ) throws -> (predictions: [Prediction], broken: [(path: String, error: any Error)]) {
        let dataset = ImageDataset(folder, targets: .number, options: options, onBroken: onBroken)
        var predictions: [Prediction] = []
        try dataset.forEachBatch(of: batchSize) { batch, items in
            if !items.isEmpty {
                let output = try network.forward(batch.inputs)
                for (row, item) in items.enumerated() {
                    predictions.append(
                        Prediction(
                            path: folder.items[item].path, label: folder.items[item].label,
                            probabilities: Array(output.buffer[row * classes.count..<(row + 1) * classes.count])))
                }
            }
            try progress(predictions.count)
        }
        return (predictions, dataset.brokenPictures)
    }

    // MARK: File

    private static let classesKey = "pictures.classes", preprocessingKey = "pictures.preprocessing"

    /// Saves network, classes and preprocessing as one safetensors file.
    /// - Throws: `FileError`; the file is then as it was.
    public func save(to path: String) throws {
        let names = String(decoding: try JSONEncoder().encode(classes), as: UTF8.self)
        try network.save(
            to: path, extra: [Self.classesKey: names, Self.preprocessingKey: preprocessing.rawValue])
    }

    /// A saved classifier.
    /// - Throws: `SerializationError`, `ModelError`, `SafetensorsError`, `FileError`.
    public static func load(from path: String) throws -> PictureClassifier {
        let (network, extra) = try Sequential<Float>.loadWithExtra(from: path)
        func refuse(_ reason: String) -> SerializationError { .notAModel(file: path, reason: reason) }
        guard let names = extra[classesKey], let preprocessing = extra[preprocessingKey].flatMap(Preprocessing.init) else {
            throw refuse("it does not say which classes of pictures it tells, and from which input")
        }
        guard let classes = try? JSONDecoder().decode([String].self, from: Data(names.utf8)) else {
            throw refuse("its classes' names cannot be read")
        }
        guard network.inputShape.rank == 3, network.inputShape[2] == 3, network.outputShape == [classes.count] else {
            throw refuse("from \(network.inputShape) to \(network.outputShape), it is no network for \(classes.count) classes of pictures")
        }
        return PictureClassifier(network: network, classes: classes, preprocessing: preprocessing)
    }
}

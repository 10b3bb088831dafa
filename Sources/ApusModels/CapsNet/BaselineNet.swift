import ApusCore
import ApusNN
import Foundation

/// The plain convolutional networks that Sabour, Frosst and Hinton (2017) measure theirs against, on the same batches.
///
/// For images of one digit (section 5): convolutions 5 × 5 of 256, 256 and 128 channels, stride 1, dense layers of 328 and
/// 192, dropout, softmax over the classes with cross-entropy. For overlapping digits (section 6.1): a convolution 9 × 9
/// of 512 channels and one 5 × 5 of 256, each followed by 2 × 2 pooling, a dense layer of 1024, and a sigmoid for each
/// class with its cross-entropy. Both have ReLU throughout. The paper does not say how borders are treated; with padding
/// the parameters are as many as it states: 35,445,522 for 28 × 28 (35.4 M), 24,563,978 for 36 × 36 (24.56 M). Nor does it
/// give the rate of dropout, which is a half here, nor the pooling's kind, which is the maximum.
///
/// ```swift
/// let model = try BaselineNet(seed: 1)
/// try model.fit(ShiftedDigits(digits, shift: 2), epochs: 3, batchSize: 100, optimizer: Adam())
/// ```
public final class BaselineNet: DigitModel {
    /// The network's sizes; the paper's for one digit unless changed.
    public struct Settings: Codable, Hashable, Sendable {
        /// A convolution with ReLU and padding, stride 1.
        public struct Convolution: Codable, Hashable, Sendable {
            /// Its channels.
            public var filters: Int
            /// The rows and columns of its window.
            public var kernelSize: Int
            /// Whether the maximum of 2 × 2 places follows.
            public var isPooled: Bool

            /// A convolution.
            public init(_ filters: Int, kernelSize: Int, isPooled: Bool = false) {
                (self.filters, self.kernelSize, self.isPooled) = (filters, kernelSize, isPooled)
            }
        }

        /// Rows of an image.
        public var height = 28
        /// Columns of an image.
        public var width = 28
        /// The classes.
        public var classes = 10
        /// The convolutions, first to last.
        public var convolutions = [
            Convolution(256, kernelSize: 5), Convolution(256, kernelSize: 5), Convolution(128, kernelSize: 5),
        ]
        /// The widths of the hidden dense layers.
        public var dense = [328, 192]
        /// The share of the last hidden layer that is dropped in training.
        public var dropout: Float = 0.5
        /// Whether classes are judged each by itself, several of which may be there, or against each other.
        public var severalDigits = false

        /// The paper's for one digit.
        public init() {}

        /// The paper's for overlapping digits on 36 × 36 pixels.
        public static var overlapping: Settings {
            var settings = Settings()
            (settings.height, settings.width, settings.severalDigits) = (36, 36, true)
            settings.convolutions = [
                Convolution(512, kernelSize: 9, isPooled: true), Convolution(256, kernelSize: 5, isPooled: true),
            ]
            (settings.dense, settings.dropout) = ([1024], 0)
            return settings
        }
    }

    /// The sizes.
    public let settings: Settings
    /// Image to a number for each class, before softmax or sigmoid.
    public let network: Sequential<Float>
    private let loss: any Loss<Float>
    private var targets = CapsNet.Numbers()

    /// - Parameters:
    ///   - settings: the sizes.
    ///   - seed: fixes the first weights and every dropout.
    /// - Throws: `ModelError` for sizes that make no network.
    public convenience init(_ settings: Settings = Settings(), seed: UInt64 = 0) throws {
        let network = try Sequential<Float>(input: [settings.height, settings.width, 1], seed: seed, layers: [])
        for (number, convolution) in settings.convolutions.enumerated() {
            try network.append(
                Conv2D(
                    convolution.filters, kernelSize: convolution.kernelSize, padding: .same, activation: .relu,
                    kernelInitializer: .heNormal
                ).named("conv\(number + 1)"))
            if convolution.isPooled { try network.append(MaxPool2D().named("pool\(number + 1)")) }
        }
        try network.append(Flatten().named("flatten"))
        for (number, width) in settings.dense.enumerated() {
            try network.append(Dense(width, activation: .relu, kernelInitializer: .heNormal).named("fc\(number + 1)"))
        }
        if settings.dropout != 0 { try network.append(Dropout(settings.dropout).named("dropout")) }
        try network.append(Dense(settings.classes).named("classes"))
        network.name = "baseline"
        self.init(settings, network)
    }

    private init(_ settings: Settings, _ network: Sequential<Float>) {
        (self.settings, self.network) = (settings, network)
        loss = settings.severalDigits ? BinaryCrossEntropy() : CategoricalCrossEntropy()
    }

    // MARK: Model

    /// `accuracy`: all digits of an image found, and no other.
    public var metricNames: [String] { ["accuracy"] }
    public var namedParameters: [(name: String, parameter: Parameter)] { network.namedParameters }
    public var trainableParameters: [Parameter] { network.trainableParameters }
    public var imageSize: (height: Int, width: Int) { (settings.height, settings.width) }
    public var classCount: Int { settings.classes }

    public func trainingStep(_ batch: CapsNet.Batch, step: UInt64) throws -> BatchResult {
        let result = try judge(batch, network.forward(batch.images, training: true, step: step), training: true)
        if result.itemCount > 0 { try network.backward() }
        return result
    }
    public func evaluationStep(_ batch: CapsNet.Batch) throws -> BatchResult {
        try judge(batch, network.forward(batch.images), training: false)
    }

    private func judge(_ batch: CapsNet.Batch, _ outputs: TensorView<Float>, training: Bool) throws -> BatchResult {
        let count = batch.images.shape[0], classes = settings.classes
        let digits = try batch.digitCount(classes: classes)
        guard settings.severalDigits || digits == 1 else { throw CapsNetError.digits(digits, classes: 1) }
        var result = BatchResult(itemCount: count)
        guard count > 0 else { return result }
        // Metrics first, for a loss may write its gradient over the outputs.
        result.metricSums[0] = batch.countFound(highest(digits, of: outputs))
        targets.reserve(count * classes)
        let wanted = targets.view([count, classes])
        batch.fillTargets(wanted)
        result.lossSum = try loss.evaluate(
            outputs: outputs, targets: wanted.readOnly, weights: nil, scale: 1 / Float(count),
            gradient: training ? network.outputGradient : nil)
        return result
    }

    // MARK: Use

    public func classify(_ images: Tensor<Float>, digits: Int = 1, batchSize: Int = 32) throws -> [[Int]] {
        try network.predict(images, batchSize: batchSize).withView { highest(digits, of: $0) }
    }

    public func summary() -> String { network.summary() }

    private static let settingsKey = "baselinenet.settings"

    /// Saves settings, layers and weights in one safetensors file.
    /// - Throws: `FileError`; the file is then as it was.
    public func save(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try network.save(to: path, extra: [Self.settingsKey: String(decoding: try encoder.encode(settings), as: UTF8.self)])
    }

    /// Whether a safetensors file says that it holds such a network.
    static func isSaved(at path: String) throws -> Bool { try SafetensorsReader(path: path).metadata[settingsKey] != nil }

    /// A saved network.
    /// - Throws: `FileError`, `SafetensorsError`, `SerializationError` and `ModelError` for a file that cannot be read;
    ///   ``CapsNetError/notABaseline(file:reason:)`` for one that holds another network.
    public static func load(from path: String) throws -> BaselineNet {
        let (network, extra) = try Sequential<Float>.loadWithExtra(from: path)
        guard let text = extra[settingsKey] else {
            throw CapsNetError.notABaseline(file: path, reason: "its metadata does not say so")
        }
        let settings: Settings
        do { settings = try JSONDecoder().decode(Settings.self, from: Data(text.utf8)) } catch {
            throw CapsNetError.notABaseline(file: path, reason: "its settings cannot be read: \(error)")
        }
        guard network.inputShape.dimensions == [settings.height, settings.width, 1],
            network.outputShape.dimensions == [settings.classes]
        else { throw CapsNetError.notABaseline(file: path, reason: "its layers are not those of its settings") }
        return BaselineNet(settings, network)
    }
}

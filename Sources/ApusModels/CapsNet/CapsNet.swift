import ApusCore
import ApusNN
import CApus

/// The capsule network of Sabour, Frosst and Hinton, "Dynamic Routing Between Capsules" (2017), with its decoder.
///
/// ```swift
/// let model = try CapsNet(seed: 1)                    // 8,215,568 parameters, 6,804,224 of them without the decoder
/// let digits = RenderedDigits.make(2000)
/// try model.fit(ShiftedDigits(digits, shift: 2), epochs: 3, batchSize: 32, optimizer: Adam())
/// let classes = try model.classify(images)
/// ```
///
/// An image may show several digits (``Batch/labels``); each is reconstructed on its own from its capsule.
public final class CapsNet: Model {
    /// The network's sizes; the paper's unless changed.
    public struct Settings: Codable, Hashable, Sendable {
        /// Rows of an image.
        public var height = 28
        /// Columns of an image.
        public var width = 28
        /// The classes, and so the upper capsules.
        public var classes = 10
        /// The channels of the first convolution.
        public var filters = 256
        /// The rows and columns of both convolutions' windows.
        public var kernelSize = 9
        /// The lower capsules at each place.
        public var primaryChannels = 32
        /// The numbers of a lower capsule.
        public var primaryDimension = 8
        /// The numbers of an upper capsule.
        public var dimension = 16
        /// Of routing.
        public var iterations = 3
        /// What the routing's gradient goes through.
        public var gradient = RoutingGradient.allIterations
        /// The widths of the decoder's hidden layers; none: no decoder.
        public var decoder = [512, 1024]
        /// What each image's sum of squared reconstruction errors counts in the loss.
        public var reconstructionWeight: Float = 0.0005
        /// The pixels of a reconstruction: an image's, unless digits are shown on a larger canvas.
        public var pixels: Int { height * width }

        /// The paper's.
        public init() {}
    }

    /// The sizes.
    public let settings: Settings
    /// Image to upper capsules, `[classes, dimension]`: `conv1`, `primary_caps`, `digit_caps`.
    public let encoder: Sequential<Float>
    /// Upper capsules to pixels: `mask`, `fc1`, `fc2`, `reconstruction`; nil without reconstruction.
    public let decoder: Sequential<Float>?
    private let margin: MarginLoss
    private var memory = Memory()

    /// - Parameters:
    ///   - settings: the sizes.
    ///   - margin: the margin loss, with the paper's constants unless given.
    ///   - seed: fixes the first weights.
    /// - Throws: `ModelError` for sizes that make no network.
    public init(_ settings: Settings = Settings(), margin: MarginLoss = MarginLoss(), seed: UInt64 = 0) throws {
        self.settings = settings
        self.margin = margin
        encoder = try Sequential(input: [settings.height, settings.width, 1], seed: seed) {
            Conv2D(settings.filters, kernelSize: settings.kernelSize, activation: .relu, kernelInitializer: .heNormal)
                .named("conv1")
            PrimaryCaps(
                channels: settings.primaryChannels, dimension: settings.primaryDimension, kernelSize: settings.kernelSize,
                stride: 2
            ).named("primary_caps")
            CapsuleLayer(
                capsules: settings.classes, dimension: settings.dimension, iterations: settings.iterations,
                gradient: settings.gradient
            ).named("digit_caps")
        }
        encoder.name = "encoder"
        if settings.decoder.isEmpty {
            decoder = nil
        } else {
            let decoder = try Sequential<Float>(
                input: [settings.classes, settings.dimension], seed: seed &+ 1, layers: [Mask().named("mask")])
            for (number, width) in settings.decoder.enumerated() {
                try decoder.append(Dense(width, activation: .relu, kernelInitializer: .heNormal).named("fc\(number + 1)"))
            }
            try decoder.append(Dense(settings.pixels, activation: .sigmoid).named("reconstruction"))
            decoder.name = "decoder"
            self.decoder = decoder
        }
    }

    // MARK: Model

    /// `accuracy`: all digits of an image found, and no other. `margin` and `reconstruction`: the two parts of the loss.
    public var metricNames: [String] { ["accuracy", "margin", "reconstruction"] }

    public var namedParameters: [(name: String, parameter: Parameter)] {
        encoder.namedParameters + (decoder?.namedParameters ?? [])
    }
    public var trainableParameters: [Parameter] { encoder.trainableParameters + (decoder?.trainableParameters ?? []) }

    public func trainingStep(_ batch: Batch, step: UInt64) throws -> BatchResult {
        try run(batch, training: true, step: step)
    }
    public func evaluationStep(_ batch: Batch) throws -> BatchResult { try run(batch, training: false, step: 0) }

    private func run(_ batch: Batch, training: Bool, step: UInt64) throws -> BatchResult {
        let count = batch.images.shape[0], digits = try check(batch)
        var result = BatchResult(itemCount: count)
        guard count > 0 else { return result }
        let capsules = try encoder.forward(batch.images, training: training, step: step)
        memory.reserve(batch: count, digits: digits, settings)
        let lengths = memory.lengths.view([count, settings.classes])
        try ApusCore.check(
            apus_slength_forward(count * settings.classes, settings.dimension, capsules.pointer, lengths.pointer),
            "the lengths of \(capsules.shape)")
        let targets = memory.targets.view([count, settings.classes])
        batch.fillTargets(targets)
        let slopes = memory.slopes.view([count, settings.classes])
        result.metricSums[1] = try margin.evaluate(
            outputs: lengths.readOnly, targets: targets.readOnly, weights: nil, scale: 1 / Float(count),
            gradient: training ? slopes : nil)
        result.metricSums[0] = batch.countFound(highest(digits, of: lengths.readOnly))
        if training {
            try ApusCore.check(
                apus_slength_backward(
                    count * settings.classes, settings.dimension, capsules.pointer, slopes.pointer,
                    encoder.outputGradient.pointer),
                "the gradient of the lengths of \(capsules.shape)")
        }
        if let decoder {
            result.metricSums[2] = try reconstruct(capsules, batch, with: decoder, training: training, step: step)
        }
        result.lossSum = result.metricSums[1] + result.metricSums[2] * Double(settings.reconstructionWeight)
        if training { try encoder.backward() }
        return result
    }

    /// The sum of squared errors of every digit's reconstruction; in training, adds its gradient to the encoder's output's.
    private func reconstruct(
        _ capsules: TensorView<Float>, _ batch: Batch, with decoder: Sequential<Float>, training: Bool, step: UInt64
    ) throws -> Double {
        let count = capsules.shape[0], digits = batch.labels.shape[1], width = settings.classes * settings.dimension
        let repeated = memory.repeated.view([count * digits, settings.classes, settings.dimension])
        for item in 0..<count {
            for digit in 0..<digits {
                (repeated.pointer + (item * digits + digit) * width).update(from: capsules.pointer + item * width, count: width)
            }
        }
        try decoder.layer(named: "mask", as: Mask.self).select(batch.labels.buffer)
        let output = try decoder.forward(repeated.readOnly, training: training, step: step, wantsInputGradient: training)
        var mean = 0.0
        let scale = settings.reconstructionWeight * Float(settings.pixels) / Float(count)
        try ApusCore.check(
            apus_smean_squared_error(
                count * digits, settings.pixels, output.pointer, batch.targets.pointer, nil, scale, &mean,
                training ? decoder.outputGradient.pointer : nil),
            "the error of reconstructions \(output.shape)")
        if training, let gradient = try decoder.backward() {
            let total = encoder.outputGradient
            for item in 0..<count {
                for digit in 0..<digits {
                    let from = gradient.pointer + (item * digits + digit) * width, to = total.pointer + item * width
                    for k in 0..<width { to[k] += from[k] }
                }
            }
        }
        return mean * Double(settings.pixels)
    }

    /// The number of digits of each image.
    private func check(_ batch: Batch) throws -> Int {
        let digits = try batch.digitCount(classes: settings.classes), pixels = batch.images.shape[0] * digits * settings.pixels
        guard batch.targets.count == pixels else {
            throw ModelError.itemCount(what: "pixels to reconstruct", expected: pixels, found: batch.targets.count)
        }
        return digits
    }

    // MARK: Use

    /// The digits that images show, longest capsule first.
    /// - Parameters:
    ///   - images: `[images, height, width, 1]`, 0 … 1.
    ///   - digits: how many each shows.
    ///   - batchSize: how many go through the network at once.
    /// - Returns: `digits` classes an image.
    /// - Throws: `ModelError` for images of another shape.
    public func classify(_ images: Tensor<Float>, digits: Int = 1, batchSize: Int = 32) throws -> [[Int]] {
        let capsules = try encoder.predict(images, batchSize: batchSize)
        return try Self.lengths(of: capsules).withView { highest(digits, of: $0) }
    }

    /// What the lower capsules say: the input of the routing.
    /// - Parameter images: `[images, height, width, 1]`.
    /// - Returns: `[images, capsules, primaryDimension]`.
    /// - Throws: `ModelError` for images of another shape.
    public func lowerCapsules(of images: Tensor<Float>) throws -> Tensor<Float> {
        // The same layers, and so the same weights, without the last one.
        try Sequential<Float>(input: encoder.inputShape, layers: Array(encoder.layers.dropLast())).predict(images)
    }

    /// The probability of each class.
    /// - Parameter capsules: `[images, classes, dimension]`, from ``encoder``.
    /// - Returns: `[images, classes]`.
    /// - Throws: `KernelError`, never for capsules from the encoder.
    public static func lengths(of capsules: Tensor<Float>) throws -> Tensor<Float> {
        precondition(capsules.shape.rank == 3, "capsules of shape \(capsules.shape)")
        let (images, classes, dimension) = (capsules.shape[0], capsules.shape[1], capsules.shape[2])
        return try Tensor(uninitialized: [images, classes]) { (target) throws in
            try capsules.withView { (view) throws in
                try ApusCore.check(
                    apus_slength_forward(images * classes, dimension, view.pointer, target.baseAddress),
                    "the lengths of \(capsules.shape)")
            }
        }
    }

    /// What the decoder makes of capsules.
    /// - Parameters:
    ///   - capsules: `[images, classes, dimension]`.
    ///   - classes: the capsule to decode of each; nil: the longest.
    /// - Returns: `[images, height · width]`.
    /// - Throws: ``CapsNetError/noDecoder``; `ModelError` for capsules of another shape or a class that is not there.
    public func reconstructions(of capsules: Tensor<Float>, classes: [Int]? = nil) throws -> Tensor<Float> {
        guard let decoder else { throw CapsNetError.noDecoder }
        try decoder.layer(named: "mask", as: Mask.self).select(classes ?? [])
        return try decoder.predict(capsules, batchSize: max(1, capsules.shape.first ?? 1))
    }

    /// Both parts' tables.
    public func summary() -> String { encoder.summary() + (decoder.map { "\n" + $0.summary() } ?? "") }
}

import ApusCore
import CApus

/// Batch normalization over all but the last dimension (Ioffe and Szegedy, 2015).
///
/// While it trains, each channel is brought to mean 0 and variance 1 over the batch, then scaled by γ and
/// shifted by β; a moving mean and variance are kept. In inference, and when frozen, the moving ones take
/// the batch's place, so that an item's output does not depend on its neighbours. With
/// γ = √(variance + ε) and β = mean it is the identity.
///
/// Input and output `[…, channels]`; all parameters `[channels]`.
public final class BatchNormalization: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The share of the moving statistics that a step keeps, in [0, 1].
        public var momentum: Float
        /// Added to the variance before the root is taken.
        public var epsilon: Float
    }

    public static let kind = "BatchNormalization"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    /// γ.
    public let gamma = Parameter("gamma")
    /// β.
    public let beta = Parameter("beta")
    /// E, the moving mean.
    public let movingMean = Parameter("moving_mean", role: .state)
    /// Var, the moving variance; the biased one, as in Keras.
    public let movingVariance = Parameter("moving_variance", role: .state)

    /// In the configured momentum's place while population statistics are gathered.
    var gatheringMomentum: Float?

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// Batch normalization.
    /// - Parameters:
    ///   - momentum: moving = momentum · moving + (1 − momentum) · batch.
    ///   - epsilon: added to the variance.
    public convenience init(momentum: Float = 0.99, epsilon: Float = 1e-3) {
        self.init(Configuration(momentum: momentum, epsilon: epsilon))
    }

    public var parameters: [Parameter] { [gamma, beta, movingMean, movingVariance] }
    public var backwardReads: BackwardReads { .input }

    private func descriptor(_ shape: Shape) -> apus_batchnorm_desc {
        let channels = gamma.count
        return apus_batchnorm_desc(
            rows: shape.elementCount / channels, channels: channels, epsilon: configuration.epsilon,
            momentum: gatheringMomentum ?? configuration.momentum)
    }

    public func outputShape(for input: Shape) throws -> Shape {
        guard configuration.epsilon > 0, (0...1).contains(configuration.momentum) else {
            throw ModelError.invalidSetting(
                layer: name, setting: "epsilon and momentum", reason: "must be positive and within 0 ... 1")
        }
        guard let channels = input.last, channels > 0 else {
            throw incompatible(input, "it needs a last dimension of at least 1")
        }
        if gamma.count > 0 && gamma.count != channels {
            throw incompatible(input, "its gamma has \(gamma.count) channels")
        }
        return input
    }

    public func build(for input: Shape, random: inout RandomStream) throws {
        guard gamma.count == 0 else { return }
        let channels = input[input.rank - 1]
        gamma.initialize(Tensor(repeating: 1, shape: [channels]))
        beta.initialize(Tensor(zeros: [channels]))
        movingMean.initialize(Tensor(zeros: [channels]))
        movingVariance.initialize(Tensor(repeating: 1, shape: [channels]))
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        // The batch's mean and inverse deviation; two more rows serve the frozen backward pass.
        LayerMemory(saved: training ? 4 * input[input.rank - 1] * MemoryLayout<Float>.stride : 0)
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        var desc = descriptor(input.shape)
        let usesBatch = context.isTraining && isTrainable
        let saved = context.saved.assumingMemoryBound(to: Float.self)
        if usesBatch {
            try check(
                apus_sbatchnorm_training(
                    &desc, input.pointer, gamma.view.pointer, beta.view.pointer, output.pointer, saved,
                    saved + gamma.count, movingMean.mutableView.pointer, movingVariance.mutableView.pointer),
                "layer '\(name)': batch statistics of \(input.shape)")
        } else {
            try check(
                apus_sbatchnorm_inference(
                    &desc, input.pointer, gamma.view.pointer, beta.view.pointer, movingMean.view.pointer,
                    movingVariance.view.pointer, output.pointer),
                "layer '\(name)': normalizing \(input.shape)")
        }
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        var desc = descriptor(input.shape)
        let saved = context.saved.assumingMemoryBound(to: Float.self)
        guard isTrainable else {
            // Frozen: a fixed scale a channel, dx = dy · γ / √(Var + ε), which is the inference kernel with
            // mean and shift zero.
            guard let inputGradient else { return }
            let zeros = saved + 2 * gamma.count
            zeros.update(repeating: 0, count: gamma.count)
            try check(
                apus_sbatchnorm_inference(
                    &desc, outputGradient.pointer, gamma.view.pointer, zeros, zeros, movingVariance.view.pointer,
                    inputGradient.pointer),
                "layer '\(name)': the gradient of frozen normalization of \(input.shape)")
            return
        }
        try check(
            apus_sbatchnorm_backward(
                &desc, input.pointer, outputGradient.pointer, gamma.view.pointer, saved, saved + gamma.count,
                inputGradient?.pointer, gamma.gradientView.pointer, beta.gradientView.pointer),
            "layer '\(name)': the gradient of batch normalization of \(input.shape)")
    }
}

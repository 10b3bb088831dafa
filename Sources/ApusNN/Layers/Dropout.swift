import ApusCore
import CApus

/// Inverted dropout (Srivastava et al., 2014): in training each value is zero with probability `rate`,
/// else divided by 1 − rate; in inference nothing happens.
///
/// Input and output of any one shape. Which values drop follows from the model's seed, the step and the
/// layer's place alone.
public final class Dropout: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The probability of a zero, in [0, 1).
        public var rate: Float
    }

    public static let kind = "Dropout"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }
    /// Dropout.
    /// - Parameter rate: the probability of a zero, in [0, 1).
    public convenience init(_ rate: Float) { self.init(Configuration(rate: rate)) }

    public var backwardReads: BackwardReads { [] }

    public func outputShape(for input: Shape) throws -> Shape {
        guard configuration.rate >= 0, configuration.rate < 1 else {
            throw ModelError.invalidSetting(layer: name, setting: "rate", reason: "must be at least 0 and below 1")
        }
        return input
    }

    private func drop(_ x: TensorView<Float>, into y: MutableTensorView<Float>, _ context: LayerContext) throws {
        guard context.isTraining, configuration.rate > 0 else {
            y.copy(from: x)
            return
        }
        try check(
            apus_sdropout(
                context.random.seed, context.random.stream, 0, configuration.rate, x.count, x.pointer, y.pointer),
            "layer '\(name)': dropout of \(x.shape)")
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        try drop(input, into: output, context)
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        guard let inputGradient else { return }
        try drop(outputGradient.readOnly, into: inputGradient, context)
    }
}

import ApusCore

/// An ``Activation`` as a layer of its own. Input and output of one shape.
public final class ActivationLayer: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// Applied to each value.
        public var activation: Activation
    }

    public static let kind = "Activation"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }
    /// An activation.
    public convenience init(_ activation: Activation) { self.init(Configuration(activation: activation)) }

    private var activation: Activation { configuration.activation }
    public var outputActivation: Activation { activation }
    public var backwardReads: BackwardReads { activation.slopeFollowsFromOutput ? .output : .input }

    public func outputShape(for input: Shape) throws -> Shape { input }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        if context.leavesLogits { output.copy(from: input) } else { try activation.forward(input, into: output) }
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        guard let inputGradient else { return }
        if context.leavesLogits {
            inputGradient.copy(from: outputGradient.readOnly)
        } else {
            let fromOutput = activation.slopeFollowsFromOutput
            try activation.backward(
                x: fromOutput ? nil : input.pointer, y: fromOutput ? output.pointer : nil, dy: outputGradient.readOnly,
                into: inputGradient)
        }
    }
}

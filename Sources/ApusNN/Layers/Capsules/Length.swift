import ApusCore
import CApus

/// The length of each capsule: the probability that what it stands for is there.
///
/// Input `[capsules, dimension]`, output `[capsules]`. The gradient of a zero capsule is 0.
public final class Length: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// There is nothing to set.
        public init() {}
    }

    public static let kind = "Length"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    public var backwardReads: BackwardReads { .input }

    public func outputShape(for input: Shape) throws -> Shape {
        guard input.rank == 2, input[1] > 0 else { throw incompatible(input, "it needs [capsules, dimension]") }
        return [input[0]]
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        try check(
            apus_slength_forward(output.count, input.shape[2], input.pointer, output.pointer),
            "layer '\(name)': the lengths of \(input.shape)")
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        guard let inputGradient else { return }
        try check(
            apus_slength_backward(
                output.count, input.shape[2], input.pointer, outputGradient.pointer, inputGradient.pointer),
            "layer '\(name)': the gradient of the lengths of \(input.shape)")
    }
}

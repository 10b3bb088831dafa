import ApusCore
import CApus

/// A fully connected layer: y = f(x W + b) over the last dimension.
///
/// Input `[…, in]`, output `[…, units]`; kernel `[in, units]`, bias `[units]`.
public final class Dense: Layer, SavesOnlyForBackward {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The outputs of one item.
        public var units: Int
        /// Applied to each output, f.
        public var activation: Activation
        /// Whether a bias, b, is added.
        public var useBias: Bool
        /// What the kernel begins as.
        public var kernelInitializer: Initializer
    }

    public static let kind = "Dense"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    /// `[in, units]`.
    public let kernel = Parameter("kernel")
    /// `[units]`; unused without bias.
    public let bias = Parameter("bias")

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A fully connected layer.
    /// - Parameters:
    ///   - units: the outputs of one item.
    ///   - activation: f.
    ///   - useBias: whether there is a b.
    public convenience init(
        _ units: Int, activation: Activation = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform
    ) {
        self.init(
            Configuration(
                units: units, activation: activation, useBias: useBias, kernelInitializer: kernelInitializer))
    }

    public var parameters: [Parameter] { configuration.useBias ? [kernel, bias] : [kernel] }
    public var outputActivation: Activation { configuration.activation }
    public var backwardReads: BackwardReads { configuration.activation.backwardReadsOutput.union(.input) }

    public func outputShape(for input: Shape) throws -> Shape {
        guard configuration.units > 0 else {
            throw ModelError.invalidSetting(layer: name, setting: "units", reason: "must be positive")
        }
        guard let features = input.last, features > 0 else {
            throw incompatible(input, "it needs a last dimension of at least 1")
        }
        if kernel.count > 0 && kernel.value.shape[0] != features {
            throw incompatible(input, "its kernel has shape \(kernel.value.shape)")
        }
        return Shape(input.dimensions.dropLast() + [configuration.units])
    }

    public func build(for input: Shape, random: inout RandomStream) throws {
        guard kernel.count == 0 else { return }
        let features = input[input.rank - 1], units = configuration.units
        kernel.initialize(
            try configuration.kernelInitializer.make(
                shape: [features, units], fanIn: features, fanOut: units, random: &random))
        if configuration.useBias { bias.initialize(Tensor(zeros: [units])) }
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        let features = input[input.rank - 1], units = configuration.units
        let rows = batch * input.elementCount / features
        var workspace = MatrixProduct(m: rows, n: units, k: features).workspaceBytes
        if training {
            workspace = max(
                workspace, MatrixProduct(m: features, n: units, k: rows, transposeA: true).workspaceBytes,
                MatrixProduct(m: rows, n: features, k: units, transposeB: true).workspaceBytes)
        }
        return LayerMemory(
            saved: configuration.activation.savedBytes(outputCount: rows * units, training: training),
            workspace: workspace)
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        let units = configuration.units, features = kernel.value.shape[0]
        try MatrixProduct(
            m: output.count / units, n: units, k: features,
            activation: configuration.activation.kernelPart(context).fused
        ).run(
            input.pointer, kernel.view.pointer, bias: configuration.useBias ? bias.view.pointer : nil,
            into: output.pointer, workspace: context.workspace, layer: name)
        try configuration.activation.finish(output, context)
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        let units = configuration.units, features = kernel.value.shape[0]
        let rows = output.count / units
        try configuration.activation.begin(outputGradient, output: output, context)
        if context.wantsWeightGradients {
            try MatrixProduct(m: features, n: units, k: rows, transposeA: true).run(
                input.pointer, outputGradient.pointer, into: kernel.gradientView.pointer,
                workspace: context.workspace, layer: name)
            if configuration.useBias {
                try check(
                    apus_ssum_rows(rows, units, outputGradient.pointer, bias.gradientView.pointer),
                    "layer '\(name)': the bias gradient of \(rows) rows")
            }
        }
        if let inputGradient {
            try MatrixProduct(m: rows, n: features, k: units, transposeB: true).run(
                outputGradient.pointer, kernel.view.pointer, into: inputGradient.pointer,
                workspace: context.workspace, layer: name)
        }
    }
}

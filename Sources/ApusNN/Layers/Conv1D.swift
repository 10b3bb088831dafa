import ApusCore
import CApus

/// A 1-D convolution: y = f(x ∗ W + b), cross-correlation as everywhere in this field.
///
/// Input `[length, in]`, output `[outLength, filters]`; kernel `[size, in, filters]`, bias `[filters]`.
public final class Conv1D: Layer, SavesOnlyForBackward {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The output's channels.
        public var filters: Int
        /// The places that one output sees.
        public var kernelSize: Int
        /// The places from one output's window to the next one's.
        public var stride: Int
        /// The places from one that an output sees to the next; 1: neighbours.
        public var dilation: Int
        /// What happens at the borders.
        public var padding: Padding
        /// Applied to each output, f.
        public var activation: Activation
        /// Whether a bias, b, is added.
        public var useBias: Bool
        /// What the kernel begins as.
        public var kernelInitializer: Initializer
    }

    public static let kind = "Conv1D"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    /// `[size, in, filters]`.
    public let kernel = Parameter("kernel")
    /// `[filters]`; unused without bias.
    public let bias = Parameter("bias")

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A 1-D convolution.
    /// - Parameters:
    ///   - filters: the output's channels.
    ///   - kernelSize: how many neighbouring places one output sees.
    public convenience init(
        _ filters: Int, kernelSize: Int, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1,
        activation: Activation = .linear, useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform
    ) {
        self.init(
            Configuration(
                filters: filters, kernelSize: kernelSize, stride: stride, dilation: dilation, padding: padding,
                activation: activation, useBias: useBias, kernelInitializer: kernelInitializer))
    }

    public var parameters: [Parameter] { configuration.useBias ? [kernel, bias] : [kernel] }
    public var outputActivation: Activation { configuration.activation }
    public var backwardReads: BackwardReads { configuration.activation.backwardReadsOutput.union(.input) }

    private var convolution: Convolution {
        let c = configuration
        return Convolution(
            filters: c.filters, vertical: ConvolutionAxis(kernel: 1, stride: 1, dilation: 1),
            horizontal: ConvolutionAxis(kernel: c.kernelSize, stride: c.stride, dilation: c.dilation),
            padding: c.padding, activation: c.activation)
    }

    /// - Parameter shape: `[batch, length, in]`.
    private func plan(_ shape: Shape) throws -> (desc: apus_conv_desc, outLength: Int) {
        guard let plan = convolution.descriptor(batch: shape[0], height: 1, width: shape[1], channels: shape[2]) else {
            throw incompatible(
                shape.droppingFirst(), "a kernel of \(configuration.kernelSize) places does not fit in")
        }
        return (plan.desc, plan.outW)
    }

    public func outputShape(for input: Shape) throws -> Shape {
        if let wrong = convolution.invalidSetting {
            throw ModelError.invalidSetting(layer: name, setting: wrong.setting, reason: wrong.reason)
        }
        guard input.rank == 2, input[1] > 0 else {
            throw incompatible(input, "it needs [length, channels]")
        }
        if kernel.count > 0 && kernel.value.shape[1] != input[1] {
            throw incompatible(input, "its kernel has shape \(kernel.value.shape)")
        }
        return [try plan(input.prepending(1)).outLength, configuration.filters]
    }

    public func build(for input: Shape, random: inout RandomStream) throws {
        guard kernel.count == 0 else { return }
        let c = configuration
        kernel.initialize(
            try c.kernelInitializer.make(
                shape: [c.kernelSize, input[1], c.filters], fanIn: c.kernelSize * input[1],
                fanOut: c.kernelSize * c.filters, random: &random))
        if c.useBias { bias.initialize(Tensor(zeros: [c.filters])) }
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        guard let plan = try? plan(input.prepending(batch)) else { return LayerMemory() }
        return LayerMemory(
            saved: configuration.activation.savedBytes(
                outputCount: batch * plan.outLength * configuration.filters, training: training),
            workspace: plan.desc.workspaceBytes(training: training))
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        try convolution.forward(
            plan(input.shape).desc, input, kernel: kernel, bias: configuration.useBias ? bias : nil, into: output,
            layer: name, context)
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        try convolution.backward(
            plan(input.shape).desc, input: input, output: output, outputGradient: outputGradient,
            inputGradient: inputGradient, kernel: kernel, bias: configuration.useBias ? bias : nil, layer: name, context)
    }
}

import ApusCore
import CApus

/// A 2-D convolution: y = f(x ∗ W + b), cross-correlation as everywhere in this field.
///
/// Input `[height, width, in]`, output `[outHeight, outWidth, filters]`; kernel
/// `[kernelHeight, kernelWidth, in, filters]`, bias `[filters]`.
///
/// 3 × 3 kernels that go by Winograd's way keep their transformed weights from the first pass that does not train them
/// until they change: four times the weights' memory (VGG16: 235 MB), made again at most once for each change.
public final class Conv2D: Layer, SavesOnlyForBackward {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The output's channels.
        public var filters: Int
        /// The rows that one output sees.
        public var kernelHeight: Int
        /// The columns that one output sees.
        public var kernelWidth: Int
        /// The rows from one output's window to the next one's.
        public var strideHeight: Int
        /// The columns from one output's window to the next one's.
        public var strideWidth: Int
        /// The rows from one that an output sees to the next; 1: neighbours.
        public var dilationHeight: Int
        /// The columns from one that an output sees to the next; 1: neighbours.
        public var dilationWidth: Int
        /// What happens at the borders.
        public var padding: Padding
        /// Applied to each output, f.
        public var activation: Activation
        /// Whether a bias, b, is added.
        public var useBias: Bool
        /// What the kernel begins as.
        public var kernelInitializer: Initializer
    }

    public static let kind = "Conv2D"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    /// `[kernelHeight, kernelWidth, in, filters]`.
    public let kernel = Parameter("kernel")
    /// `[filters]`; unused without bias.
    public let bias = Parameter("bias")
    let prepared = PreparedKernel()

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// A 2-D convolution.
    /// - Parameters:
    ///   - filters: the output's channels.
    ///   - kernelSize: (height, width) of the window that one output sees.
    public convenience init(
        _ filters: Int, kernelSize: (Int, Int), strides: (Int, Int) = (1, 1), padding: Padding = .valid,
        dilation: (Int, Int) = (1, 1), activation: Activation = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform
    ) {
        self.init(
            Configuration(
                filters: filters, kernelHeight: kernelSize.0, kernelWidth: kernelSize.1, strideHeight: strides.0,
                strideWidth: strides.1, dilationHeight: dilation.0, dilationWidth: dilation.1, padding: padding,
                activation: activation, useBias: useBias, kernelInitializer: kernelInitializer))
    }

    /// A 2-D convolution with a square kernel.
    public convenience init(
        _ filters: Int, kernelSize: Int, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1,
        activation: Activation = .linear, useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform
    ) {
        self.init(
            filters, kernelSize: (kernelSize, kernelSize), strides: (stride, stride), padding: padding,
            dilation: (dilation, dilation), activation: activation, useBias: useBias,
            kernelInitializer: kernelInitializer)
    }

    public var parameters: [Parameter] { configuration.useBias ? [kernel, bias] : [kernel] }
    public var outputActivation: Activation { configuration.activation }
    public var backwardReads: BackwardReads { configuration.activation.backwardReadsOutput.union(.input) }

    private var convolution: Convolution {
        let c = configuration
        return Convolution(
            filters: c.filters,
            vertical: ConvolutionAxis(kernel: c.kernelHeight, stride: c.strideHeight, dilation: c.dilationHeight),
            horizontal: ConvolutionAxis(kernel: c.kernelWidth, stride: c.strideWidth, dilation: c.dilationWidth),
            padding: c.padding, activation: c.activation)
    }

    /// - Parameter shape: `[batch, height, width, in]`.
    private func plan(_ shape: Shape) throws -> (desc: apus_conv_desc, outH: Int, outW: Int) {
        guard
            let plan = convolution.descriptor(batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
        else {
            throw incompatible(
                shape.droppingFirst(),
                "a kernel of \(configuration.kernelHeight) × \(configuration.kernelWidth) places does not fit in")
        }
        return plan
    }

    public func outputShape(for input: Shape) throws -> Shape {
        if let wrong = convolution.invalidSetting {
            throw ModelError.invalidSetting(layer: name, setting: wrong.setting, reason: wrong.reason)
        }
        if configuration.padding == .causal {
            throw ModelError.invalidSetting(layer: name, setting: "padding", reason: "may be causal in one dimension only")
        }
        guard input.rank == 3, input[2] > 0 else {
            throw incompatible(input, "it needs [height, width, channels]")
        }
        if kernel.count > 0 && kernel.value.shape[2] != input[2] {
            throw incompatible(input, "its kernel has shape \(kernel.value.shape)")
        }
        let plan = try plan(input.prepending(1))
        return [plan.outH, plan.outW, configuration.filters]
    }

    public func build(for input: Shape, random: inout RandomStream) throws {
        guard kernel.count == 0 else { return }
        let c = configuration
        let window = c.kernelHeight * c.kernelWidth
        kernel.initialize(
            try c.kernelInitializer.make(
                shape: [c.kernelHeight, c.kernelWidth, input[2], c.filters], fanIn: window * input[2],
                fanOut: window * c.filters, random: &random))
        if c.useBias { bias.initialize(Tensor(zeros: [c.filters])) }
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        guard let plan = try? plan(input.prepending(batch)) else { return LayerMemory() }
        return LayerMemory(
            saved: configuration.activation.savedBytes(
                outputCount: batch * plan.outH * plan.outW * configuration.filters, training: training),
            workspace: training || kernel.count == 0
                ? plan.desc.workspaceBytes(training: training)
                : prepared.workspaceBytes(plan.desc, kernel: kernel, layer: name))
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        try convolution.forward(
            plan(input.shape).desc, input, kernel: kernel, prepared: context.wantsWeightGradients ? nil : prepared,
            bias: configuration.useBias ? bias : nil, into: output, layer: name, context)
    }

    /// Whether the outputs for an input of that shape can be pooled as they are written, and gain by it.
    func canPool(_ input: Shape) -> Bool {
        guard configuration.activation == .relu || configuration.activation == .linear,
            let plan = try? plan(input.prepending(1))
        else { return false }
        return plan.outH > 1 && plan.outW > 1 && plan.desc.gainsByPreparing
    }

    /// What a ``MaxPool2D`` of 2 × 2 makes of the outputs, which are not written themselves.
    func forwardPooled(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        var desc = try plan(input.shape).desc
        desc.activation = configuration.activation.fused
        try prepared.forward(
            desc, pool: APUS_CONV_POOL_MAX_2X2, input.pointer, kernel: kernel,
            bias: configuration.useBias ? bias.view.pointer : nil, into: output.pointer, workspace: context.workspace,
            layer: name)
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

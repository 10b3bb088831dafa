import ApusCore
import CApus

/// The lowest layer of capsules: a convolution whose channels are read as vectors, each squashed
/// (Sabour, Frosst and Hinton, 2017, section 4).
///
/// Input `[height, width, in]`, output `[capsules, dimension]`, where capsules = outHeight · outWidth · channels; kernel
/// `[kernelSize, kernelSize, in, channels · dimension]`, bias `[channels · dimension]`.
public final class PrimaryCaps: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The capsules at each place.
        public var channels: Int
        /// The numbers of a capsule.
        public var dimension: Int
        /// The rows and columns that one place sees.
        public var kernelSize: Int
        /// The rows and columns from one place's window to the next one's.
        public var stride: Int
        /// What happens at the borders.
        public var padding: Padding
        /// What the kernel begins as.
        public var kernelInitializer: Initializer
    }

    public static let kind = "PrimaryCaps"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    /// `[kernelSize, kernelSize, in, channels · dimension]`.
    public let kernel = Parameter("kernel")
    /// `[channels · dimension]`.
    public let bias = Parameter("bias")

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// - Parameters:
    ///   - channels: the capsules at each place; 32 in the paper.
    ///   - dimension: the numbers of a capsule; 8 in the paper.
    public convenience init(
        channels: Int, dimension: Int, kernelSize: Int = 9, stride: Int = 2, padding: Padding = .valid,
        kernelInitializer: Initializer = .glorotUniform
    ) {
        self.init(
            Configuration(
                channels: channels, dimension: dimension, kernelSize: kernelSize, stride: stride, padding: padding,
                kernelInitializer: kernelInitializer))
    }

    public var parameters: [Parameter] { [kernel, bias] }
    public var backwardReads: BackwardReads { .input }

    private var convolution: Convolution {
        let c = configuration
        let axis = ConvolutionAxis(kernel: c.kernelSize, stride: c.stride, dilation: 1)
        return Convolution(
            filters: c.channels * c.dimension, vertical: axis, horizontal: axis, padding: c.padding, activation: .linear)
    }

    /// - Parameter shape: `[batch, height, width, in]`.
    private func plan(_ shape: Shape) throws -> (desc: apus_conv_desc, outH: Int, outW: Int) {
        guard
            let plan = convolution.descriptor(batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
        else {
            throw incompatible(
                shape.droppingFirst(),
                "a kernel of \(configuration.kernelSize) × \(configuration.kernelSize) places does not fit in")
        }
        return plan
    }

    public func outputShape(for input: Shape) throws -> Shape {
        let c = configuration
        for (setting, value) in [("channels", c.channels), ("dimension", c.dimension)] where !(1...1 << 20).contains(value) {
            throw ModelError.invalidSetting(layer: name, setting: setting, reason: "must be positive, and below a million")
        }
        if let wrong = convolution.invalidSetting {
            throw ModelError.invalidSetting(layer: name, setting: wrong.setting, reason: wrong.reason)
        }
        if c.padding == .causal {
            throw ModelError.invalidSetting(layer: name, setting: "padding", reason: "may be causal in one dimension only")
        }
        guard input.rank == 3, input[2] > 0 else { throw incompatible(input, "it needs [height, width, channels]") }
        if kernel.count > 0 && kernel.value.shape[2] != input[2] {
            throw incompatible(input, "its kernel has shape \(kernel.value.shape)")
        }
        let plan = try plan(input.prepending(1))
        return [plan.outH * plan.outW * c.channels, c.dimension]
    }

    public func build(for input: Shape, random: inout RandomStream) throws {
        guard kernel.count == 0 else { return }
        let c = configuration
        let window = c.kernelSize * c.kernelSize, filters = c.channels * c.dimension
        kernel.initialize(
            try c.kernelInitializer.make(
                shape: [c.kernelSize, c.kernelSize, input[2], filters], fanIn: window * input[2],
                fanOut: window * filters, random: &random))
        bias.initialize(Tensor(zeros: [filters]))
    }

    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        guard let plan = try? plan(input.prepending(batch)) else { return LayerMemory() }
        // The values before squash, from which its slope is computed.
        let count = batch * plan.outH * plan.outW * configuration.channels * configuration.dimension
        return LayerMemory(
            saved: training ? count * MemoryLayout<Float>.stride : 0,
            workspace: plan.desc.workspaceBytes(training: training))
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        let plan = try plan(input.shape)
        let linear = context.isTraining ? context.saved.assumingMemoryBound(to: Float.self) : output.pointer
        try plan.desc.forward(
            input.pointer, kernel.view.pointer, bias: bias.view.pointer, into: linear, workspace: context.workspace,
            layer: name)
        try check(
            apus_ssquash_forward(output.count / configuration.dimension, configuration.dimension, linear, output.pointer),
            "layer '\(name)': squash of \(output.shape)")
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        let plan = try plan(input.shape)
        try check(
            apus_ssquash_backward(
                output.count / configuration.dimension, configuration.dimension,
                context.saved.assumingMemoryBound(to: Float.self), outputGradient.pointer, outputGradient.pointer),
            "layer '\(name)': the gradient of squash of \(output.shape)")
        if context.wantsWeightGradients {
            try plan.desc.backwardWeights(
                input.pointer, outputGradient.pointer, into: kernel.gradientView.pointer,
                bias: bias.gradientView.pointer, workspace: context.workspace, layer: name)
        }
        if let inputGradient {
            try plan.desc.backwardData(
                outputGradient.pointer, kernel.view.pointer, into: inputGradient.pointer, workspace: context.workspace,
                layer: name)
        }
    }
}

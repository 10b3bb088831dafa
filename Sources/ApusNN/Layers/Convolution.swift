import ApusCore
import CApus

/// The settings of a convolution along one axis.
struct ConvolutionAxis {
    var kernel: Int
    var stride: Int
    var dilation: Int
}

/// What Conv1D and Conv2D share: one is the other with a height of 1.
struct Convolution {
    var filters: Int
    var vertical: ConvolutionAxis
    var horizontal: ConvolutionAxis
    var padding: Padding
    var activation: Activation

    /// The descriptor for a batch of height × width × channels items; nil if no window fits.
    func descriptor(batch: Int, height: Int, width: Int, channels: Int) -> (desc: apus_conv_desc, outH: Int, outW: Int)? {
        guard
            let v = padding.resolve(
                input: height, window: vertical.kernel, stride: vertical.stride, dilation: vertical.dilation),
            let h = padding.resolve(
                input: width, window: horizontal.kernel, stride: horizontal.stride, dilation: horizontal.dilation)
        else { return nil }
        var desc = apus_conv_desc()
        (desc.batch, desc.in_h, desc.in_w, desc.in_c, desc.out_c) = (batch, height, width, channels, filters)
        (desc.kernel_h, desc.kernel_w) = (vertical.kernel, horizontal.kernel)
        (desc.stride_h, desc.stride_w) = (vertical.stride, horizontal.stride)
        (desc.dilation_h, desc.dilation_w) = (vertical.dilation, horizontal.dilation)
        (desc.pad_top, desc.pad_bottom, desc.pad_left, desc.pad_right) = (v.before, v.after, h.before, h.after)
        return (desc, v.output, h.output)
    }

    /// The reason why the settings make no layer, if they do not.
    var invalidSetting: (setting: String, reason: String)? {
        if filters <= 0 { return ("filters", "must be positive") }
        for axis in [vertical, horizontal] {
            if axis.kernel <= 0 { return ("kernel size", "must be positive") }
            if axis.stride <= 0 { return ("stride", "must be positive") }
            if axis.dilation <= 0 { return ("dilation", "must be positive") }
        }
        return nil
    }

    func forward(
        _ desc: apus_conv_desc, _ input: TensorView<Float>, kernel: Parameter, prepared: PreparedKernel? = nil,
        bias: Parameter?, into output: MutableTensorView<Float>, layer: String, _ context: LayerContext
    ) throws {
        var desc = desc
        desc.activation = activation.kernelPart(context).fused
        if let prepared, desc.gainsByPreparing {
            try prepared.forward(
                desc, input.pointer, kernel: kernel, bias: bias?.view.pointer, into: output.pointer,
                workspace: context.workspace, layer: layer)
        } else {
            try desc.forward(
                input.pointer, kernel.view.pointer, bias: bias?.view.pointer, into: output.pointer,
                workspace: context.workspace, layer: layer)
        }
        try activation.finish(output, context)
    }

    func backward(
        _ desc: apus_conv_desc, input: TensorView<Float>, output: TensorView<Float>,
        outputGradient: MutableTensorView<Float>, inputGradient: MutableTensorView<Float>?, kernel: Parameter,
        bias: Parameter?, layer: String, _ context: LayerContext
    ) throws {
        try activation.begin(outputGradient, output: output, context)
        if context.wantsWeightGradients {
            try desc.backwardWeights(
                input.pointer, outputGradient.pointer, into: kernel.gradientView.pointer,
                bias: bias?.gradientView.pointer, workspace: context.workspace, layer: layer)
        }
        if let inputGradient {
            try desc.backwardData(
                outputGradient.pointer, kernel.view.pointer, into: inputGradient.pointer,
                workspace: context.workspace, layer: layer)
        }
    }
}

import ApusCore
import CApus
import CBenchCommon

/// Each convolution forward with its bias, and forward with both backward passes and the bias gradient.
func convolutionCases() -> [Case] {
    (0..<bench_conv_shape_count()).flatMap { index -> [Case] in
        var shape = bench_conv_shape_at(index)
        let name = String(cString: shape.name), family = String(cString: shape.family)
        let operations = bench_conv_operations(&shape)
        let forward = Case("conv_fwd_\(name)", family: family, operations: operations) { convolution(shape, name, backward: false) }
        if shape.forward_only != 0 { return [forward] }
        return [
            forward,
            Case("conv_fwdbwd_\(name)", family: "\(family)_training", operations: 3 * operations) {
                convolution(shape, name, backward: true)
            },
        ]
    }
}

private func convolution(_ shape: bench_conv_shape, _ name: String, backward: Bool) -> Work {
    var shape = shape, desc = shape.desc
    let inputs = desc.batch * desc.in_h * desc.in_w * desc.in_c, outputs = desc.batch * shape.out_h * shape.out_w * desc.out_c
    let x = Buffer<Float>(inputs, seed: 1), w = Buffer<Float>(desc.kernel_h * desc.kernel_w * desc.in_c * desc.out_c, seed: 2)
    let bias = Buffer<Float>(desc.out_c, seed: 3), y = Buffer<Float>(outputs)
    let space = workspace(
        [APUS_CONV_FORWARD, APUS_CONV_BACKWARD_DATA, APUS_CONV_BACKWARD_WEIGHTS]
            .map { apus_sconv_workspace(&desc, $0) }.max()!)
    let forward = {
        try check(
            apus_sconv_forward(&desc, x.pointer, w.pointer, bias.pointer, y.pointer, space.pointer, space.count), name)
    }
    let forwardError = { bench_conv_forward_error(&shape, x.pointer, w.pointer, bias.pointer, y.pointer) }
    if !backward { return Work(error: forwardError, run: forward) }

    let dy = Buffer<Float>(outputs, seed: 4), dx = Buffer<Float>(inputs)
    let dw = Buffer<Float>(w.count), dbias = Buffer<Float>(desc.out_c)
    return Work(
        error: {
            max(
                forwardError(), bench_conv_backward_data_error(&shape, dy.pointer, w.pointer, dx.pointer),
                bench_conv_backward_weights_error(&shape, x.pointer, dy.pointer, dw.pointer))
        },
        run: {
            try forward()
            try check(
                apus_sconv_backward_data(&desc, dy.pointer, w.pointer, dx.pointer, space.pointer, space.count), name)
            try check(
                apus_sconv_backward_weights(
                    &desc, x.pointer, dy.pointer, dw.pointer, dbias.pointer, space.pointer, space.count), name)
        })
}

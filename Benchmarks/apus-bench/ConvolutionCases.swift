import ApusCore
import CApus

private struct Layer {
    var name: String
    var batch = 8
    var inChannels: Int, outChannels: Int
    var height: Int, width: Int
    var kernelHeight: Int, kernelWidth: Int
    var stride = 1
    var padding: Int
}

private let layers = [
    Layer(name: "vgg1_2", inChannels: 64, outChannels: 64, height: 224, width: 224, kernelHeight: 3, kernelWidth: 3, padding: 1),
    Layer(name: "vgg2_2", inChannels: 128, outChannels: 128, height: 112, width: 112, kernelHeight: 3, kernelWidth: 3, padding: 1),
    Layer(name: "vgg3_2", inChannels: 256, outChannels: 256, height: 56, width: 56, kernelHeight: 3, kernelWidth: 3, padding: 1),
    Layer(name: "vgg4_2", inChannels: 512, outChannels: 512, height: 28, width: 28, kernelHeight: 3, kernelWidth: 3, padding: 1),
    Layer(name: "vgg5_2", inChannels: 512, outChannels: 512, height: 14, width: 14, kernelHeight: 3, kernelWidth: 3, padding: 1),
    Layer(
        name: "caps_primary_b128", batch: 128, inChannels: 256, outChannels: 256, height: 20, width: 20,
        kernelHeight: 9, kernelWidth: 9, stride: 2, padding: 0),
    Layer(
        name: "spam_1", batch: 64, inChannels: 64, outChannels: 64, height: 1, width: 250, kernelHeight: 1,
        kernelWidth: 5, padding: 2),
    Layer(
        name: "spam_4", batch: 64, inChannels: 128, outChannels: 128, height: 1, width: 125, kernelHeight: 1,
        kernelWidth: 3, padding: 1),
]

/// Each layer forward, and forward with both backward passes.
func convolutionCases() -> [Case] {
    layers.flatMap { layer -> [Case] in
        var desc = apus_conv_desc()
        (desc.batch, desc.in_h, desc.in_w) = (layer.batch, layer.height, layer.width)
        (desc.in_c, desc.out_c) = (layer.inChannels, layer.outChannels)
        (desc.kernel_h, desc.kernel_w) = (layer.kernelHeight, layer.kernelWidth)
        (desc.stride_h, desc.stride_w, desc.dilation_h, desc.dilation_w) = (layer.height == 1 ? 1 : layer.stride, layer.stride, 1, 1)
        let vertical = layer.height == 1 ? 0 : layer.padding
        (desc.pad_top, desc.pad_bottom, desc.pad_left, desc.pad_right) = (vertical, vertical, layer.padding, layer.padding)
        var outH = 0, outW = 0
        apus_conv_output(&desc, &outH, &outW)
        let operations = 2 * Double(layer.batch * outH * outW) * Double(layer.inChannels * layer.outChannels)
            * Double(layer.kernelHeight * layer.kernelWidth)
        let buffers = { [desc] in
            (
                x: try random([layer.batch, layer.height, layer.width, layer.inChannels], seed: 1),
                w: try random([layer.kernelHeight, layer.kernelWidth, layer.inChannels, layer.outChannels], seed: 2),
                y: try random([layer.batch, outH, outW, layer.outChannels], seed: 3),
                workspace: AlignedBuffer(
                    byteCount: withUnsafePointer(to: desc) { desc in
                        max(
                            apus_sconv_workspace(desc, APUS_CONV_FORWARD),
                            apus_sconv_workspace(desc, APUS_CONV_BACKWARD_DATA),
                            apus_sconv_workspace(desc, APUS_CONV_BACKWARD_WEIGHTS))
                    })
            )
        }
        let runs = operations > 1e10 ? 5 : 21
        return [
            Case("conv_fwd_\(layer.name)", operations: operations, runs: runs) { [desc] in
                var (x, w, y, workspace) = try buffers()
                return {
                    try x.withMutableView { x in
                        try w.withMutableView { w in
                            try y.withMutableView { y in
                                try withUnsafePointer(to: desc) { desc in
                                    try check(
                                        apus_sconv_forward(
                                            desc, x.pointer, w.pointer, nil, y.pointer, workspace.baseAddress,
                                            workspace.byteCount), layer.name)
                                }
                            }
                        }
                    }
                }
            },
            Case("conv_fwdbwd_\(layer.name)", operations: 3 * operations, runs: runs) { [desc] in
                var (x, w, y, workspace) = try buffers()
                var dx = x, dw = w
                let dy = y
                return {
                    try x.withMutableView { x in
                        try w.withMutableView { w in
                            try y.withMutableView { y in
                                try dx.withMutableView { dx in
                                    try dw.withMutableView { dw in
                                        try dy.withView { dy in
                                            try withUnsafePointer(to: desc) { desc in
                                                let memory = workspace.baseAddress, size = workspace.byteCount
                                                try check(
                                                    apus_sconv_forward(
                                                        desc, x.pointer, w.pointer, nil, y.pointer, memory, size),
                                                    layer.name)
                                                try check(
                                                    apus_sconv_backward_data(
                                                        desc, dy.pointer, w.pointer, dx.pointer, memory, size),
                                                    layer.name)
                                                try check(
                                                    apus_sconv_backward_weights(
                                                        desc, x.pointer, dy.pointer, dw.pointer, nil, memory, size),
                                                    layer.name)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            },
        ]
    }
}

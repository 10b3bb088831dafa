import ApusCore
import CApus

/// Maximum pooling, 2 × 2, of VGG's first block.
func poolingCases() -> [Case] {
    let batch = 16, side = 224, channels = 64
    let bytes = Double(batch * side * side * channels) * 4 * 1.25
    return [
        Case("maxpool2_16x64x224", bytes: bytes, runs: 9) {
            var desc = apus_pool_desc()
            (desc.batch, desc.in_h, desc.in_w, desc.channels) = (batch, side, side, channels)
            (desc.window_h, desc.window_w, desc.stride_h, desc.stride_w) = (2, 2, 2, 2)
            let x = try random([batch, side, side, channels], seed: 1)
            var y = Tensor<Float>(zeros: [batch, side / 2, side / 2, channels])
            return {
                try x.withView { x in
                    try y.withMutableView { y in
                        try check(apus_smaxpool_forward(&desc, x.pointer, y.pointer, nil), "max pooling")
                    }
                }
            }
        }
    ]
}

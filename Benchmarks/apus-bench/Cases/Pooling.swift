import ApusCore
import CApus

private struct Pool {
    var name: String
    var batch = 16, height = 224, width = 224, channels = 64
    var window = 2, stride = 2, pad = 0
    var average = false
}

/// Forward, forward with the places of the maxima as training needs them, backward.
private enum Pass { case forward, places, backward }

/// Maximum and average pooling, forward and backward, channels last.
func poolingCases() -> [Case] {
    [
        Pool(name: "maxpool2_16x64x224"),
        Pool(name: "maxpool3s2_16x64x112", height: 112, width: 112, window: 3),
        Pool(name: "maxpool3s1_16x64x112", height: 112, width: 112, window: 3, stride: 1, pad: 1),
        Pool(name: "maxpool2_1d_64x250x64", batch: 64, height: 1, width: 250),
        Pool(name: "avgpool2_16x64x224", average: true),
        Pool(name: "avgpool_global_64x2048x7", batch: 64, height: 7, width: 7, channels: 2048, window: 7, stride: 7, average: true),
    ].flatMap { pool -> [Case] in
        var desc = apus_pool_desc()
        (desc.batch, desc.in_h, desc.in_w, desc.channels) = (pool.batch, pool.height, pool.width, pool.channels)
        (desc.window_h, desc.window_w) = (min(pool.window, pool.height), pool.window)
        (desc.stride_h, desc.stride_w) = (pool.height == 1 ? 1 : pool.stride, pool.stride)
        (desc.pad_top, desc.pad_bottom, desc.pad_left, desc.pad_right) = (pool.pad, pool.pad, pool.pad, pool.pad)
        var outH = 0, outW = 0
        apus_pool_output(&desc, &outH, &outW)
        let inputs = pool.batch * pool.height * pool.width * pool.channels
        let outputs = pool.batch * outH * outW * pool.channels
        // In units of outputs, for the bandwidth to compare with.
        let reads = min(4, max(1, inputs / outputs))
        let traffic = Traffic(reads: reads, writes: 1, bytes: Double(4 * (inputs + outputs)))
        let back = Traffic(reads: pool.average ? 1 : 2, writes: reads, bytes: Double(4 * (inputs + outputs) + (pool.average ? 0 : outputs)))
        func of(_ suffix: String, _ traffic: Traffic, _ pass: Pass) -> Case {
            Case(pool.name + suffix, family: "pooling", traffic: traffic) {
                try pooling(desc, pool, outputs, outH, outW, pass)
            }
        }
        let places = Traffic(reads: reads, writes: 1, bytes: traffic.bytes + Double(outputs))
        return [of("", traffic, .forward)] + (pool.average ? [] : [of("_places", places, .places)]) + [of("_bwd", back, .backward)]
    }
}

private func pooling(
    _ desc: apus_pool_desc, _ pool: Pool, _ outputs: Int, _ outH: Int, _ outW: Int, _ pass: Pass
) throws -> Work {
    var desc = desc
    let inputs = desc.batch * desc.in_h * desc.in_w * desc.channels
    let x = Buffer<Float>(inputs, seed: 1), y = Buffer<Float>(outputs), winners = Buffer<UInt8>(outputs)
    /// The indices into x of an output's window.
    func window(_ index: Int) -> [Int] {
        let channel = index % desc.channels, column = index / desc.channels % outW
        let row = index / desc.channels / outW % outH, image = index / desc.channels / outW / outH
        return (0..<desc.window_h).flatMap { i in
            (0..<desc.window_w).compactMap { j in
                let y = row * desc.stride_h + i - desc.pad_top, x = column * desc.stride_w + j - desc.pad_left
                guard (0..<desc.in_h).contains(y), (0..<desc.in_w).contains(x) else { return nil }
                return ((image * desc.in_h + y) * desc.in_w + x) * desc.channels + channel
            }
        }
    }
    if pass != .backward {
        return Work(
            error: {
                y.error { index in
                    let values = window(index).map { Double(x.pointer[$0]) }
                    return pool.average ? values.reduce(0, +) / Double(values.count) : values.max()!
                }
            },
            run: {
                let status = pool.average
                    ? apus_savgpool_forward(&desc, x.pointer, y.pointer)
                    : apus_smaxpool_forward(&desc, x.pointer, y.pointer, pass == .places ? winners.pointer : nil)
                try check(status, pool.name)
            })
    }
    let dy = Buffer<Float>(outputs, seed: 2), dx = Buffer<Float>(inputs)
    if !pool.average { try check(apus_smaxpool_forward(&desc, x.pointer, y.pointer, winners.pointer), pool.name) }
    return Work(
        wrong: 1e-3,
        error: {
            // Every gradient arrives somewhere: the sums agree.
            var arrived = 0.0, sent = 0.0, size = 0.0
            for i in 0..<inputs { arrived += Double(dx.pointer[i]) }
            for i in 0..<outputs {
                sent += Double(dy.pointer[i])
                size += abs(Double(dy.pointer[i]))
            }
            return abs(arrived - sent) / size.squareRoot()
        },
        run: {
            if pool.average {
                try check(apus_savgpool_backward(&desc, dy.pointer, dx.pointer), pool.name)
            } else {
                try check(apus_smaxpool_backward(&desc, dy.pointer, winners.pointer, dx.pointer), pool.name)
            }
        })
}

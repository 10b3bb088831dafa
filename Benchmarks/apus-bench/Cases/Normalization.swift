import ApusCore
import CApus

/// Batch normalization of VGG's first block at half its size, 16 × 112 × 112 × 64: training, inference, backward.
func normalizationCases() -> [Case] {
    let rows = 16 * 112 * 112, channels = 64, count = rows * channels
    func desc() -> apus_batchnorm_desc { apus_batchnorm_desc(rows: rows, channels: channels, epsilon: 1e-3, momentum: 0.9) }
    struct Arrays {
        let x: Buffer<Float>, y: Buffer<Float>, gamma: Buffer<Float>, beta: Buffer<Float>
        let mean: Buffer<Float>, inverseDeviation: Buffer<Float>
        let movingMean: Buffer<Float>, movingVariance: Buffer<Float>

        init(_ count: Int, _ channels: Int) {
            (x, y) = (Buffer(count, seed: 1), Buffer(count))
            (gamma, beta) = (Buffer(channels, seed: 2), Buffer(channels, seed: 3))
            (mean, inverseDeviation, movingMean) = (Buffer(channels), Buffer(channels), Buffer(channels))
            movingVariance = Buffer(channels, seed: 4, low: 0.5, high: 1)
        }

        func training(_ desc: apus_batchnorm_desc) throws {
            var desc = desc
            try check(
                apus_sbatchnorm_training(
                    &desc, x.pointer, gamma.pointer, beta.pointer, y.pointer, mean.pointer, inverseDeviation.pointer,
                    movingMean.pointer, movingVariance.pointer), "batch normalization, training")
        }

        /// The mean and 1 / deviation of a channel.
        func statistics(_ channel: Int, _ rows: Int, _ channels: Int) -> (mean: Double, inverseDeviation: Double) {
            var sum = 0.0, squares = 0.0
            for row in 0..<rows {
                let value = Double(x.pointer[row * channels + channel])
                sum += value
                squares += value * value
            }
            let mean = sum / Double(rows)
            return (mean, 1 / (squares / Double(rows) - mean * mean + 1e-3).squareRoot())
        }
    }
    let name = "16x112x112x64"
    return [
        // Statistics first, then the output: x is read twice.
        Case("batchnorm_train_\(name)", family: "normalization", traffic: .arrays(reads: 2, writes: 1, of: count)) {
            let a = Arrays(count, channels)
            return Work(
                error: {
                    let known = (0..<channels).map { a.statistics($0, rows, channels) }
                    return a.y.error { i in
                        let c = i % channels
                        return Double(a.gamma.pointer[c]) * (Double(a.x.pointer[i]) - known[c].mean) * known[c].inverseDeviation
                            + Double(a.beta.pointer[c])
                    }
                },
                run: { try a.training(desc()) })
        },
        Case("batchnorm_infer_\(name)", family: "normalization", traffic: .arrays(reads: 1, writes: 1, of: count)) {
            let a = Arrays(count, channels)
            var desc = desc()
            return Work(
                error: {
                    a.y.error { i in
                        let c = i % channels
                        let deviation = (Double(a.movingVariance.pointer[c]) + 1e-3).squareRoot()
                        return Double(a.gamma.pointer[c]) * (Double(a.x.pointer[i]) - Double(a.movingMean.pointer[c])) / deviation
                            + Double(a.beta.pointer[c])
                    }
                },
                run: {
                    try check(
                        apus_sbatchnorm_inference(
                            &desc, a.x.pointer, a.gamma.pointer, a.beta.pointer, a.movingMean.pointer,
                            a.movingVariance.pointer, a.y.pointer), "batch normalization, inference")
                })
        },
        // Sums over dy and x first, then dx from both.
        Case("batchnorm_bwd_\(name)", family: "normalization", traffic: .arrays(reads: 4, writes: 1, of: count)) {
            let a = Arrays(count, channels), dy = Buffer<Float>(count, seed: 5), dx = Buffer<Float>(count)
            let dgamma = Buffer<Float>(channels), dbeta = Buffer<Float>(channels)
            try a.training(desc())
            var desc = desc()
            return Work(
                wrong: 1e-3,
                error: {
                    var sums = [Double](repeating: 0, count: channels), products = sums
                    for i in 0..<count {
                        let c = i % channels
                        sums[c] += Double(dy.pointer[i])
                        products[c] += Double(dy.pointer[i]) * Double(a.x.pointer[i] - a.mean.pointer[c])
                    }
                    return dx.error { i in
                        let c = i % channels, inverse = Double(a.inverseDeviation.pointer[c])
                        let normal = Double(a.x.pointer[i] - a.mean.pointer[c]) * inverse
                        return Double(a.gamma.pointer[c]) * inverse
                            * (Double(dy.pointer[i]) - sums[c] / Double(rows) - normal * products[c] * inverse / Double(rows))
                    }
                },
                run: {
                    try check(
                        apus_sbatchnorm_backward(
                            &desc, a.x.pointer, dy.pointer, a.gamma.pointer, a.mean.pointer, a.inverseDeviation.pointer,
                            dx.pointer, dgamma.pointer, dbeta.pointer), "batch normalization, backward")
                })
        },
    ]
}

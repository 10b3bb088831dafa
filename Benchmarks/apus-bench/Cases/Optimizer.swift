import ApusCore
import CApus
import Foundation

/// Steps over 16 Mi parameters.
func optimizerCases() -> [Case] {
    let count = 1 << 24
    let rate = 1e-3
    /// Remembers the parameters, so that the first step can be checked.
    func parameters() -> (w: Buffer<Float>, before: [Float]) {
        let w = Buffer<Float>(count, seed: 1)
        return (w, Array(UnsafeBufferPointer(start: w.pointer, count: count)))
    }
    return [
        Case("sgd_16m", family: "optimizer", traffic: .arrays(reads: 1, updates: 1, of: count)) {
            let (w, before) = parameters(), g = Buffer<Float>(count, seed: 2)
            return Work(error: { w.error { Double(before[$0]) - rate * Double(g.pointer[$0]) } }) {
                try check(apus_ssgd_step(count, Float(rate), 0, 0, 0, g.pointer, nil, w.pointer), "sgd")
            }
        },
        Case("sgd_momentum_16m", family: "optimizer", traffic: .arrays(reads: 1, updates: 2, of: count)) {
            let (w, before) = parameters(), g = Buffer<Float>(count, seed: 2), v = Buffer<Float>(count)
            return Work(error: { w.error { Double(before[$0]) - rate * Double(g.pointer[$0]) } }) {
                try check(apus_ssgd_step(count, Float(rate), 0.9, 0, 0, g.pointer, v.pointer, w.pointer), "momentum")
            }
        },
        Case("rmsprop_16m", family: "optimizer", traffic: .arrays(reads: 1, updates: 2, of: count)) {
            let (w, before) = parameters(), g = Buffer<Float>(count, seed: 2), s = Buffer<Float>(count)
            return Work(
                error: {
                    w.error { i in
                        let gradient = Double(g.pointer[i])
                        return Double(before[i]) - rate * gradient / (0.1 * gradient * gradient + 1e-7).squareRoot()
                    }
                },
                run: {
                    try check(
                        apus_srmsprop_step(count, Float(rate), 0.9, 0, 1e-7, g.pointer, s.pointer, nil, w.pointer), "rmsprop")
                })
        },
        Case("adam_16m", family: "optimizer", traffic: .arrays(reads: 1, updates: 3, of: count)) {
            let (w, before) = parameters(), g = Buffer<Float>(count, seed: 2)
            let m = Buffer<Float>(count), v = Buffer<Float>(count)
            var step: Int64 = 0
            return Work(
                error: {
                    // After the first step both corrected means are the gradient's own.
                    w.error { i in
                        let gradient = Double(g.pointer[i])
                        return Double(before[i]) - rate * gradient / (abs(gradient) + 1e-7 / 0.001.squareRoot())
                    }
                },
                run: {
                    step += 1
                    try check(
                        apus_sadam_step(count, Float(rate), 0.9, 0.999, 1e-7, 0, step, g.pointer, m.pointer, v.pointer, w.pointer),
                        "adam")
                })
        },
    ]
}

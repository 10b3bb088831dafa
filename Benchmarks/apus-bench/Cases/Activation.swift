import ApusCore
import CApus
import Foundation

private let count = 1 << 24

private let activations: [(name: String, f: apus_activation, value: @Sendable (Double) -> Double)] = [
    ("relu", APUS_ACTIVATION_RELU, { max($0, 0) }),
    ("sigmoid", APUS_ACTIVATION_SIGMOID, { 1 / (1 + exp(-$0)) }),
    ("tanh", APUS_ACTIVATION_TANH, { tanh($0) }),
    ("gelu", APUS_ACTIVATION_GELU, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
    ("silu", APUS_ACTIVATION_SILU, { $0 / (1 + exp(-$0)) }),
]

/// Activations of 16 Mi elements, and softmax over rows of 1000 and of 10.
func activationCases() -> [Case] {
    activations.flatMap { one -> [Case] in
        [
            Case("\(one.name)_fwd_16m", family: "activation", traffic: .arrays(reads: 1, writes: 1, of: count)) {
                let x = Buffer<Float>(count, seed: 1, low: -4, high: 4), y = Buffer<Float>(count)
                return Work(error: { y.error { one.value(Double(x.pointer[$0])) } }) {
                    try check(apus_sactivation_forward(one.f, 0, count, x.pointer, y.pointer), one.name)
                }
            },
            Case(
                "\(one.name)_bwd_16m", family: "activation",
                traffic: .arrays(reads: 2, writes: 1, of: count)
            ) {
                let x = Buffer<Float>(count, seed: 1, low: -4, high: 4), y = Buffer<Float>(count)
                let dy = Buffer<Float>(count, seed: 2), dx = Buffer<Float>(count)
                try check(apus_sactivation_forward(one.f, 0, count, x.pointer, y.pointer), one.name)
                let fromInput = one.f == APUS_ACTIVATION_GELU || one.f == APUS_ACTIVATION_SILU
                return Work(
                    wrong: 1e-3,
                    error: {
                        dx.error { i in
                            let at = Double(x.pointer[i]), step = 1e-6
                            if abs(at) < 2 * step { return Double(dx.pointer[i]) } // relu has no slope there
                            return Double(dy.pointer[i]) * (one.value(at + step) - one.value(at - step)) / (2 * step)
                        }
                    },
                    run: {
                        try check(
                            apus_sactivation_backward(
                                one.f, 0, count, fromInput ? x.pointer : nil, fromInput ? nil : y.pointer, dy.pointer,
                                dx.pointer), one.name)
                    })
            },
        ]
    } + [(16384, 1000), (1 << 20, 10)].flatMap { [softmax(rows: $0, columns: $1), softmaxSlope(rows: $0, columns: $1)] }
}

private func softmax(rows: Int, columns: Int) -> Case {
    Case(
        "softmax_fwd_\(rows)x\(columns)", family: "activation",
        traffic: .arrays(reads: 1, writes: 1, of: rows * columns)
    ) {
        let x = Buffer<Float>(rows * columns, seed: 1, low: -4, high: 4), y = Buffer<Float>(rows * columns)
        return Work(
            error: {
                y.error { i in
                    let row = i / columns * columns
                    let sum = (row..<row + columns).reduce(0) { $0 + exp(Double(x.pointer[$1])) }
                    return exp(Double(x.pointer[i])) / sum
                }
            },
            run: { try check(apus_ssoftmax_forward(rows, columns, x.pointer, y.pointer), "softmax") })
    }
}

private func softmaxSlope(rows: Int, columns: Int) -> Case {
    Case(
        "softmax_bwd_\(rows)x\(columns)", family: "activation",
        traffic: .arrays(reads: 2, writes: 1, of: rows * columns)
    ) {
        let y = Buffer<Float>(rows * columns, seed: 1, low: 0, high: 2 / Float(columns)), dy = Buffer<Float>(rows * columns, seed: 2)
        let dx = Buffer<Float>(rows * columns)
        return Work(
            error: {
                dx.error { i in
                    let row = i / columns * columns
                    let dot = (row..<row + columns).reduce(0) { $0 + Double(y.pointer[$1]) * Double(dy.pointer[$1]) }
                    return Double(y.pointer[i]) * (Double(dy.pointer[i]) - dot)
                }
            },
            run: { try check(apus_ssoftmax_backward(rows, columns, y.pointer, dy.pointer, dx.pointer), "softmax, backward") })
    }
}

import ApusCore
import CApus
import Foundation

/// Losses with their gradients.
func lossCases() -> [Case] {
    let count = 1 << 24
    return [
        Case("binary_cross_entropy_16m", family: "loss", traffic: .arrays(reads: 2, writes: 1, of: count)) {
            let logits = Buffer<Float>(count, seed: 1, low: -4, high: 4), targets = Buffer<Float>(count, seed: 2, low: 0, high: 1)
            let gradient = Buffer<Float>(count)
            var loss = 0.0
            return Work(
                error: { gradient.error { 1 / (1 + exp(-Double(logits.pointer[$0]))) - Double(targets.pointer[$0]) } },
                run: {
                    try check(
                        apus_sbinary_cross_entropy(count, 1, logits.pointer, targets.pointer, nil, 1, &loss, gradient.pointer),
                        "binary cross-entropy")
                })
        },
        Case("mean_squared_error_16m", family: "loss", traffic: .arrays(reads: 2, writes: 1, of: count)) {
            let predictions = Buffer<Float>(count, seed: 1), targets = Buffer<Float>(count, seed: 2), gradient = Buffer<Float>(count)
            var loss = 0.0
            return Work(
                error: { gradient.error { 2 * (Double(predictions.pointer[$0]) - Double(targets.pointer[$0])) } },
                run: {
                    try check(
                        apus_smean_squared_error(
                            count, 1, predictions.pointer, targets.pointer, nil, 1, &loss, gradient.pointer),
                        "mean squared error")
                })
        },
    ] + [(16384, 1000), (1 << 20, 10)].flatMap { [sparse(rows: $0, classes: $1), categorical(rows: $0, classes: $1)] }
}

/// The probability of a class by the softmax of its row.
private func probability(_ logits: Buffer<Float>, _ i: Int, _ classes: Int) -> Double {
    let row = i / classes * classes
    return exp(Double(logits.pointer[i])) / (row..<row + classes).reduce(0) { $0 + exp(Double(logits.pointer[$1])) }
}

private func sparse(rows: Int, classes: Int) -> Case {
    Case("sparse_cross_entropy_\(rows)x\(classes)", family: "loss", traffic: .arrays(reads: 1, writes: 1, of: rows * classes)) {
        let logits = Buffer<Float>(rows * classes, seed: 1, low: -4, high: 4), gradient = Buffer<Float>(rows * classes)
        let labels = Buffer<Int32>(rows, seed: 2, below: classes)
        var loss = 0.0
        return Work(
            error: {
                gradient.error { i in
                    probability(logits, i, classes) - (Int(labels.pointer[i / classes]) == i % classes ? 1 : 0)
                }
            },
            run: {
                try check(
                    apus_ssparse_cross_entropy(rows, classes, logits.pointer, labels.pointer, 0, nil, 1, &loss, gradient.pointer),
                    "sparse cross-entropy")
            })
    }
}

private func categorical(rows: Int, classes: Int) -> Case {
    Case("categorical_cross_entropy_\(rows)x\(classes)", family: "loss", traffic: .arrays(reads: 2, writes: 1, of: rows * classes)) {
        let logits = Buffer<Float>(rows * classes, seed: 1, low: -4, high: 4), gradient = Buffer<Float>(rows * classes)
        let targets = Buffer<Float>(rows * classes, seed: 2, low: 0, high: 2 / Float(classes))
        var loss = 0.0
        return Work(
            error: {
                gradient.error { i in
                    let row = i / classes * classes
                    let mass = (row..<row + classes).reduce(0) { $0 + Double(targets.pointer[$1]) }
                    return probability(logits, i, classes) * mass - Double(targets.pointer[i])
                }
            },
            run: {
                try check(
                    apus_scategorical_cross_entropy(
                        rows, classes, logits.pointer, targets.pointer, nil, 1, &loss, gradient.pointer),
                    "categorical cross-entropy")
            })
    }
}

import ApusCore
import CApus
import Foundation

/// 16 Mi random numbers, and dropout of as many values.
func randomCases() -> [Case] {
    let count = 1 << 24
    /// How far the mean and the deviation are from what the distribution says.
    func moments(_ x: Buffer<Float>, mean: Double, deviation: Double) -> Double {
        var sum = 0.0, squares = 0.0
        for i in 0..<count {
            sum += Double(x.pointer[i])
            squares += Double(x.pointer[i]) * Double(x.pointer[i])
        }
        let found = sum / Double(count)
        return max(abs(found - mean), abs((squares / Double(count) - found * found).squareRoot() - deviation))
    }
    return [
        Case("random_uniform_16m", family: "random", traffic: .arrays(reads: 0, writes: 1, of: count)) {
            let x = Buffer<Float>(count)
            return Work(wrong: 2e-3, error: { moments(x, mean: 0.5, deviation: (1.0 / 12).squareRoot()) }) {
                try check(apus_random_uniform(1, 0, 0, count, 0, 1, x.pointer), "uniform")
            }
        },
        Case("random_normal_16m", family: "random", traffic: .arrays(reads: 0, writes: 1, of: count)) {
            let x = Buffer<Float>(count)
            return Work(wrong: 2e-3, error: { moments(x, mean: 0, deviation: 1) }) {
                try check(apus_random_normal(1, 0, 0, count, 0, 1, x.pointer), "normal")
            }
        },
        Case("dropout_16m", family: "random", traffic: .arrays(reads: 1, writes: 1, of: count)) {
            let x = Buffer<Float>(count, seed: 1, low: 1, high: 1), y = Buffer<Float>(count)
            return Work(wrong: 2e-3, error: { moments(y, mean: 1, deviation: 1) }) {
                try check(apus_sdropout(1, 0, 0, 0.5, count, x.pointer, y.pointer), "dropout")
            }
        },
    ]
}

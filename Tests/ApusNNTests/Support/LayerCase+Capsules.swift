import ApusCore
import ApusNN

extension LayerCase {
    static var capsules: [LayerCase] {
        let routings: [(capsules: Int, dimension: Int, iterations: Int)] = [(3, 4, 3), (2, 5, 1), (4, 3, 4)]
        return routings.map { routing in
            LayerCase(
                name: "CapsuleLayer, \(routing.iterations) iterations", input: [6, 3],
                output: [routing.capsules, routing.dimension], parameterCount: 18 * routing.capsules * routing.dimension,
                make: {
                    CapsuleLayer(capsules: routing.capsules, dimension: routing.dimension, iterations: routing.iterations)
                },
                training: { Naive.capsules($0, kernel: $1[0], iterations: routing.iterations) })
        } + [
            LayerCase(
                name: "PrimaryCaps", input: [5, 6, 2], output: [2 * 2 * 2, 3], parameterCount: 3 * 3 * 2 * 6 + 6,
                make: { PrimaryCaps(channels: 2, dimension: 3, kernelSize: 3) },
                training: { x, p in
                    let y = Naive.convolution(
                        x, kernel: p[0], bias: p[1], vertical: .init(stride: 2, output: 2),
                        horizontal: .init(stride: 2, output: 2))
                    return Naive.squash(NaiveArray([x.shape[0], 8, 3], y.values))
                }),
            LayerCase(
                name: "Length", input: [5, 4], output: [5], parameterCount: 0, make: { Length() },
                training: { x, _ in Naive.lengths(x) }),
            LayerCase(
                name: "Mask", input: [3, 4], output: [12], parameterCount: 0, make: { Mask() },
                training: { x, _ in Naive.longest(x) }),
        ]
    }
}

extension Naive {
    /// Rows of the last dimension.
    private static func rows(_ x: NaiveArray) -> [[Double]] {
        let width = x.shape.last ?? 1
        return stride(from: 0, to: x.values.count, by: width).map { Array(x.values[$0..<$0 + width]) }
    }

    /// |x|² / (1 + |x|²) · x / |x|: equation 1 of Sabour, Frosst and Hinton (2017).
    static func squash(_ x: NaiveArray) -> NaiveArray {
        let values = rows(x).flatMap { row -> [Double] in
            let square = row.reduce(0) { $0 + $1 * $1 }
            return row.map { square == 0 ? 0 : square / (1 + square) * $0 / square.squareRoot() }
        }
        return NaiveArray(x.shape, values)
    }

    static func lengths(_ x: NaiveArray) -> NaiveArray {
        NaiveArray(Array(x.shape.dropLast()), rows(x).map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() })
    }

    /// Each item's longest capsule, the others zero, as one row.
    static func longest(_ x: NaiveArray) -> NaiveArray {
        let (items, capsules, dimension) = (x.shape[0], x.shape[1], x.shape[2])
        let length = lengths(x).values
        var y = NaiveArray([items, capsules * dimension], x.values)
        for item in 0..<items {
            let of = { length[item * capsules + $0] }
            let best = (0..<capsules).max { of($0) < of($1) } ?? 0
            for j in 0..<capsules where j != best {
                for d in 0..<dimension { y.values[(item * capsules + j) * dimension + d] = 0 }
            }
        }
        return y
    }

    /// Equation 2 and procedure 1 as they stand, from [items, in, inDimension].
    static func capsules(_ x: NaiveArray, kernel w: NaiveArray, iterations: Int) -> NaiveArray {
        let (items, lower, inner) = (x.shape[0], x.shape[1], x.shape[2])
        let (upper, outer) = (w.shape[2], w.shape[3])
        var result: [Double] = []
        for item in 0..<items {
            func prediction(_ i: Int, _ j: Int, _ d: Int) -> Double {
                (0..<inner).reduce(0) {
                    $0 + x.values[(item * lower + i) * inner + $1] * w.values[((i * inner + $1) * upper + j) * outer + d]
                }
            }
            let hat = (0..<lower).map { i in (0..<upper).map { j in (0..<outer).map { prediction(i, j, $0) } } }
            var logits = Array(repeating: Array(repeating: 0.0, count: upper), count: lower)
            var v = NaiveArray([upper, outer], Array(repeating: 0, count: upper * outer))
            for _ in 0..<iterations {
                let c = logits.map { softmax(NaiveArray([1, upper], $0)).values }
                let s = (0..<upper).flatMap { j in
                    (0..<outer).map { d in (0..<lower).reduce(0) { $0 + c[$1][j] * hat[$1][j][d] } }
                }
                v = squash(NaiveArray([upper, outer], s))
                for i in 0..<lower {
                    for j in 0..<upper {
                        for d in 0..<outer { logits[i][j] += hat[i][j][d] * v.values[j * outer + d] }
                    }
                }
            }
            result += v.values
        }
        return NaiveArray([items, upper, outer], result)
    }
}

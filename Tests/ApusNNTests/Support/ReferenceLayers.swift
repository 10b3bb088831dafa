import Foundation

/// An array in float64, for the layers below.
struct NaiveArray {
    var shape: [Int]
    var values: [Double]

    init(_ shape: [Int], _ values: [Double]) {
        precondition(values.count == shape.reduce(1, *))
        self.shape = shape
        self.values = values
    }

    init(zeros shape: [Int]) { self.init(shape, [Double](repeating: 0, count: shape.reduce(1, *))) }

    /// The place of an element of a four-dimensional array in `values`.
    func at(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> Int {
        precondition(i < shape[0] && j < shape[1] && k < shape[2] && l < shape[3])
        return ((i * shape[1] + j) * shape[2] + k) * shape[3] + l
    }
}

/// Every layer's forward pass as its definition reads: no blocking, no vectors, float64. The batch is the
/// first dimension, channels are the last.
enum Naive {
    /// y[r, u] = Σ x[r, f] w[f, u] + b[u], over all rows r of the last dimension.
    static func dense(_ x: NaiveArray, kernel w: NaiveArray, bias: NaiveArray?) -> NaiveArray {
        let features = w.shape[0], units = w.shape[1]
        var y = NaiveArray(zeros: x.shape.dropLast() + [units])
        for r in 0..<(x.values.count / features) {
            for u in 0..<units {
                var sum = bias?.values[u] ?? 0
                for f in 0..<features { sum += x.values[r * features + f] * w.values[f * units + u] }
                y.values[r * units + u] = sum
            }
        }
        return y
    }

    /// One axis of a window: output place o sees the input places o · stride + k · dilation − before.
    struct Axis {
        var stride = 1
        var dilation = 1
        var before = 0
        var output: Int
    }

    /// x [n, h, w, c], kernel [kh, kw, c, f].
    static func convolution(
        _ x: NaiveArray, kernel: NaiveArray, bias: NaiveArray?, vertical: Axis, horizontal: Axis
    ) -> NaiveArray {
        let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let (kh, kw, f) = (kernel.shape[0], kernel.shape[1], kernel.shape[3])
        var y = NaiveArray(zeros: [n, vertical.output, horizontal.output, f])
        for b in 0..<n {
            for i in 0..<vertical.output {
                for j in 0..<horizontal.output {
                    for o in 0..<f {
                        var sum = bias?.values[o] ?? 0
                        for p in 0..<kh {
                            for q in 0..<kw {
                                let row = i * vertical.stride + p * vertical.dilation - vertical.before
                                let column = j * horizontal.stride + q * horizontal.dilation - horizontal.before
                                guard row >= 0, row < h, column >= 0, column < w else { continue }
                                for k in 0..<c {
                                    sum += x.values[x.at(b, row, column, k)] * kernel.values[kernel.at(p, q, k, o)]
                                }
                            }
                        }
                        y.values[y.at(b, i, j, o)] = sum
                    }
                }
            }
        }
        return y
    }

    /// The largest value or the mean of what a window sees of x [n, h, w, c]; padding is not seen.
    static func pool(
        _ x: NaiveArray, window: (Int, Int), vertical: Axis, horizontal: Axis, largest: Bool
    ) -> NaiveArray {
        let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        var y = NaiveArray(zeros: [n, vertical.output, horizontal.output, c])
        for b in 0..<n {
            for i in 0..<vertical.output {
                for j in 0..<horizontal.output {
                    for k in 0..<c {
                        var (maximum, sum, count) = (-Double.infinity, 0.0, 0.0)
                        for p in 0..<window.0 {
                            for q in 0..<window.1 {
                                let row = i * vertical.stride + p - vertical.before
                                let column = j * horizontal.stride + q - horizontal.before
                                guard row >= 0, row < h, column >= 0, column < w else { continue }
                                let value = x.values[x.at(b, row, column, k)]
                                maximum = max(maximum, value)
                                sum += value
                                count += 1
                            }
                        }
                        y.values[y.at(b, i, j, k)] = largest ? maximum : sum / count
                    }
                }
            }
        }
        return y
    }

    /// One value a channel from all places between the batch and the channels.
    static func globalPool(_ x: NaiveArray, largest: Bool) -> NaiveArray {
        let n = x.shape[0], c = x.shape.last!
        let places = x.values.count / (n * c)
        var y = NaiveArray(zeros: [n, c])
        for b in 0..<n {
            for k in 0..<c {
                let seen = (0..<places).map { x.values[(b * places + $0) * c + k] }
                y.values[b * c + k] = largest ? seen.max()! : seen.reduce(0, +) / Double(places)
            }
        }
        return y
    }

    /// y[…, d] = table[x[…], d].
    static func embedding(_ x: NaiveArray, table: NaiveArray) -> NaiveArray {
        let width = table.shape[1]
        return NaiveArray(
            x.shape + [width], x.values.flatMap { index in (0..<width).map { table.values[Int(index) * width + $0] } })
    }

    /// (x − mean) / √(variance + ε) · γ + β for each channel.
    static func normalized(
        _ x: NaiveArray, gamma: NaiveArray, beta: NaiveArray, mean: [Double], variance: [Double], epsilon: Double
    ) -> NaiveArray {
        var y = x
        let c = x.shape.last!
        for i in y.values.indices {
            let k = i % c
            y.values[i] = (x.values[i] - mean[k]) / (variance[k] + epsilon).squareRoot() * gamma.values[k] + beta.values[k]
        }
        return y
    }

    /// The mean and the biased variance of each channel over the batch.
    static func statistics(_ x: NaiveArray) -> (mean: [Double], variance: [Double]) {
        let c = x.shape.last!
        let rows = x.values.count / c
        let mean = (0..<c).map { k in (0..<rows).reduce(0.0) { $0 + x.values[$1 * c + k] } / Double(rows) }
        let variance = (0..<c).map { k in
            (0..<rows).reduce(0.0) { $0 + (x.values[$1 * c + k] - mean[k]) * (x.values[$1 * c + k] - mean[k]) }
                / Double(rows)
        }
        return (mean, variance)
    }

    /// Zeros around [batch, height, width, channels].
    static func framed(_ x: NaiveArray, top: Int, bottom: Int, left: Int, right: Int) -> NaiveArray {
        let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let shape = [n, top + h + bottom, left + w + right, c]
        var y = NaiveArray(shape, Array(repeating: 0, count: shape.reduce(1, *)))
        for i in 0..<n { for j in 0..<h { for k in 0..<w { for l in 0..<c {
            y.values[y.at(i, top + j, left + k, l)] = x.values[x.at(i, j, k, l)]
        } } } }
        return y
    }

    /// eˣ / Σ eˣ over the last dimension.
    static func softmax(_ x: NaiveArray) -> NaiveArray {
        let c = x.shape.last!
        var y = x
        for r in 0..<(x.values.count / c) {
            let row = x.values[(r * c)..<((r + 1) * c)]
            let powers = row.map { exp($0 - row.max()!) }
            let sum = powers.reduce(0, +)
            for k in 0..<c { y.values[r * c + k] = powers[k] / sum }
        }
        return y
    }

    static func map(_ x: NaiveArray, _ f: (Double) -> Double) -> NaiveArray { NaiveArray(x.shape, x.values.map(f)) }

    static func exp(_ x: Double) -> Double { Foundation.exp(x) }
    static func log(_ x: Double) -> Double { Foundation.log(x) }
    static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
    static func erf(_ x: Double) -> Double { Foundation.erf(x) }
    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

import ApusCore
import ApusNN
import Testing

/// A layer with what must be true of it, for the checks that every kind goes through.
struct LayerCase: CustomTestStringConvertible, @unchecked Sendable {
    // Unchecked: the closures make what they return anew and capture values alone.

    var name: String
    /// Shapes of one item, without the batch.
    var input: [Int]
    var output: [Int]
    var parameterCount: Int
    /// Indices below this many, for a layer that reads them; 0: numbers in −1 ..< 1.
    var vocabulary = 0
    var make: @Sendable () -> any Layer
    /// The layer in float64, from the input and the parameters in order.
    var training: @Sendable (_ x: NaiveArray, _ parameters: [NaiveArray]) -> NaiveArray
    /// The same where inference, and so a frozen layer, computes something else.
    var inference: (@Sendable (_ x: NaiveArray, _ parameters: [NaiveArray]) -> NaiveArray)?

    var testDescription: String { name }
}

extension LayerCase {
    /// Every kind of layer in every way that its settings can take it.
    static let all: [LayerCase] =
        dense + activations + convolutions1D + convolutions2D + pools1D + pools2D + capsules + others

    private static let functions: [(activation: Activation, f: @Sendable (NaiveArray) -> NaiveArray)] = [
        (.linear, { $0 }),
        (.relu, { Naive.map($0) { max($0, 0) } }),
        (.leakyReLU(), { Naive.map($0) { $0 > 0 ? $0 : Double(Float(0.3)) * $0 } }),
        (.leakyReLU(slope: -0.5), { Naive.map($0) { $0 > 0 ? $0 : -0.5 * $0 } }),
        (.elu(), { Naive.map($0) { $0 > 0 ? $0 : Naive.exp($0) - 1 } }),
        (.elu(alpha: -0.5), { Naive.map($0) { $0 > 0 ? $0 : -0.5 * (Naive.exp($0) - 1) } }),
        (.sigmoid, { Naive.map($0, Naive.sigmoid) }),
        (.tanh, { Naive.map($0, Naive.tanh) }),
        (.softplus, { Naive.map($0) { Naive.log(1 + Naive.exp($0)) } }),
        (.gelu, { Naive.map($0) { $0 / 2 * (1 + Naive.erf($0 / 2.0.squareRoot())) } }),
        (.silu, { Naive.map($0) { $0 * Naive.sigmoid($0) } }),
        (.softmax, Naive.softmax),
    ]

    private static func text(_ activation: Activation) -> String {
        switch activation {
        case let .leakyReLU(slope): "leaky ReLU \(slope)"
        case let .elu(alpha): "ELU \(alpha)"
        default: activation.name
        }
    }

    private static var dense: [LayerCase] {
        functions.map { function in
            LayerCase(
                name: "Dense, \(text(function.activation))", input: [5], output: [4], parameterCount: 24,
                make: { Dense(4, activation: function.activation) },
                training: { function.f(Naive.dense($0, kernel: $1[0], bias: $1[1])) })
        } + [
            LayerCase(
                name: "Dense without bias", input: [5], output: [3], parameterCount: 15,
                make: { Dense(3, useBias: false) }, training: { Naive.dense($0, kernel: $1[0], bias: nil) }),
            LayerCase(
                name: "Dense on the last of three dimensions", input: [3, 2, 4], output: [3, 2, 6], parameterCount: 30,
                make: { Dense(6, activation: .relu) },
                training: { Naive.map(Naive.dense($0, kernel: $1[0], bias: $1[1])) { max($0, 0) } }),
        ]
    }

    private static var activations: [LayerCase] {
        functions.map { function in
            LayerCase(
                name: "Activation, \(text(function.activation))", input: [3, 7], output: [3, 7], parameterCount: 0,
                make: { ActivationLayer(function.activation) }, training: { x, _ in function.f(x) })
        }
    }

    /// A case on [length, 3] items; `places` is the output's length.
    private static func conv1D(
        _ name: String, length: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, padding: Padding, before: Int,
        places: Int, useBias: Bool = true, activation: Activation = .linear,
        f: @escaping @Sendable (NaiveArray) -> NaiveArray = { $0 }
    ) -> LayerCase {
        LayerCase(
            name: "Conv1D, \(name)", input: [length, 3], output: [places, 4],
            parameterCount: kernel * 3 * 4 + (useBias ? 4 : 0),
            make: {
                Conv1D(
                    4, kernelSize: kernel, stride: stride, padding: padding, dilation: dilation, activation: activation,
                    useBias: useBias)
            },
            training: { x, p in
                let y = Naive.convolution(
                    NaiveArray([x.shape[0], 1, length, 3], x.values),
                    kernel: NaiveArray([1, kernel, 3, 4], p[0].values), bias: useBias ? p[1] : nil,
                    vertical: .init(output: 1),
                    horizontal: .init(stride: stride, dilation: dilation, before: before, output: places))
                return f(NaiveArray([x.shape[0], places, 4], y.values))
            })
    }

    private static var convolutions1D: [LayerCase] {
        [
            conv1D("valid", length: 8, kernel: 3, padding: .valid, before: 0, places: 6),
            conv1D("same, even kernel", length: 7, kernel: 4, padding: .same, before: 1, places: 7),
            conv1D("same, strided", length: 8, kernel: 3, stride: 2, padding: .same, before: 0, places: 4),
            conv1D("causal, dilated", length: 7, kernel: 3, dilation: 2, padding: .causal, before: 4, places: 7),
            conv1D("causal, strided", length: 7, kernel: 2, stride: 2, padding: .causal, before: 1, places: 4),
            conv1D(
                "no bias, valid, dilated", length: 8, kernel: 2, dilation: 3, padding: .valid, before: 0, places: 5,
                useBias: false),
            conv1D(
                "ReLU", length: 8, kernel: 3, padding: .same, before: 1, places: 8, activation: .relu,
                f: { Naive.map($0) { max($0, 0) } }),
            conv1D(
                "SiLU", length: 6, kernel: 3, padding: .valid, before: 0, places: 4, activation: .silu,
                f: { Naive.map($0) { $0 * Naive.sigmoid($0) } }),
            conv1D("as long as the input", length: 5, kernel: 5, padding: .valid, before: 0, places: 1),
        ]
    }

    /// A case on [5, 6, 2] items with 3 filters.
    private static func conv2D(
        _ name: String, kernel: (Int, Int), strides: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1),
        padding: Padding, before: (Int, Int) = (0, 0), output: (Int, Int), useBias: Bool = true,
        activation: Activation = .linear, f: @escaping @Sendable (NaiveArray) -> NaiveArray = { $0 }
    ) -> LayerCase {
        LayerCase(
            name: "Conv2D, \(name)", input: [5, 6, 2], output: [output.0, output.1, 3],
            parameterCount: kernel.0 * kernel.1 * 6 + (useBias ? 3 : 0),
            make: {
                Conv2D(
                    3, kernelSize: kernel, strides: strides, padding: padding, dilation: dilation,
                    activation: activation, useBias: useBias)
            },
            training: { x, p in
                f(
                    Naive.convolution(
                        x, kernel: p[0], bias: useBias ? p[1] : nil,
                        vertical: .init(stride: strides.0, dilation: dilation.0, before: before.0, output: output.0),
                        horizontal: .init(stride: strides.1, dilation: dilation.1, before: before.1, output: output.1)))
            })
    }

    private static var convolutions2D: [LayerCase] {
        [
            conv2D("valid", kernel: (3, 3), padding: .valid, output: (3, 4)),
            conv2D("same", kernel: (3, 3), padding: .same, before: (1, 1), output: (5, 6)),
            conv2D("same, even kernel", kernel: (2, 4), padding: .same, before: (0, 1), output: (5, 6)),
            conv2D("valid, strided", kernel: (2, 3), strides: (2, 3), padding: .valid, output: (2, 2)),
            conv2D("same, strided", kernel: (3, 2), strides: (2, 2), padding: .same, before: (1, 0), output: (3, 3)),
            conv2D("dilated, no bias", kernel: (2, 3), dilation: (3, 2), padding: .valid, output: (2, 2), useBias: false),
            conv2D("1 × 1", kernel: (1, 1), padding: .valid, output: (5, 6)),
            conv2D(
                "ReLU", kernel: (3, 3), padding: .same, before: (1, 1), output: (5, 6), activation: .relu,
                f: { Naive.map($0) { max($0, 0) } }),
            conv2D(
                "softmax", kernel: (2, 2), padding: .valid, output: (4, 5), activation: .softmax, f: Naive.softmax),
            conv2D(
                "ELU that falls", kernel: (2, 2), padding: .valid, output: (4, 5), activation: .elu(alpha: -0.5),
                f: { Naive.map($0) { $0 > 0 ? $0 : -0.5 * (Naive.exp($0) - 1) } }),
        ]
    }

    private static func pool1D(
        _ name: String, length: Int, size: Int, stride: Int, padding: Padding, before: Int, places: Int, largest: Bool,
        channels: Int = 3
    ) -> LayerCase {
        LayerCase(
            name: "\(largest ? "MaxPool1D" : "AveragePool1D"), \(name)", input: [length, channels],
            output: [places, channels],
            parameterCount: 0,
            make: {
                if largest { MaxPool1D(size, stride: stride, padding: padding) } else {
                    AveragePool1D(size, stride: stride, padding: padding)
                }
            },
            training: { x, _ in
                let y = Naive.pool(
                    NaiveArray([x.shape[0], 1, length, channels], x.values), window: (1, size), vertical: .init(output: 1),
                    horizontal: .init(stride: stride, before: before, output: places), largest: largest)
                return NaiveArray([x.shape[0], places, channels], y.values)
            })
    }

    private static var pools1D: [LayerCase] {
        [true, false].flatMap { largest in
            [
                pool1D("valid", length: 7, size: 2, stride: 2, padding: .valid, before: 0, places: 3, largest: largest),
                pool1D("overlapping", length: 7, size: 3, stride: 1, padding: .valid, before: 0, places: 5, largest: largest),
                pool1D("same", length: 8, size: 3, stride: 2, padding: .same, before: 0, places: 4, largest: largest),
                pool1D("same with gaps", length: 8, size: 2, stride: 3, padding: .same, before: 0, places: 3, largest: largest),
                // More places than a byte counts.
                pool1D(
                    "wide", length: 264, size: 260, stride: 3, padding: .valid, before: 0, places: 2, largest: largest,
                    channels: 1),
            ]
        }
    }

    private static func pool2D(
        _ name: String, size: (Int, Int), strides: (Int, Int), padding: Padding, before: (Int, Int) = (0, 0),
        output: (Int, Int), largest: Bool
    ) -> LayerCase {
        LayerCase(
            name: "\(largest ? "MaxPool2D" : "AveragePool2D"), \(name)", input: [5, 6, 2],
            output: [output.0, output.1, 2], parameterCount: 0,
            make: {
                if largest { MaxPool2D(size, strides: strides, padding: padding) } else {
                    AveragePool2D(size, strides: strides, padding: padding)
                }
            },
            training: { x, _ in
                Naive.pool(
                    x, window: size, vertical: .init(stride: strides.0, before: before.0, output: output.0),
                    horizontal: .init(stride: strides.1, before: before.1, output: output.1), largest: largest)
            })
    }

    private static var pools2D: [LayerCase] {
        [true, false].flatMap { largest in
            [
                pool2D("valid", size: (2, 2), strides: (2, 2), padding: .valid, output: (2, 3), largest: largest),
                pool2D("overlapping", size: (3, 2), strides: (1, 1), padding: .valid, output: (3, 5), largest: largest),
                pool2D("same", size: (3, 3), strides: (2, 2), padding: .same, before: (1, 0), output: (3, 3), largest: largest),
                pool2D(
                    "larger than the input", size: (17, 17), strides: (1, 1), padding: .same, before: (8, 8),
                    output: (5, 6), largest: largest),
            ]
        }
    }

    private static var others: [LayerCase] {
        let globals = [[6, 3], [3, 4, 3]].flatMap { input in
            [
                LayerCase(
                    name: "GlobalMaxPool of \(input)", input: input, output: [3], parameterCount: 0,
                    make: { GlobalMaxPool() }, training: { x, _ in Naive.globalPool(x, largest: true) }),
                LayerCase(
                    name: "GlobalAveragePool of \(input)", input: input, output: [3], parameterCount: 0,
                    make: { GlobalAveragePool() }, training: { x, _ in Naive.globalPool(x, largest: false) }),
            ]
        }
        return globals + [
            LayerCase(
                name: "BatchNormalization of rows", input: [6, 3], output: [6, 3], parameterCount: 12,
                make: { BatchNormalization() }, training: batchNormalization(0.001), inference: moved(0.001)),
            LayerCase(
                name: "BatchNormalization of images", input: [3, 2, 4], output: [3, 2, 4], parameterCount: 16,
                make: { BatchNormalization(momentum: 0.5, epsilon: 0.1) },
                training: batchNormalization(Double(Float(0.1))), inference: moved(Double(Float(0.1)))),
            LayerCase(
                name: "Embedding", input: [6], output: [6, 3], parameterCount: 21, vocabulary: 7,
                make: { Embedding(vocabulary: 7, width: 3) }, training: { Naive.embedding($0, table: $1[0]) }),
            LayerCase(
                name: "Embedding of a table of indices", input: [2, 3], output: [2, 3, 4], parameterCount: 12,
                vocabulary: 3, make: { Embedding(vocabulary: 3, width: 4) },
                training: { Naive.embedding($0, table: $1[0]) }),
            LayerCase(
                name: "Flatten", input: [2, 3, 4], output: [24], parameterCount: 0, make: { Flatten() },
                training: { x, _ in NaiveArray([x.shape[0], 24], x.values) }),
            LayerCase(
                name: "Reshape", input: [2, 3, 4], output: [6, 4], parameterCount: 0, make: { Reshape([6, 4]) },
                training: { x, _ in NaiveArray([x.shape[0], 6, 4], x.values) }),
            LayerCase(
                name: "ZeroPadding2D", input: [2, 3, 2], output: [4, 5, 2], parameterCount: 0, make: { ZeroPadding2D() },
                training: { x, _ in Naive.framed(x, top: 1, bottom: 1, left: 1, right: 1) }),
            LayerCase(
                name: "ZeroPadding2D, uneven", input: [2, 3, 3], output: [5, 6, 3], parameterCount: 0,
                make: { ZeroPadding2D((2, 1), (0, 3)) },
                training: { x, _ in Naive.framed(x, top: 2, bottom: 1, left: 0, right: 3) }),
            LayerCase(
                name: "Dropout of nothing", input: [4, 5], output: [4, 5], parameterCount: 0, make: { Dropout(0) },
                training: { x, _ in x }),
        ]
    }

    private static func batchNormalization(_ epsilon: Double) -> @Sendable (NaiveArray, [NaiveArray]) -> NaiveArray {
        { x, p in
            let (mean, variance) = Naive.statistics(x)
            return Naive.normalized(x, gamma: p[0], beta: p[1], mean: mean, variance: variance, epsilon: epsilon)
        }
    }

    private static func moved(_ epsilon: Double) -> @Sendable (NaiveArray, [NaiveArray]) -> NaiveArray {
        { x, p in
            Naive.normalized(
                x, gamma: p[0], beta: p[1], mean: p[2].values, variance: p[3].values, epsilon: epsilon)
        }
    }
}

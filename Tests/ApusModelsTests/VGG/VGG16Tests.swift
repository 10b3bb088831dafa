import ApusCore
import ApusModels
import ApusNN
import Foundation
import Testing

@Suite struct VGG16Tests {
    /// The tables that Fixtures/make_vgg_summaries.py had Keras print.
    private static func keras(_ name: String) throws -> String {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
        return try String(contentsOf: url, encoding: .utf8)
    }

    @Test func isKerasTable() throws {
        let model = try vgg16()
        #expect(model.summary() + "\n" == (try Self.keras("vgg16.txt")))
        #expect(model.parameters.reduce(0) { $0 + $1.count } == 138_357_544)
    }

    @Test func isKerasTableWithoutTheTop() throws {
        let plain = try vgg16(input: [64, 64, 3], includeTop: false)
        #expect(plain.summary(width: 79) + "\n" == (try Self.keras("vgg16_notop.txt")))
        #expect(plain.outputShape == [2, 2, 512])
        #expect(try vgg16(input: [64, 64, 3], includeTop: false, pooling: .average).outputShape == [512])
        #expect(try vgg16(input: [64, 64, 3], includeTop: false, pooling: .maximum).outputShape == [512])
    }

    @Test func theLastLayerIsReplacedAndTheRestFrozen() throws {
        let model = try vgg16(input: [32, 32, 3], classes: 10, seed: 1)
        try model.removeLast()
        try model.append(Dense(2, activation: .softmax).named("predictions"))
        model.freeze(first: model.layers.count - 1)
        #expect(model.outputShape == [2])
        #expect(model.trainableParameters.map(\.count) == [4096 * 2, 2])
        let before = try model.layer(named: "fc2", as: Dense.self).kernel.value
        var random = RandomStream(seed: 3)
        let x = try random.normal(shape: [4, 32, 32, 3])
        let history = try model.fit(
            x, Tensor<Int32>([0, 1, 0, 1]), loss: SparseCategoricalCrossEntropy(), optimizer: Adam(learningRate: 1e-3),
            epochs: 8, batchSize: 4)
        let losses = history.epochs.compactMap { $0.figures["loss"] }
        #expect(losses.count == 8)
        #expect(losses[7] < losses[0] - 0.05, "four pictures and 8194 weights: \(losses)")
        #expect(try model.layer(named: "fc2", as: Dense.self).kernel.value.scalars == before.scalars)
    }

    @Test func aPictureTooSmallForFivePoolingsIsRefused() {
        #expect(throws: ModelError.self) { try vgg16(input: [16, 224, 3]) }
        #expect(throws: ModelError.self) { try vgg16(input: [224, 224]) }
        #expect(throws: ModelError.self) { try vgg16(input: [32, 32, 3], classes: 0) }
    }
}

/// The worked examples with which the network's layers are usually explained.
@Suite struct VGGLayerExamples {
    private func output(_ input: [Float], _ shape: Shape, _ layer: any Layer, set: (any Layer) -> Void = { _ in }) throws
        -> [Float]
    {
        let model = try Sequential<Float>(input: shape, layers: [layer])
        set(layer)
        return try model.predict(Tensor(input, shape: shape.prepending(1))).scalars
    }

    @Test func aFiveByFivePictureUnderAThreeByThreeFilter() throws {
        let picture: [Float] = [
            1, 1, 1, 0, 0,
            0, 1, 1, 1, 0,
            0, 0, 1, 1, 1,
            0, 0, 1, 1, 0,
            0, 1, 1, 0, 0,
        ]
        let filter: [Float] = [
            1, 0, 1,
            0, 1, 0,
            1, 0, 1,
        ]
        let set: (any Layer) -> Void = { ($0 as? Conv2D)?.kernel.value = Tensor(filter, shape: [3, 3, 1, 1]) }
        #expect(try output(picture, [5, 5, 1], Conv2D(1, kernelSize: 3), set: set) == [
            4, 3, 4,
            2, 4, 3,
            2, 3, 4,
        ])
        // A frame of zeros keeps the picture's size, as a layer of its own or as the convolution's padding.
        let same = try output(picture, [5, 5, 1], Conv2D(1, kernelSize: 3, padding: .same), set: set)
        let model = try Sequential<Float>(input: [5, 5, 1], layers: [ZeroPadding2D(), Conv2D(1, kernelSize: 3)])
        set(model.layers[1])
        #expect(try model.predict(Tensor(picture, shape: [1, 5, 5, 1])).scalars == same)
        #expect([same[6], same[7], same[8], same[12]] == [4, 3, 4, 4])
        #expect(same[0] == 2, "the corner sees four places of the filter: 1 · 1 + 1 · 1 below right, and its own")
    }

    @Test func negativeValuesBecomeZero() throws {
        #expect(try output([-3, -0.5, 0, 2, 7], [5], ActivationLayer(.relu)) == [0, 0, 0, 2, 7])
    }

    @Test func aSixBySixMatrixPooledTwoByTwo() throws {
        let matrix: [Float] = [
            1, 3, 2, 1, 0, 5,
            4, 2, 8, 0, 1, 2,
            7, 7, 1, 3, 9, 9,
            0, 6, 2, 4, 9, 8,
            5, 1, 0, 0, -1, -2,
            2, 3, 0, 0, -3, -4,
        ]
        #expect(try output(matrix, [6, 6, 1], MaxPool2D()) == [
            4, 8, 5,
            7, 4, 9,
            5, 0, -1,
        ])
    }

    /// scipy.special.softmax([8, 14, 16, 8, 14, 1]).
    @Test func softmaxOfSixNumbers() throws {
        let expected: [Double] = [0.0002638650192477864, 0.10645074636007182, 0.7865705366276083, 0.0002638650192477864, 0.10645074636007182, 2.4061375239275175e-07]
        let found = try output([8, 14, 16, 8, 14, 1], [6], ActivationLayer(.softmax))
        for (a, b) in zip(found, expected) { #expect(abs(Double(a) / b - 1) < 2e-6) }
        #expect(found.count == expected.count)
    }
}

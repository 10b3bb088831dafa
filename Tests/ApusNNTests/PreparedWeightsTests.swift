import ApusCore
import CApus
import Foundation
import Testing

@testable import ApusNN

/// Convolutions keep transformed weights for passes that do not train them, and pool as they write. The truth in
/// these tests is the pass that trains: it takes the weights as they are and runs every layer by itself, and its
/// outputs have the same bits.
@Suite struct PreparedWeightsTests {
    /// VGG in small: every convolution but the first, of 3 channels, goes by Winograd's way. 21 × 19 outputs are pooled to
    /// 10 × 9, rounded down.
    private static func network(seed: UInt64 = 3, dense: Int = 5) throws -> Sequential<Float> {
        try Sequential(input: [21, 19, 3], seed: seed) {
            Conv2D(16, kernelSize: 3, padding: .same, activation: .relu).named("first")
            Conv2D(24, kernelSize: 3, padding: .same, activation: .relu).named("pooled")
            MaxPool2D().named("pool")
            Conv2D(20, kernelSize: 3, padding: .same, activation: .softplus).named("soft")
            Conv2D(18, kernelSize: 3, padding: .same, useBias: false).named("last")
            MaxPool2D((2, 2), padding: .same).named("padded")
            Flatten()
            Dense(dense, activation: .softmax).named("head")
        }
    }

    private static let names = ["pooled", "soft", "last"]

    private static func images(_ count: Int, seed: UInt64 = 9) throws -> Tensor<Float> {
        var random = RandomStream(seed: seed)
        return try random.normal(shape: [count, 21, 19, 3])
    }

    /// What other layers with the same weights give when they train.
    private static func truth(
        _ model: Sequential<Float>, _ x: Tensor<Float>, from make: () throws -> Sequential<Float> = { try network() }
    ) throws -> [UInt32] {
        let other = try make()
        for (a, b) in zip(other.parameters, model.parameters) { a.value = b.value }
        return try x.withView { (view) throws in
            bits(try other.forward(view, training: true).copy())
        }
    }

    private static func bits(_ x: Tensor<Float>) -> [UInt32] { x.scalars.map(\.bitPattern) }

    private static func timesMade(_ model: Sequential<Float>) throws -> [Int] {
        try names.map { try model.layer(named: $0, as: Conv2D.self).prepared.timesMade }
    }

    /// Whether this processor's convolutions can go by Winograd's way at all.
    private static let transforms = Runtime.instructionSet != .scalar && apus_get_conv_algorithm() == APUS_CONV_AUTO

    @Test(arguments: [1, 3, 8])
    func outputsHaveTheBitsOfThePassThatTrains(batch: Int) throws {
        let model = try Self.network()
        let x = try Self.images(batch)
        let expected = try Self.truth(model, x)
        #expect(Set(expected).count > batch)
        for _ in 0..<2 { #expect(Self.bits(try model.predict(x)) == expected) }
        // A product of one row sums in another order than one of several: the batch's size shows behind the dense layer.
        let features = Self.bits(try model.predict(x, upTo: "padded"))
        #expect(Self.bits(try model.predict(x, upTo: "padded", batchSize: 2)) == features)
        if Self.transforms { #expect(try Self.timesMade(model) == [1, 1, 1]) }
    }

    @Test func anEmptyBatchPreparesNothingNew() throws {
        let model = try Self.network()
        #expect(try model.predict(Self.images(2)).shape == [2, 5])
        let made = try Self.timesMade(model)
        let none = try Tensor<Float>(zeros: [0, 21, 19, 3]).withView { (view) throws in try model.forward(view).shape }
        #expect(none == [0, 5])
        #expect(Self.bits(try model.predict(Self.images(2))) == (try Self.truth(model, Self.images(2))))
        #expect(try Self.timesMade(model) == made)
    }

    /// The ways to change weights.
    enum Change: String, CaseIterable {
        case sgd, adam, rmsprop, assignment, element, view, initialization, file, copyByName, unfreezing, replacement
    }

    @Test(arguments: Change.allCases)
    func changedWeightsAreUsed(change: Change) throws {
        let model = try Self.network()
        let x = try Self.images(4), labels = Tensor<Int32>([0, 1, 2, 3], shape: [4])
        let before = Self.bits(try model.predict(x))
        func train(_ optimizer: any Optimizer) throws {
            try model.fit(x, labels, loss: SparseCategoricalCrossEntropy(), optimizer: optimizer, epochs: 1, batchSize: 4)
        }
        let layer = try model.layer(named: "soft", as: Conv2D.self)
        switch change {
        case .sgd: try train(SGD(learningRate: 0.1))
        case .adam: try train(Adam(learningRate: 0.01))
        case .rmsprop: try train(RMSprop(learningRate: 0.01))
        case .assignment: layer.kernel.value = try Self.network(seed: 8).layer(named: "soft", as: Conv2D.self).kernel.value
        case .element: layer.kernel.value[1, 2, 3, 4] += 1
        case .view: layer.kernel.mutableView.buffer[77] += 1
        case .initialization: layer.kernel.initialize(Tensor(repeating: 0.01, shape: layer.kernel.value.shape))
        case .file:
            let folder = try ScratchFolder()
            try Self.network(seed: 8).saveWeights(to: folder.file("w"))
            try model.loadWeights(from: folder.file("w"))
        case .copyByName:
            let other = try Self.network(seed: 8)
            for (name, parameter) in model.namedParameters {
                parameter.value = try #require(other.namedParameters.first { $0.name == name }).parameter.value
            }
        case .unfreezing:
            model.freeze(first: 5)
            try train(SGD(learningRate: 0.1))
            #expect(Self.bits(try model.predict(x)) == (try Self.truth(model, x)))
            if Self.transforms { #expect(try Self.timesMade(model) == [1, 1, 1]) }
            model.unfreeze()
            try train(SGD(learningRate: 0.1))
        case .replacement:
            try model.replace(
                "soft", with: Conv2D(20, kernelSize: 3, padding: .same, activation: .softplus).named("soft"))
        }
        let after = Self.bits(try model.predict(x))
        #expect(after != before)
        #expect(after == (try Self.truth(model, x)))
    }

    @Test func whoeverHoldsAValueDoesNotDisturb() throws {
        let model = try Self.network()
        let x = try Self.images(2)
        let kernel = try model.layer(named: "soft", as: Conv2D.self).kernel
        let before = Self.bits(try model.predict(x))
        let revision = kernel.revision
        var kept = kernel.value
        kept[0, 0, 0, 0] = 100
        #expect(kernel.revision == revision)
        #expect(Self.bits(try model.predict(x)) == before)
        kernel.value = kept
        #expect(kernel.revision != revision)
        #expect(Self.bits(try model.predict(x)) == (try Self.truth(model, x)))
    }

    @Test(.enabled(if: transforms)) func anEvaluationPreparesOnce() throws {
        let model = try Self.network()
        let x = try Self.images(12), labels = Tensor((0..<12).map { Int32($0 % 5) }, shape: [12])
        try model.fit(
            x, labels, loss: SparseCategoricalCrossEntropy(), optimizer: SGD(learningRate: 0.01), epochs: 3, batchSize: 4,
            validation: (x, labels))
        // Three batches each, of which the first finds the weights changed.
        #expect(try Self.timesMade(model) == [3, 3, 3])
    }

    @Test func frozenLayersTrainTheRestAsBefore() throws {
        let x = try Self.images(4)
        // The head alone, on features that the unfused pass gives.
        let whole = try Self.network(), head = try Self.network()
        let features = try Sequential<Float>(input: [21, 19, 3], layers: Array(whole.layers.dropLast(2)))
        let top = try Sequential<Float>(input: features.outputShape, layers: Array(head.layers.suffix(2)))
        func gradients(_ model: Sequential<Float>, _ x: TensorView<Float>) throws -> [[UInt32]] {
            let output = try model.forward(x, training: true)
            let slope = model.outputGradient
            for i in 0..<output.count { slope.buffer[i] = Float(i % 3) - 1 }
            try model.backward()
            return model.trainableParameters.map { Self.bits($0.gradient) }
        }
        let expected = try x.withView { (view) throws in try gradients(top, features.forward(view, training: true)) }
        #expect(expected.count == 2 && Set(expected[0]).count > 10)
        whole.freeze(first: 7)
        try x.withView { (view) throws in
            for _ in 0..<3 { #expect(try gradients(whole, view) == expected) }
        }
        if Self.transforms { #expect(try Self.timesMade(whole) == [1, 1, 1]) }
        #expect(try whole.layer(named: "soft", as: Conv2D.self).kernel.gradient.count == 0)
    }

    @Test(.enabled(if: transforms)) func aFrozenLayerInTheMiddleIsNotPooledAway() throws {
        let model = try Self.network()
        try model.freeze(["pooled", "soft"])
        let other = try Self.network()
        let x = try Self.images(3)
        func gradients(_ model: Sequential<Float>) throws -> [UInt32] {
            try x.withView { (view) throws in
                let output = try model.forward(view, training: true)
                let slope = model.outputGradient
                for i in 0..<output.count { slope.buffer[i] = Float(i % 3) - 1 }
                try model.backward()
                return Self.bits(try model.layer(named: "first", as: Conv2D.self).kernel.gradient)
            }
        }
        #expect(try gradients(model) == gradients(other))
        #expect(try Self.timesMade(model) == [1, 1, 0])
        #expect(try Self.timesMade(other) == [0, 0, 0])
    }

    // MARK: Pooling

    @Test func everyLayerIsSeenByItself() throws {
        let model = try Self.network()
        let x = try Self.images(2)
        var shapes: [Shape] = []
        for place in model.layers.indices {
            let layers = try Array(Self.network().layers[...place])
            let found = try model.predict(x, upTo: model.layers[place].name)
            let expected = try Self.truth(
                Sequential(input: [21, 19, 3], layers: Array(model.layers[...place])), x,
                from: { try Sequential(input: [21, 19, 3], layers: layers) })
            #expect(Self.bits(found) == expected, "\(model.layers[place].name)")
            shapes.append(found.shape.droppingFirst())
        }
        #expect(shapes == model.outputShapes)
        #expect(throws: ModelError.self) { try model.predict(x, upTo: "none") }
    }

    private static func poolsNext(_ layers: [any Layer], training: Bool = false, firstBackward: Int? = nil) throws -> [Bool] {
        let model = try Sequential<Float>(input: [21, 20, 16], layers: layers)
        return try ExecutionPlan(
            layers: model.layers, inputShape: model.inputShape,
            key: .init(
                batch: 2, isTraining: training, firstBackward: firstBackward ?? layers.count, wantsInputGradient: false,
                revision: 0)
        ).nodes.map(\.poolsNext)
    }

    @Test(.enabled(if: transforms)) func onlyHalvingByTheLargestIsFused() throws {
        func convolution(_ activation: Activation = .relu) -> Conv2D {
            Conv2D(16, kernelSize: 3, padding: .same, activation: activation)
        }
        #expect(try Self.poolsNext([convolution(), MaxPool2D()]) == [true, false])
        #expect(try Self.poolsNext([convolution(.linear), MaxPool2D()]) == [true, false])
        #expect(try Self.poolsNext([convolution(), MaxPool2D(), convolution(), MaxPool2D()]) == [true, false, true, false])
        // 21 rows are padded to 22, which is no plain pooling.
        #expect(try Self.poolsNext([convolution(), MaxPool2D((2, 2), padding: .same)]) == [false, false])
        #expect(try Self.poolsNext([convolution(), AveragePool2D()]) == [false, false])
        #expect(try Self.poolsNext([convolution(), MaxPool2D((3, 3))]) == [false, false])
        #expect(try Self.poolsNext([convolution(), MaxPool2D((2, 2), strides: (1, 1))]) == [false, false])
        #expect(try Self.poolsNext([convolution(.gelu), MaxPool2D()]) == [false, false])
        #expect(try Self.poolsNext([convolution(), Dropout(0.1), MaxPool2D()]) == [false, false, false])
        #expect(try Self.poolsNext([Conv2D(16, kernelSize: 1), MaxPool2D()]) == [false, false])
        #expect(try Self.poolsNext([convolution()]) == [false])
        // In training only below the first layer that trains.
        let layers: [any Layer] = [convolution(), MaxPool2D(), convolution(), MaxPool2D()]
        #expect(try Self.poolsNext(layers, training: true, firstBackward: 2) == [true, false, false, false])
        #expect(try Self.poolsNext(layers, training: true, firstBackward: 0) == [false, false, false, false])
    }

    @Test(.enabled(if: transforms)) func pooledOutputsTakeNoMemory() throws {
        func bytes(_ pool: any Layer) throws -> Int {
            let model = try Sequential<Float>(input: [64, 64, 16], layers: [Conv2D(16, kernelSize: 3, padding: .same), pool])
            _ = try model.predict(Tensor(zeros: [8, 64, 64, 16]))
            return model.arenaByteCount
        }
        let outputs = 8 * 64 * 64 * 16 * 4
        #expect(try bytes(AveragePool2D()) - bytes(MaxPool2D()) == outputs)
    }

    @Test func aNotANumberWinsItsWindows() throws {
        let model = try Self.network(), x = try Self.images(1)
        let poisoned = Tensor(x.scalars.enumerated().map { $0 == 300 ? Float.nan : $1 }, shape: x.shape)
        let fused = try model.predict(poisoned, upTo: "pool"), plain = try model.predict(poisoned, upTo: "pooled")
        var count = 0
        for row in 0..<10 {
            for column in 0..<9 {
                for channel in 0..<24 {
                    let window = [(0, 0), (0, 1), (1, 0), (1, 1)].map { plain[0, 2 * row + $0, 2 * column + $1, channel] }
                    let found = fused[0, row, column, channel]
                    if window.contains(where: \.isNaN) {
                        #expect(found.isNaN)
                        count += 1
                    } else {
                        #expect(found == window.max())
                    }
                }
            }
        }
        #expect(count > 0 && count < 10 * 9 * 24)
    }

    // MARK: Threads

    @Test func modelsThatShareLayersRunAtOnce() throws {
        let model = try Self.network(), x = try Self.images(3)
        let kernel = try model.layer(named: "soft", as: Conv2D.self).kernel
        for round in 0..<8 {
            kernel.mutableView.buffer[round] += 0.5
            let expected = try Self.truth(model, x)
            let models = try (0..<4).map { _ in
                try Sequential<Float>(input: model.inputShape, layers: model.layers)
            }
            // Each model is used by one thread; the layers are shared by all.
            nonisolated(unsafe) let shared = models
            nonisolated(unsafe) var found = [[UInt32]?](repeating: nil, count: 4)
            let lock = NSLock()
            DispatchQueue.concurrentPerform(iterations: 4) { i in
                let outputs = (try? shared[i].predict(x)).map { Self.bits($0) }
                lock.withLock { found[i] = outputs }
            }
            #expect(found.allSatisfy { $0 == expected })
        }
        if Self.transforms { #expect(try Self.timesMade(model) == [1, 8, 1]) }
    }
}

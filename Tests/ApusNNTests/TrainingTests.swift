import ApusCore
import Testing

@testable import ApusNN

/// Two networks whose outputs add up, each with an input of its own: what a user's model looks like.
private final class TwoBranches: Model {
    struct Batch {
        var left: TensorView<Float>
        var right: TensorView<Float>
        var target: TensorView<Float>
    }

    let left: Sequential<Float>, right: Sequential<Float>
    let metricNames = ["absolute"]

    init() throws {
        left = try Sequential(input: [2], seed: 1) { Dense(4, activation: .tanh); Dense(1) }
        right = try Sequential(input: [1], seed: 2) { Dense(1) }
    }

    var namedParameters: [(name: String, parameter: Parameter)] {
        left.namedParameters.map { ("left/\($0.name)", $0.parameter) }
            + right.namedParameters.map { ("right/\($0.name)", $0.parameter) }
    }
    var trainableParameters: [Parameter] { left.trainableParameters + right.trainableParameters }

    private func run(_ batch: Batch, training: Bool, step: UInt64) throws -> BatchResult {
        let a = try left.forward(batch.left, training: training, step: step)
        let b = try right.forward(batch.right, training: training, step: step)
        var result = BatchResult(itemCount: a.count)
        for i in 0..<a.count {
            let error = a.buffer[i] + b.buffer[i] - batch.target.buffer[i]
            result.lossSum += Double(error * error)
            result.metricSums[0] += Double(abs(error))
            if training {
                left.outputGradient.buffer[i] = 2 * error / Float(a.count)
                right.outputGradient.buffer[i] = 2 * error / Float(a.count)
            }
        }
        if training {
            try left.backward()
            try right.backward()
        }
        return result
    }

    func trainingStep(_ batch: Batch, step: UInt64) throws -> BatchResult { try run(batch, training: true, step: step) }
    func evaluationStep(_ batch: Batch) throws -> BatchResult { try run(batch, training: false, step: 0) }
}

/// Items made when they are asked for; remembers which.
private final class MadeItems: BatchSource {
    let itemCount: Int
    var asked: [[Int]] = []
    var epochs: [Int] = []

    init(_ count: Int) { itemCount = count }

    func withBatch<Result>(
        _ indices: UnsafeBufferPointer<Int>, epoch: Int, _ body: (TwoBranches.Batch) throws -> Result
    ) throws -> Result {
        asked.append(Array(indices))
        epochs.append(epoch)
        let left = Tensor(indices.flatMap { [Float($0 % 5) / 5, Float($0 % 3) / 3] }, shape: [indices.count, 2])
        let right = Tensor(indices.map { Float($0 % 7) / 7 }, shape: [indices.count, 1])
        let target = Tensor(indices.map { Float($0 % 5) / 5 - 2 * Float($0 % 7) / 7 }, shape: [indices.count, 1])
        return try left.withView { l in
            try right.withView { r in
                try target.withView { t in try body(TwoBranches.Batch(left: l, right: r, target: t)) }
            }
        }
    }
}

@Suite struct TrainingTests {
    @Test func exclusiveOrIsLearned() throws {
        let x = Tensor<Float>([0, 0, 0, 1, 1, 0, 1, 1], shape: [4, 2]), y = Tensor<Float>([0, 1, 1, 0], shape: [4, 1])
        let model = try Sequential<Float>(input: [2], seed: 3) {
            Dense(8, activation: .tanh)
            Dense(1, activation: .sigmoid)
        }
        let history = try model.fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: Adam(learningRate: 0.05), metrics: [BinaryAccuracy()],
            epochs: 200, batchSize: 4)
        #expect(history.epochs.count == 200)
        #expect(try #require(history["loss"].first) > 0.5)
        #expect(try #require(history.last?["loss"]) < 0.05 && history.last?["accuracy"] == 1)
        let outputs = try model.predict(x).scalars
        #expect(outputs.map { $0 > 0.5 } == [false, true, true, false])
    }

    @Test func classesAreLearnedFromLabels() throws {
        var random = RandomStream(seed: 9)
        let x = try random.normal(shape: [120, 2])
        let labels = x.scalars.indices.filter { $0 % 2 == 0 }.map { i -> Int32 in
            x.scalars[i] > 0.3 ? 2 : x.scalars[i + 1] > 0 ? 1 : 0
        }
        let model = try Sequential<Float>(input: [2], seed: 3) { Dense(16, activation: .relu); Dense(3, activation: .softmax) }
        let history = try model.fit(
            x, Tensor(labels), loss: SparseCategoricalCrossEntropy(), optimizer: RMSprop(learningRate: 0.02),
            metrics: [SparseCategoricalAccuracy()], epochs: 40, batchSize: 16)
        #expect(try #require(history.last?["accuracy"]) > 0.93)
    }

    private func train(seed: UInt64, threads: Int? = nil) throws -> [String: [UInt32]] {
        let before = Runtime.threads
        if let threads { try Runtime.use(threads: threads) }
        defer { try? Runtime.use(threads: before) }
        let (x, y) = try twoClasses(100)
        let model = try smallNetwork(seed: seed)
        try model.fit(x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), epochs: 3, batchSize: 16)
        return bits(model.namedParameters)
    }

    /// A batch of more items than there are is one of them all.
    @Test func settingsOfAnySizeDoNotOverflow() throws {
        let (x, y) = try twoClasses(10)
        func train(epochs: Int, batchSize: Int) throws -> ([History.Epoch], [String: [UInt32]]) {
            let model = try smallNetwork()
            let history = try model.fit(
                x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), epochs: epochs, batchSize: batchSize,
                validation: (x, y), callbacks: [LambdaCallback(epochEnd: { run, _ in if run.epoch == 1 { run.stop() } })])
            #expect(try model.evaluate(x, y, loss: BinaryCrossEntropy(), batchSize: batchSize)["loss"] != nil)
            #expect(try model.predict(x, batchSize: batchSize).count == 10)
            return (timeless(history), bits(model.namedParameters))
        }
        let (history, weights) = try train(epochs: .max, batchSize: .max)
        let (expectedHistory, expectedWeights) = try train(epochs: 2, batchSize: 10)
        #expect(history == expectedHistory && weights == expectedWeights)
    }

    @Test func aSeedFixesEverything() throws {
        #expect(try train(seed: 7) == train(seed: 7))
        #expect(try train(seed: 7) != train(seed: 8))
    }

    @Test func threadsDoNotChangeABit() throws { #expect(try train(seed: 7, threads: 1) == train(seed: 7, threads: 2)) }

    @Test func aModelOfBranchesTrains() throws {
        let model = try TwoBranches(), source = MadeItems(50), before = bits(model.namedParameters)
        let first = try model.evaluate(source)
        let history = try model.fit(
            source, epochs: 60, batchSize: 8, optimizer: Adam(learningRate: 0.02), validation: MadeItems(10))
        let after = bits(model.namedParameters)
        for name in before.keys { #expect(before[name] != after[name], "\(name)") }
        #expect(try #require(history.last?["val_loss"]) < 0.05 * (first["loss"] ?? 0))
        #expect(history.last?.names == ["loss", "absolute", "val_loss", "val_absolute"])
    }

    @Test func everyEpochSeesEveryItemOnceInAnOrderOfItsOwn() throws {
        let source = MadeItems(21)
        try TwoBranches().fit(source, epochs: 3, batchSize: 8, optimizer: SGD(), seed: 5)
        #expect(source.asked.map(\.count) == [8, 8, 5, 8, 8, 5, 8, 8, 5])
        #expect(source.epochs == [0, 0, 0, 1, 1, 1, 2, 2, 2])
        let epochs = (0..<3).map { Array(source.asked[($0 * 3)..<($0 * 3 + 3)].joined()) }
        for epoch in epochs { #expect(epoch.sorted() == Array(0..<21)) }
        #expect(Set(epochs).count == 3)
        let plain = MadeItems(21)
        try TwoBranches().fit(plain, epochs: 1, batchSize: 8, optimizer: SGD(), shuffle: false)
        #expect(Array(plain.asked.joined()) == Array(0..<21))
    }

    @Test func figuresAreMeansOverTheItems() throws {
        let (x, y) = try twoClasses(50), (vx, vy) = try twoClasses(13, seed: 6)
        let model = try Sequential<Float>(input: [3], seed: 1) { Dense(1, activation: .sigmoid) }
        // A rate of 0 leaves the model as it is, so training and evaluation see the same one.
        let history = try model.fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: SGD(learningRate: 0), metrics: [BinaryAccuracy()], epochs: 1,
            batchSize: 16, validation: (vx, vy))
        let last = try #require(history.last)
        let train = try model.evaluate(x, y, loss: BinaryCrossEntropy(), metrics: [BinaryAccuracy()], batchSize: 7)
        let held = try model.evaluate(vx, vy, loss: BinaryCrossEntropy(), metrics: [BinaryAccuracy()], batchSize: 13)
        for name in ["loss", "accuracy"] {
            #expect(abs((last[name] ?? .nan) - (train[name] ?? .nan)) < 1e-6)
            #expect(abs((last["val_" + name] ?? .nan) - (held[name] ?? .nan)) < 1e-6)
        }
        let p = try model.predict(x).scalars
        let right = zip(p, y.scalars).filter { ($0 > 0.5) == ($1 == 1) }.count
        #expect(abs((train["accuracy"] ?? .nan) - Double(right) / 50) < 1e-12)
    }

    @Test func weightsOfItemsCount() throws {
        let (x, y) = try twoClasses(20)
        func train(_ weights: [Float]?) throws -> [String: [UInt32]] {
            let model = try Sequential<Float>(input: [3], seed: 1) { Dense(1, activation: .sigmoid) }
            try model.fit(
                x, y, loss: BinaryCrossEntropy(), optimizer: SGD(learningRate: 1), epochs: 2, batchSize: 6,
                weights: weights.map { Tensor($0) })
            return bits(model.namedParameters)
        }
        let untrained = try Sequential<Float>(input: [3], seed: 1) { Dense(1, activation: .sigmoid) }
        #expect(try train(Array(repeating: 0, count: 20)) == bits(untrained.namedParameters))
        #expect(try train(Array(repeating: 1, count: 20)) == train(nil))
        #expect(try train((0..<20).map { Float($0) / 10 }) != train(nil))
    }

    @Test func aFrozenModelIsLeftAlone() throws {
        let (x, y) = try twoClasses(20)
        let model = try Sequential<Float>(input: [3], seed: 1) { Dense(4, activation: .relu); Dense(1, activation: .sigmoid) }
        model.freeze(first: 2)
        let before = bits(model.namedParameters)
        try model.fit(x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), epochs: 1)
        #expect(bits(model.namedParameters) == before)
        model.freeze(first: 1)
        try model.fit(x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), epochs: 1)
        let after = bits(model.namedParameters)
        #expect(after["dense/kernel"] == before["dense/kernel"] && after["dense_1/kernel"] != before["dense_1/kernel"])
    }

    @Test func predictionsDoNotDependOnTheBatch() throws {
        let (x, _) = try twoClasses(33), model = try smallNetwork()
        let whole = try model.predict(x, batchSize: 64)
        #expect(whole.shape == [33, 1])
        for size in [1, 7, 33] {
            for (a, b) in zip(try model.predict(x, batchSize: size).scalars, whole.scalars) { #expect(abs(a - b) < 1e-6) }
        }
        #expect(try model.predict(Tensor(zeros: [0, 3])).shape == [0, 1])
    }

    @Test func dataThatDoesNotFitIsAnError() throws {
        let (x, y) = try twoClasses(20), model = try smallNetwork()
        let before = bits(model.namedParameters)
        func fit(_ x: Tensor<Float>, _ y: Tensor<Float>, batchSize: Int = 4) throws {
            try model.fit(x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), batchSize: batchSize)
        }
        #expect(throws: ModelError.itemCount(what: "targets", expected: 20, found: 19)) { try fit(x, y.rows(0..<19)) }
        #expect(throws: ModelError.inputShape(expected: [3], found: [2])) { try fit(Tensor(zeros: [20, 2]), y) }
        #expect(throws: ModelError.self) { try fit(x, Tensor(zeros: [20, 2])) }
        #expect(throws: TrainingError.noItems) { try fit(Tensor(zeros: [0, 3]), Tensor(zeros: [0, 1])) }
        #expect(throws: TrainingError.self) { try fit(x, y, batchSize: 0) }
        #expect(throws: ModelError.inputShape(expected: [3], found: [2])) { try model.predict(Tensor(zeros: [20, 2])) }
        #expect(throws: ModelError.self) {
            try model.fit(
                x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), validation: (x, Tensor(zeros: [20, 2])))
        }
        #expect(bits(model.namedParameters) == before)
    }

    /// Batches are gathered in the order asked for, with weights.
    @Test func dataSetsGatherRows() throws {
        let data = try TensorDataset(
            inputs: Tensor((0..<12).map { Float($0) }, shape: [6, 2]), targets: Tensor([Int32]([0, 1, 2, 3, 4, 5])),
            weights: Tensor([0, 10, 20, 30, 40, 50]))
        for order in [[4, 0, 5], [1, 2, 3], [3], [5, 4, 3, 2, 1, 0], [2, 2]] {
            let found = try order.withUnsafeBufferPointer { indices in
                try data.withBatch(indices, epoch: 0) { batch in
                    (batch.inputs.copy(), batch.targets.copy(), batch.weights?.copy())
                }
            }
            #expect(found.0 == Tensor(order.flatMap { [Float(2 * $0), Float(2 * $0 + 1)] }, shape: [order.count, 2]))
            #expect(found.1 == Tensor(order.map { Int32($0) }))
            #expect(found.2 == Tensor(order.map { Float(10 * $0) }))
        }
    }
}

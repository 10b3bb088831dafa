import ApusCore
import Testing

@testable import ApusNN

/// The last batch of an epoch is as small as what is left, and runs in memory that was planned for a full one.
@Suite struct ShortBatchTests {
    private static let words = 40

    /// The kinds of layers of a text classifier, small.
    private static func network() throws -> Sequential<Int32> {
        try Sequential<Int32>(input: [36], seed: 5) {
            Embedding(vocabulary: words, width: 32)
            Conv1D(32, kernelSize: 5, activation: .relu)
            Conv1D(32, kernelSize: 3, activation: .relu)
            MaxPool1D()
            Flatten()
            Dense(20, activation: .relu)
            BatchNormalization()
            Dense(1, activation: .sigmoid)
        }
    }

    private static func items(_ count: Int) -> (Tensor<Int32>, Tensor<Float>) {
        var random = RandomStream(seed: 8)
        let x = (0..<count * 36).map { _ in Int32.random(in: 0..<Int32(words), using: &random) }
        return (Tensor(x, shape: [count, 36]), Tensor((0..<count).map { Float($0 % 2) }, shape: [count, 1]))
    }

    /// Two epochs of batches of 64 whose last one has `rest` items.
    private static func weights(rest: Int, planned: Int) throws -> [String: [UInt32]] {
        let model = try network()
        // A plan for this many items is made first, and kept, being the larger one.
        let (warm, _) = items(planned)
        try warm.withView { _ = try model.forward($0, training: true, step: 0) }
        for layer in model.layers {
            guard let layer = layer as? BatchNormalization else { continue }
            layer.movingMean.value = Tensor(zeros: [20])
            layer.movingVariance.value = Tensor(repeating: 1, shape: [20])
        }
        let (x, y) = items(128 + rest)
        try model.fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), epochs: 2, batchSize: 64, shuffle: true, seed: 3)
        try model.gatherBatchStatistics(x, batchSize: 64)
        return bits(model.namedParameters)
    }

    @Test(arguments: [1, 6, 30, 63])
    func memoryPlannedForMoreItemsChangesNothing(rest: Int) throws {
        #expect(try Self.weights(rest: rest, planned: 64) == Self.weights(rest: rest, planned: 200))
    }

    /// What a batch of 64 left in the memory is not read by the smaller one after it.
    @Test(arguments: [1, 6, 30, 63])
    func aShortBatchGivesWhatItGivesAlone(rest: Int) throws {
        let (x, _) = Self.items(64 + rest)
        let both = try Self.network().predict(x, batchSize: 64)
        let alone = try x.withView { (view) throws in
            let model = try Self.network()
            return Array(try model.forward(view.rows(64..<64 + rest)).buffer)
        }
        #expect(Array(both.scalars[64...]) == alone)
        #expect(Set(alone).count > rest / 2, "outputs all alike would show nothing")
    }
}

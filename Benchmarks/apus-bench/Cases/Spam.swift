import ApusCore
import ApusModels
import ApusNN

/// The article's spam network on random comments: an epoch of training, and judging many.
func spamCases() -> [Case] {
    let vocabulary = 4002
    func data(_ comments: Int) -> (indices: Tensor<Int32>, labels: Tensor<Float>) {
        var stream = RandomStream(seed: 3)
        let indices = (0..<(comments * ReferenceSpamModel.length)).map { _ in
            Int32.random(in: 0..<Int32(vocabulary), using: &stream)
        }
        let labels = (0..<comments).map { _ in Float(Int.random(in: 0...1, using: &stream)) }
        return (
            Tensor(indices, shape: [comments, ReferenceSpamModel.length]), Tensor(labels, shape: [comments, 1])
        )
    }
    return [
        Case("spam_cnn_epoch", family: "spam", runs: 3) {
            let network = try ReferenceSpamModel.network(vocabulary: vocabulary, seed: 1)
            let (indices, labels) = data(1586)
            let optimizer = Adam()
            return Work(
                wrong: 2,
                // Random labels teach nothing, but the loss stays near log 2 while training works.
                error: {
                    try network.evaluate(indices, labels, loss: BinaryCrossEntropy(), batchSize: 64)["loss"] ?? .infinity
                },
                run: {
                    _ = try network.fit(
                        indices, labels, loss: BinaryCrossEntropy(), optimizer: optimizer, metrics: [BinaryAccuracy()],
                        epochs: 1, batchSize: 64)
                })
        },
        Case("spam_cnn_predict_100k", family: "spam", runs: 3) {
            let network = try ReferenceSpamModel.network(vocabulary: vocabulary, seed: 1)
            let (indices, _) = data(100_000)
            var last: [Float] = []
            return Work(
                wrong: 0,
                error: { last.allSatisfy { $0 > 0 && $0 < 1 } ? 0 : 1 },
                run: { last = try network.predict(indices, batchSize: 64).scalars })
        },
    ]
}

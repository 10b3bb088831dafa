import ApusCore
import ApusModels
import ApusNN

/// The article's spam network on random comments.
func spamCases() -> [Case] {
    let comments = 1586, vocabulary = 4002
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
        Case("spam_cnn_epoch", runs: 5) {
            let network = try ReferenceSpamModel.network(vocabulary: vocabulary, seed: 1)
            let (indices, labels) = data(comments)
            let optimizer = Adam()
            return {
                try network.fit(
                    indices, labels, loss: BinaryCrossEntropy(), optimizer: optimizer, metrics: [BinaryAccuracy()],
                    epochs: 1, batchSize: 64)
            }
        },
        Case("spam_cnn_predict_100k", runs: 3) {
            let network = try ReferenceSpamModel.network(vocabulary: vocabulary, seed: 1)
            let (indices, _) = data(100_000)
            return { _ = try network.predict(indices, batchSize: 64) }
        },
    ]
}

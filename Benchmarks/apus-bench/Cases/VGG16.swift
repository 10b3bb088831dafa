import ApusCore
import ApusModels
import ApusNN

/// VGG16 with random weights: inference of 1 and 16 images, and a training step of 16, by Adam, of all layers, the
/// dense ones and the last one.
func vgg16Cases() -> [Case] {
    [1, 16].map { batch in
        Case("vgg16_infer_b\(batch)", family: "vgg16", runs: 3) {
            let model = try vgg16(seed: 1)
            let x = try images(batch)
            var last: [Float] = []
            return Work(
                // Rows of a softmax.
                error: { abs(last.reduce(0) { $0 + Double($1) } - Double(batch)) },
                run: { last = try model.predict(x, batchSize: batch).scalars })
        }
    } + ["all", "dense", "last"].map { trained in
        Case("vgg16_train_\(trained)_b16", family: "vgg16_training", runs: 3) {
            let model = try vgg16(classes: 2, seed: 1)
            let frozen = ["all": 0, "dense": 3, "last": 1][trained]!
            if frozen > 0 { model.freeze(first: model.layers.count - frozen) }
            let x = try images(16), labels = Tensor((0..<16).map { Int32($0 % 2) }, shape: [16])
            let optimizer = Adam()
            var loss = Double.infinity
            return Work(
                wrong: 100,
                error: { loss.isFinite ? loss : .infinity },
                run: {
                    let history = try model.fit(
                        x, labels, loss: SparseCategoricalCrossEntropy(), optimizer: optimizer, epochs: 1, batchSize: 16)
                    loss = history.epochs.last?.figures["loss"] ?? .infinity
                })
        }
    }
}

private func images(_ batch: Int) throws -> Tensor<Float> {
    var stream = RandomStream(seed: 2)
    return try stream.uniform(0..<1, shape: [batch, 224, 224, 3])
}

import ApusCore

extension Sequential {
    /// Gives every trainable ``BatchNormalization`` the statistics of `inputs` under the weights as they are now.
    ///
    /// While a network trains, the moving statistics follow weights that keep changing, and after a short
    /// training they may suit none of them. This takes their place by the mean over batches of the batches'
    /// own statistics, with the weights held still: lines 8 to 11 of algorithm 2 of Ioffe and Szegedy (2015),
    /// with the biased variance. Layers before are normalized by their batches meanwhile, as in training.
    /// - Parameters:
    ///   - inputs: `[items] + inputShape`, in random order, so that each batch is a fair sample.
    ///   - batchSize: how many items share statistics; the training's.
    /// - Throws: ``ModelError/inputShape(expected:found:)``; what a layer throws.
    public func gatherBatchStatistics(_ inputs: Tensor<InputScalar>, batchSize: Int = 32) throws {
        precondition(batchSize > 0, "batches of \(batchSize) items")
        let normalizations = layers.compactMap { $0 as? BatchNormalization }.filter(\.isTrainable)
        guard !normalizations.isEmpty, inputs.shape.rank > 0 else { return }
        defer { for layer in normalizations { layer.gatheringMomentum = nil } }
        try inputs.withView { view in
            let items = inputs.shape[0]
            for start in stride(from: 0, to: items, by: batchSize) {
                let end = min(items, start + batchSize)
                // A running mean, each batch weighing as many items as it has; the first replaces what there was.
                for layer in normalizations { layer.gatheringMomentum = Float(start) / Float(end) }
                _ = try forward(view.rows(start..<end), training: true, step: UInt64(start))
            }
        }
    }
}

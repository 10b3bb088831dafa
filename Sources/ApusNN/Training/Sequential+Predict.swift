import ApusCore

extension Sequential {
    /// The outputs for inputs, as at inference.
    /// - Parameters:
    ///   - inputs: `[items] + inputShape`.
    ///   - batchSize: how many go through the layers at once.
    /// - Returns: `[items] + outputShape`.
    /// - Throws: ``ModelError`` for inputs of another shape; what a layer throws.
    public func predict(_ inputs: Tensor<InputScalar>, batchSize: Int = 32) throws -> Tensor<Float> {
        precondition(batchSize > 0, "batches of \(batchSize) items")
        guard inputs.shape.rank > 0, inputs.shape.droppingFirst() == inputShape else {
            throw ModelError.inputShape(
                expected: inputShape, found: inputs.shape.rank > 0 ? inputs.shape.droppingFirst() : inputs.shape)
        }
        guard !layers.isEmpty else { throw ModelError.noLayers }
        let items = inputs.shape[0], width = outputShape.elementCount
        return try Tensor(uninitialized: outputShape.prepending(items)) { (target) throws in
            guard let base = target.baseAddress else { return }
            try inputs.withView { (view) throws in
                for start in stride(from: 0, to: items, by: batchSize) {
                    let batch = try forward(view.rows(start..<min(items, start + batchSize)))
                    (base + start * width).update(from: batch.pointer, count: batch.count)
                }
            }
        }
    }

    /// The outputs of a layer on the way, as at inference.
    /// - Parameters:
    ///   - inputs: `[items] + inputShape`.
    ///   - name: the last layer that is run.
    ///   - batchSize: how many go through the layers at once.
    /// - Returns: `[items]` + the shape of that layer's outputs.
    /// - Throws: ``ModelError`` for inputs of another shape or a layer that there is not; what a layer throws.
    public func predict(_ inputs: Tensor<InputScalar>, upTo name: String, batchSize: Int = 32) throws -> Tensor<Float> {
        guard let place = layers.firstIndex(where: { $0.name == name }) else {
            throw ModelError.noSuchLayer(name: name, available: layers.map(\.name))
        }
        return try Sequential(input: inputShape, seed: seed, layers: Array(layers[...place]))
            .predict(inputs, batchSize: batchSize)
    }
}

import ApusCore

extension Sequential {
    /// Trains on inputs and targets.
    ///
    /// ```swift
    /// let history = try model.fit(
    ///     x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), metrics: [BinaryAccuracy()],
    ///     epochs: 10, batchSize: 64, progress: .bar)
    /// ```
    /// - Parameters:
    ///   - inputs: `[items] + inputShape`.
    ///   - targets: `[items] + target`.
    ///   - loss: what to make small. Its activation may be the model's last, or the model's last `.linear`.
    ///   - weights: each item's weight in the loss, `[items]`.
    ///   - validation: inputs and targets for `val_…` figures after every epoch.
    ///   - shuffle: whether every epoch has an order of its own.
    ///   - seed: fixes the orders; nil: the model's.
    ///   - resumingFrom: a checkpoint to go on from; see ``SaveCheckpoint``.
    /// - Returns: the figures of every epoch.
    /// - Throws: ``ModelError`` for data that does not fit the model; ``SerializationError`` and
    ///   `SafetensorsError` for a checkpoint that cannot be used; what callbacks throw.
    @discardableResult
    public func fit<L: Loss>(
        _ inputs: Tensor<InputScalar>, _ targets: Tensor<L.Target>, loss: L, optimizer: any Optimizer,
        metrics: [any Metric<L.Target>] = [], epochs: Int = 1, batchSize: Int = 32, weights: Tensor<Float>? = nil,
        validation: (inputs: Tensor<InputScalar>, targets: Tensor<L.Target>)? = nil, shuffle: Bool = true,
        seed: UInt64? = nil, callbacks: [any Callback] = [], progress: Progress = .none,
        resumingFrom checkpoint: String? = nil
    ) throws -> History {
        let model = try SupervisedModel(self, loss: loss, metrics: metrics)
        let source = try TensorDataset(inputs: inputs, targets: targets, weights: weights)
        try checkData(source, loss: loss)
        let held = try validation.map { try TensorDataset(inputs: $0.inputs, targets: $0.targets) }
        if let held { try checkData(held, loss: loss) }
        return try model.fit(
            source, epochs: epochs, batchSize: batchSize, optimizer: optimizer, validation: held, shuffle: shuffle,
            seed: seed ?? self.seed, callbacks: callbacks, progress: progress, resumingFrom: checkpoint)
    }

    /// The mean loss and metrics of inputs and targets, as at inference.
    /// - Throws: ``ModelError`` for data that does not fit the model.
    public func evaluate<L: Loss>(
        _ inputs: Tensor<InputScalar>, _ targets: Tensor<L.Target>, loss: L, metrics: [any Metric<L.Target>] = [],
        batchSize: Int = 32
    ) throws -> Figures {
        let model = try SupervisedModel(self, loss: loss, metrics: metrics)
        let source = try TensorDataset(inputs: inputs, targets: targets)
        try checkData(source, loss: loss)
        return try model.evaluate(source, batchSize: batchSize)
    }

    private func checkData<L: Loss>(_ data: TensorDataset<InputScalar, L.Target>, loss: L) throws {
        guard data.inputShape == inputShape else {
            throw ModelError.inputShape(expected: inputShape, found: data.inputShape)
        }
        try loss.check(output: outputShape, target: data.targetShape)
    }
}

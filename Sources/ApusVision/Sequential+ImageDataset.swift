import ApusCore
import ApusNN

extension Sequential where InputScalar == Float {
    /// Trains on pictures.
    ///
    /// ```swift
    /// try model.fit(
    ///     training, loss: SparseCategoricalCrossEntropy(), optimizer: Adam(), metrics: [SparseCategoricalAccuracy()],
    ///     epochs: 3, validation: validation, progress: .bar)
    /// ```
    /// - Parameters:
    ///   - pictures: inputs and targets; its pictures must have the size of the model's input.
    ///   - loss: what to make small. Its activation may be the model's last, or the model's last `.linear`.
    ///   - validation: pictures for `val_…` figures after every epoch.
    ///   - shuffle: whether every epoch has an order of its own.
    ///   - seed: fixes the orders; nil: the model's. The pictures' augmentation follows from their own.
    ///   - checkpoint: a file of `SaveCheckpoint` to go on from.
    /// - Returns: the figures of every epoch.
    /// - Throws: `ModelError` for pictures or classes that do not fit the model; ``ImageError`` for a broken picture, unless
    ///   those are skipped; `SerializationError` and `SafetensorsError` for a checkpoint that cannot be used; what
    ///   callbacks throw.
    @discardableResult
    public func fit<L: Loss>(
        _ pictures: ImageDataset<L.Target>, loss: L, optimizer: any Optimizer, metrics: [any Metric<L.Target>] = [],
        epochs: Int = 1, batchSize: Int = 32, validation: ImageDataset<L.Target>? = nil, shuffle: Bool = true,
        seed: UInt64? = nil, callbacks: [any Callback] = [], progress: Progress = .none,
        resumingFrom checkpoint: String? = nil
    ) throws -> History {
        let model = try SupervisedModel(self, loss: loss, metrics: metrics)
        try checkInput(pictures)
        try loss.check(output: outputShape, target: pictures.targetShape)
        if let validation {
            try checkInput(validation)
            try loss.check(output: outputShape, target: validation.targetShape)
        }
        return try model.fit(
            pictures, epochs: epochs, batchSize: batchSize, optimizer: optimizer, validation: validation, shuffle: shuffle,
            seed: seed ?? self.seed, callbacks: callbacks, progress: progress, resumingFrom: checkpoint)
    }

    /// The mean loss and metrics of pictures, as at inference.
    /// - Throws: as ``fit(_:loss:optimizer:metrics:epochs:batchSize:validation:shuffle:seed:callbacks:progress:resumingFrom:)``.
    public func evaluate<L: Loss>(
        _ pictures: ImageDataset<L.Target>, loss: L, metrics: [any Metric<L.Target>] = [], batchSize: Int = 32
    ) throws -> Figures {
        try checkInput(pictures)
        try loss.check(output: outputShape, target: pictures.targetShape)
        return try SupervisedModel(self, loss: loss, metrics: metrics).evaluate(pictures, batchSize: batchSize)
    }

    /// The outputs for pictures, as at inference.
    /// - Returns: `[used pictures] + outputShape`, and the used pictures' numbers: all, less broken ones that are skipped.
    /// - Throws: `ModelError` for pictures of another size; ``ImageError`` for a broken picture, unless those are skipped;
    ///   what a layer throws.
    public func predict<Target>(
        _ pictures: ImageDataset<Target>, batchSize: Int = 32
    ) throws -> (outputs: Tensor<Float>, items: [Int]) {
        try checkInput(pictures)
        let width = outputShape.elementCount
        var outputs = Tensor<Float>(zeros: outputShape.prepending(pictures.itemCount))
        var used: [Int] = []
        try pictures.forEachBatch(of: batchSize) { batch, items in
            if items.isEmpty { return }
            let output = try forward(batch.inputs)
            outputs.withMutableView { view in
                (view.pointer + used.count * width).update(from: output.pointer, count: output.count)
            }
            used += items
        }
        return (used.count == pictures.itemCount ? outputs : outputs.rows(0..<used.count), used)
    }

    private func checkInput<Target>(_ pictures: ImageDataset<Target>) throws {
        guard pictures.inputShape == inputShape else {
            throw ModelError.inputShape(expected: inputShape, found: pictures.inputShape)
        }
    }
}

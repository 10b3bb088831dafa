import ApusCore

/// How training shows itself on standard error.
public enum Progress: Sendable, Hashable {
    /// Not at all.
    case none
    /// A line that grows with the epoch on a terminal, a line for each epoch elsewhere.
    case bar
}

extension Model {
    /// Trains the model.
    ///
    /// The same model, data, seed and settings give the same weights, bit for bit, with any number of
    /// threads, and also when the run was stopped anywhere and resumed from a checkpoint.
    /// - Parameters:
    ///   - source: the items to train on.
    ///   - epochs: how often every item is seen.
    ///   - batchSize: how many items a step sees.
    ///   - optimizer: changes the weights.
    ///   - validation: the items that `val_…` figures are computed from after every epoch.
    ///   - shuffle: whether every epoch has an order of its own.
    ///   - seed: fixes those orders.
    ///   - callbacks: called in this order; those that change what others see come first.
    ///   - progress: what standard error shows.
    ///   - checkpoint: a file of ``SaveCheckpoint`` to go on from; `epochs` counts from the beginning.
    /// - Returns: the figures of every epoch, those before the checkpoint included.
    /// - Throws: ``TrainingError``; ``SerializationError`` and `SafetensorsError` for a checkpoint that
    ///   cannot be used; what the model, the sources and the callbacks throw.
    @discardableResult
    public func fit(
        _ source: some BatchSource<Batch>, epochs: Int = 1, batchSize: Int = 32, optimizer: any Optimizer,
        validation: (any BatchSource<Batch>)? = nil, shuffle: Bool = true, seed: UInt64 = 0,
        callbacks: [any Callback] = [], progress: Progress = .none, resumingFrom checkpoint: String? = nil
    ) throws -> History {
        guard source.itemCount > 0 else { throw TrainingError.noItems }
        guard batchSize > 0 else { throw TrainingError.invalidSetting("batchSize", reason: "is \(batchSize)") }
        guard epochs >= 0 else { throw TrainingError.invalidSetting("epochs", reason: "is \(epochs)") }
        guard metricNames.count <= MetricSums.capacity else {
            throw TrainingError.invalidSetting("metrics", reason: "are more than \(MetricSums.capacity)")
        }
        let run = TrainingRun(
            model: self, epochs: epochs, batchSize: batchSize, itemCount: source.itemCount, seed: seed,
            optimizer: optimizer, metricNames: metricNames)
        let loop = TrainingLoop(
            model: self, run: run, shuffle: shuffle, callbacks: callbacks + (progress == .bar ? [ProgressBar()] : []))
        if let checkpoint { try loop.resume(from: checkpoint) }
        return try loop.train(on: source, validation: validation)
    }

    /// The mean loss and metrics of a source, as at inference.
    /// - Throws: what the model and the source throw.
    public func evaluate(_ source: some BatchSource<Batch>, batchSize: Int = 32) throws -> Figures {
        precondition(batchSize > 0, "batches of \(batchSize) items")
        let sums = try evaluationSums(source, order: Array(0..<source.itemCount), batchSize: batchSize, epoch: 0) { true }
        var figures = Figures()
        figures.add(sums ?? BatchResult(), metricNames: metricNames)
        return figures
    }

    /// Nil if `proceed` said no between two batches.
    func evaluationSums(
        _ source: some BatchSource<Batch>, order: [Int], batchSize: Int, epoch: Int, proceed: () -> Bool
    ) throws -> BatchResult? {
        var sums = BatchResult()
        try source.prepare(order[...], batchSize: batchSize, epoch: epoch)
        return try order.withUnsafeBufferPointer { order in
            for start in stride(from: 0, to: order.count, by: batchSize) {
                guard proceed() else { return nil }
                let indices = UnsafeBufferPointer(rebasing: order[start..<min(order.count, start + batchSize)])
                sums += try source.withBatch(indices, epoch: epoch) { try evaluationStep($0) }
            }
            return sums
        }
    }
}

extension Figures {
    /// Adds the means of sums.
    mutating func add(_ sums: BatchResult, metricNames: [String], prefix: String = "") {
        self[prefix + "loss"] = sums.loss
        for (place, name) in metricNames.enumerated() { self[prefix + name] = sums.metric(place) }
    }
}

import ApusCore

/// The run through epochs and batches behind `fit`.
final class TrainingLoop<M: Model> {
    let model: M
    let run: TrainingRun
    let shuffle: Bool
    let callbacks: [any Callback]
    private var order: [Int] = []
    private var validationOrder: [Int] = []

    init(model: M, run: TrainingRun, shuffle: Bool, callbacks: [any Callback]) {
        self.model = model
        self.run = run
        self.shuffle = shuffle
        self.callbacks = callbacks
    }

    private enum Outcome { case finished, stopped, interrupted }

    func train(on source: some BatchSource<M.Batch>, validation: (any BatchSource<M.Batch>)?) throws -> History {
        if let validation { validationOrder = Array(0..<validation.itemCount) }
        try forEachCallback { try $0.trainBegin(run) }
        while run.epoch < run.epochs && !run.isStopping {
            let outcome = try trainEpoch(on: source, validation: validation)
            if outcome == .interrupted {
                run.history.isInterrupted = true
                try forEachCallback { try $0.interrupted(run) }
            }
            if outcome != .finished { break }
        }
        try forEachCallback { try $0.trainEnd(run) }
        return run.history
    }

    private func trainEpoch(
        on source: some BatchSource<M.Batch>, validation: (any BatchSource<M.Batch>)?
    ) throws -> Outcome {
        let clock = ContinuousClock()
        let start = clock.now
        arrange()
        let parameters = model.trainableParameters
        if run.batch == 0 {
            run.running = BatchResult()
            try forEachCallback { try $0.epochBegin(run) }
        }
        if run.batch < run.batchesPerEpoch {
            try source.prepare(order[(run.batch * run.batchSize)...], batchSize: run.batchSize, epoch: run.epoch)
        }
        while run.batch < run.batchesPerEpoch {
            if InterruptHandler.isRequested { return .interrupted }
            if run.isStopping { return .stopped }
            try forEachCallback { try $0.batchBegin(run) }
            let first = run.batch * run.batchSize
            let result = try order.withUnsafeBufferPointer { order in
                let indices = UnsafeBufferPointer(rebasing: order[first..<min(order.count, first + run.batchSize)])
                return try source.withBatch(indices, epoch: run.epoch) { try model.trainingStep($0, step: run.step) }
            }
            try run.optimizer.step(parameters)
            run.running += result
            run.step += 1
            run.batch += 1
            try forEachCallback { try $0.batchEnd(run) }
        }
        if InterruptHandler.isRequested { return .interrupted }

        var figures = Figures()
        figures.add(run.running, metricNames: model.metricNames)
        if let validation {
            guard let sums = try validate(validation) else { return .interrupted }
            figures.add(sums, metricNames: model.metricNames, prefix: "val_")
        }
        let elapsed = (clock.now - start).components
        run.history.epochs.append(
            History.Epoch(
                epoch: run.epoch, figures: figures, learningRate: run.optimizer.learningRate,
                seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18))
        for callback in callbacks { try callback.epochEnd(run, figures) }
        // From here on a checkpoint resumes with the next epoch.
        run.epoch += 1
        run.batch = 0
        run.running = BatchResult()
        try writeRequestedCheckpoints()
        return .finished
    }

    private func validate(_ source: some BatchSource<M.Batch>) throws -> BatchResult? {
        try model.evaluationSums(source, order: validationOrder, batchSize: run.batchSize, epoch: run.epoch) {
            !InterruptHandler.isRequested
        }
    }

    /// Lays the epoch's order out. It follows from the seed and the epoch alone.
    private func arrange() {
        if order.count != run.itemCount { order = Array(0..<run.itemCount) }
        guard shuffle else { return }
        for i in order.indices { order[i] = i }
        // A purpose of its own, for the model may draw its weights from the same seed.
        var random = RandomStream(seed: run.seed).forked(0x5EED_0E0C).forked(UInt64(run.epoch))
        order.shuffle(using: &random)
    }

    private func forEachCallback(_ body: (any Callback) throws -> Void) throws {
        for callback in callbacks { try body(callback) }
        try writeRequestedCheckpoints()
    }

    private func writeRequestedCheckpoints() throws {
        if run.requestedCheckpoints.isEmpty { return }
        for path in run.takeRequestedCheckpoints() { try saveCheckpoint(to: path) }
    }
}

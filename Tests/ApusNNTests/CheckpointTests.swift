import ApusCore
import Foundation
import Testing

@testable import ApusNN

/// A training of 40 items in batches of 6, so of 7 steps an epoch.
private struct Training {
    var optimizer: () -> any Optimizer = { Adam(learningRate: 0.05) }
    var callbacks: () -> [any Callback] = { [] }
    var seed: UInt64 = 11
    var epochs = 4
    var batchSize = 6
    var x: Tensor<Float>, y: Tensor<Float>, vx: Tensor<Float>, vy: Tensor<Float>

    init() throws {
        (x, y) = try twoClasses(40)
        (vx, vy) = try twoClasses(20, seed: 6)
    }

    func run(
        _ model: Sequential<Float>, saving path: String? = nil, everySteps: Int? = nil, haltAfter step: UInt64? = nil,
        resumingFrom checkpoint: String? = nil
    ) throws -> History {
        var all = callbacks()
        if let path { all.append(SaveCheckpoint(to: path, everySteps: everySteps)) }
        if let step { all.append(halt(afterStep: step)) }
        return try model.fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: optimizer(), metrics: [BinaryAccuracy()], epochs: epochs,
            batchSize: batchSize, validation: (vx, vy), seed: seed, callbacks: all, resumingFrom: checkpoint)
    }
}

/// The most bytes that this process may write into one file from now on.
private func limitFiles(to bytes: Int) {
    #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
        let resource = RLIMIT_FSIZE
    #endif
    var limit = rlimit()
    getrlimit(resource, &limit)
    limit.rlim_cur = rlim_t(bytes)
    setrlimit(resource, &limit)
}

@Suite struct CheckpointTests {
    /// Stopped by an error after a step and resumed in a fresh model, a run ends as if unbroken.
    private func checkResumption(_ training: Training, everySteps: Int?, haltAfter step: UInt64) throws {
        let folder = try ScratchFolder(), path = folder.file("checkpoint")
        let unbroken = try smallNetwork()
        let whole = try training.run(unbroken)
        let broken = try smallNetwork()
        #expect(throws: Halt.self) {
            try training.run(broken, saving: path, everySteps: everySteps, haltAfter: step)
        }
        // Other first weights, all of which the checkpoint must replace; the dropout's seed is the model's.
        let resumed = try smallNetwork()
        for (_, parameter) in resumed.namedParameters {
            parameter.value = Tensor(repeating: 0.5, shape: parameter.value.shape)
        }
        let rest = try training.run(resumed, resumingFrom: path)
        #expect(bits(resumed.namedParameters) == bits(unbroken.namedParameters))
        #expect(timeless(rest) == timeless(whole))
        #expect(bits(broken.namedParameters) != bits(unbroken.namedParameters))
    }

    @Test func resumedAtAnEpochsEnd() throws { try checkResumption(Training(), everySteps: nil, haltAfter: 16) }

    @Test(arguments: [1, 3, 7, 8, 13, 14, 26])
    func resumedInTheMiddleOfAnEpoch(step: UInt64) throws {
        try checkResumption(Training(), everySteps: 1, haltAfter: step + 1)
    }

    @Test func resumedWithEveryOptimizer() throws {
        let optimizers: [() -> any Optimizer] = [
            { SGD(learningRate: 0.1) }, { SGD(learningRate: 0.1, momentum: 0.9, nesterov: true, clipNorm: 0.5) },
            { RMSprop(momentum: 0.5) }, { AdamW(learningRate: 0.02, weightDecay: 0.1) },
        ]
        for optimizer in optimizers {
            var training = try Training()
            training.optimizer = optimizer
            try checkResumption(training, everySteps: 1, haltAfter: 11)
        }
    }

    @Test func resumedWithCallbacksThatRemember() throws {
        var training = try Training()
        training.epochs = 12
        training.optimizer = { Adam(learningRate: 0.3) }
        training.callbacks = {
            [
                ReduceLROnPlateau(factor: 0.5, patience: 1),
                EarlyStopping(patience: 3, restoreBestWeights: true),
                LearningRateScheduler { $0 == 9 ? 0.001 : $1 },
            ]
        }
        let whole = try training.run(smallNetwork())
        // The test means something only if both have had their say.
        #expect(Set(whole.epochs.map(\.learningRate)).count > 1 && whole.epochs.count < 12)
        for step: UInt64 in [9, 15, 24] { try checkResumption(training, everySteps: 2, haltAfter: step) }
    }

    @Test func aStoppedRunStaysStopped() throws {
        let folder = try ScratchFolder(), path = folder.file("checkpoint")
        var training = try Training()
        training.epochs = 40
        training.optimizer = { Adam(learningRate: 0.5) }
        training.callbacks = { [EarlyStopping(patience: 2, restoreBestWeights: true)] }
        let model = try smallNetwork(), resumed = try smallNetwork(seed: 1)
        let whole = try training.run(model, saving: path)
        #expect(whole.epochs.count < 40)
        let again = try training.run(resumed, resumingFrom: path)
        #expect(again == whole)
        #expect(bits(resumed.namedParameters) == bits(model.namedParameters))
    }

    @Test func moreEpochsCanBeTrained() throws {
        let folder = try ScratchFolder(), path = folder.file("checkpoint")
        var short = try Training()
        short.epochs = 2
        let model = try smallNetwork(), whole = try smallNetwork()
        _ = try short.run(model, saving: path)
        let long = try Training()
        let resumed = try smallNetwork()
        let rest = try long.run(resumed, resumingFrom: path)
        #expect(try timeless(rest) == timeless(long.run(whole)))
        #expect(bits(resumed.namedParameters) == bits(whole.namedParameters))
    }

    @Test func aCheckpointOfAnotherTrainingIsRefused() throws {
        let folder = try ScratchFolder(), path = folder.file("checkpoint")
        _ = try Training().run(smallNetwork(), saving: path)
        var seed = try Training(), batch = try Training(), optimizer = try Training(), items = try Training()
        seed.seed = 12
        batch.batchSize = 5
        optimizer.optimizer = { SGD() }
        (items.x, items.y) = try twoClasses(41)
        for training in [seed, batch, optimizer, items] {
            let model = try smallNetwork(seed: 3), before = bits(model.namedParameters)
            #expect(throws: SerializationError.self) { try training.run(model, resumingFrom: path) }
            #expect(bits(model.namedParameters) == before)
        }
        let other = try Sequential<Float>(input: [3]) { Dense(2); Dense(1, activation: .sigmoid) }
        #expect(throws: SerializationError.self) { try Training().run(other, resumingFrom: path) }
        #expect(throws: FileError.self) { try Training().run(smallNetwork(), resumingFrom: folder.file("none")) }
        // A model's file is no checkpoint, but a checkpoint has the model's weights.
        try smallNetwork().save(to: folder.file("model"))
        #expect(throws: SerializationError.self) { try Training().run(smallNetwork(), resumingFrom: folder.file("model")) }
        #expect(throws: Never.self) { try smallNetwork().loadWeights(from: path) }
    }

    @Test func hostileStatesAreErrors() throws {
        let folder = try ScratchFolder(), path = folder.file("checkpoint"), bad = folder.file("bad")
        _ = try Training().run(smallNetwork(), saving: path)
        let reader = try SafetensorsReader(path: path)
        let json = try #require(reader.metadata[TrainingState.key])
        let changes = [
            ("\"step\":28", "\"step\":18446744073709551615"), ("\"optimizerSteps\":28", "\"optimizerSteps\":9223372036854775807"),
            ("\"optimizerSteps\":28", "\"optimizerSteps\":-1"), ("\"batch\":0", "\"batch\":8"), ("\"batch\":0", "\"batch\":-1"),
            ("\"epoch\":4", "\"epoch\":-1"), ("\"epoch\":4,", "\"epoch\":9223372036854775807,"),
            ("\"runningItems\":0", "\"runningItems\":-1"), ("\"runningMetrics\":[0]", "\"runningMetrics\":[]"),
            ("\"format\":1", "\"format\":2"), ("{", "["), ("\"step\":28", "\"step\":null"),
            // A name without a value, a name twice.
            ("\"names\":[", "\"names\":[\"more\","), ("\"val_loss\"", "\"loss\""),
        ]
        let model = try smallNetwork(seed: 3), before = bits(model.namedParameters)
        for (old, new) in changes {
            let changed = json.replacingOccurrences(of: old, with: new)
            #expect(changed != json, "\(old)")
            var writer = SafetensorsWriter(metadata: [TrainingState.key: changed])
            for entry in reader.entries { writer.add(try reader.tensor(named: entry.name, of: Float.self), named: entry.name) }
            try writer.write(to: bad)
            #expect(throws: SerializationError.self, "\(old) → \(new)") { try Training().run(model, resumingFrom: bad) }
        }
        #expect(bits(model.namedParameters) == before)
    }

    @Test func aLossThatIsNotANumberIsKept() throws {
        let folder = try ScratchFolder(), path = folder.file("checkpoint")
        var training = try Training()
        training.y = Tensor(repeating: .nan, shape: training.y.shape)
        let model = try smallNetwork()
        let history = try training.run(model, saving: path)
        #expect(history["loss"].allSatisfy { $0.isNaN })
        let again = try training.run(smallNetwork(), resumingFrom: path)
        #expect(again.epochs.count == history.epochs.count && again["loss"].allSatisfy { $0.isNaN })
    }

    /// A checkpoint cut anywhere is an error, and leaves the model as it was.
    @Test func aCutCheckpointIsAnError() throws {
        let folder = try ScratchFolder(), path = folder.file("checkpoint"), cut = folder.file("cut")
        _ = try Training().run(smallNetwork(), saving: path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let model = try smallNetwork(seed: 3), before = bits(model.namedParameters)
        for length in stride(from: 0, to: bytes.count, by: 97) {
            try bytes.prefix(length).write(to: URL(fileURLWithPath: cut))
            #expect(throws: SafetensorsError.self) { try Training().run(model, resumingFrom: cut) }
        }
        #expect(bits(model.namedParameters) == before)
    }

    @Test func ctrlCEndsAtABatchAndTheRunCanGoOn() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try ScratchFolder(), path = folder.file("checkpoint")
            let training = try Training()
            let unbroken = try smallNetwork(), model = try smallNetwork()
            let whole = try training.run(unbroken)
            InterruptHandler.install()
            var interrupting = training
            interrupting.callbacks = {
                [
                    LambdaCallback(batchEnd: { run in
                        guard run.step == 10 else { return }
                        // To the process, for the thread pool's own threads block signals.
                        kill(getpid(), SIGINT)
                        while !InterruptHandler.isRequested { usleep(1000) }
                    })
                ]
            }
            let part = try interrupting.run(model, saving: path)
            precondition(part.isInterrupted && part.epochs.count == 1)
            let json = try #require(SafetensorsReader(path: path).metadata[TrainingState.key])
            let state = try TrainingState.read(json, file: path)
            precondition(state.step == 10 && state.batch == 3)
            InterruptHandler.reset()
            let resumed = try smallNetwork()
            let rest = try training.run(resumed, resumingFrom: path)
            precondition(timeless(rest) == timeless(whole) && !rest.isInterrupted)
            precondition(bits(resumed.namedParameters) == bits(unbroken.namedParameters))
            // The second signal has its default action again.
            var action = sigaction()
            sigaction(SIGINT, nil, &action)
            precondition(unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0)
        }
    }

    /// A disk that is full after n bytes, for n = 0, 512, …: the old checkpoint stays whole.
    @Test func aFullDiskLosesNothing() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try ScratchFolder(), path = folder.file("checkpoint")
            var training = try Training()
            // One checkpoint a run, so that none fits where a later and longer one does not.
            training.epochs = 1
            _ = try training.run(smallNetwork(), saving: path)
            let old = try Data(contentsOf: URL(fileURLWithPath: path))
            signal(SIGXFSZ, SIG_IGN)
            var failures = 0
            var allowed = 0
            while true {
                limitFiles(to: allowed)
                do {
                    _ = try training.run(smallNetwork(seed: 3), saving: path)
                    break
                } catch is FileError {
                    failures += 1
                    let kept = try Data(contentsOf: URL(fileURLWithPath: path))
                    precondition(kept == old)
                    precondition(folder.names == ["checkpoint"])
                }
                allowed += 512
            }
            precondition(failures > 4)
            _ = try training.run(smallNetwork(), resumingFrom: path)
        }
    }

    /// Killed in the middle of a write, at several places: the old file or the new one is there.
    @Test func aKilledWriteLeavesTheOldFile() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/apus-killed-\(getpid())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try Training().run(smallNetwork(), saving: path + "/checkpoint")
        let old = try Data(contentsOf: URL(fileURLWithPath: path + "/checkpoint"))
        await #expect(processExitsWith: .signal(SIGXFSZ)) {
            let path = FileManager.default.temporaryDirectory.path + "/apus-killed-\(getppid())/checkpoint"
            // The default action of writing past the limit is to be killed, in the middle of write(2). Whoever
            // started the tests may have ignored the signal, and the thread pool blocks it.
            signal(SIGXFSZ, SIG_DFL)
            var blocked = sigset_t()
            sigemptyset(&blocked)
            sigaddset(&blocked, SIGXFSZ)
            pthread_sigmask(SIG_UNBLOCK, &blocked, nil)
            limitFiles(to: 2048)
            _ = try Training().run(smallNetwork(seed: 3), saving: path)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/checkpoint")) == old)
        #expect(try AtomicFile.removeOrphans(in: path, olderThan: 0).count == 1)
    }
}

import ApusCore
import Foundation
import Testing

@testable import ApusNN

private struct CallbackFixtures: Decodable {
    struct Stopping: Decodable {
        var wave: String
        var monitor: String
        var patience: Int
        var minDelta: Double
        var stoppedEpoch: Int
        var bestEpoch: Int
        var best: Double?
    }
    struct Plateau: Decodable {
        var wave: String
        var monitor: String
        var patience: Int
        var minDelta: Double
        var factor: Float
        var cooldown: Int
        var minLr: Float
        var rates: [Float]
    }
    /// A null is a NaN.
    var waves: [String: [Double?]]
    var earlyStopping: [Stopping]
    var reduceLr: [Plateau]
}

private func run(epochs: Int = 100, rate: Float = 0.1, batches: Int = 1) throws -> TrainingRun {
    let model = try SupervisedModel(smallNetwork(), loss: BinaryCrossEntropy(), metrics: [BinaryAccuracy()])
    return TrainingRun(
        model: model, epochs: epochs, batchSize: 1, itemCount: batches, seed: 0, optimizer: SGD(learningRate: rate),
        metricNames: ["accuracy"])
}

/// Shows a callback made-up figures, an epoch each, until it asks for an end; the rates after each epoch.
private func drive(_ callback: any Callback, _ wave: [Double], _ name: String) throws -> [Float] {
    let run = try run()
    var rates: [Float] = []
    try callback.trainBegin(run)
    for (epoch, value) in wave.enumerated() where !run.isStopping {
        run.epoch = epoch
        var figures = Figures()
        figures[name] = value
        try callback.epochEnd(run, figures)
        rates.append(run.optimizer.learningRate)
    }
    return rates
}

@Suite struct CallbackTests {
    @Test func earlyStoppingFollowsKeras() throws {
        let fixtures = try fixture("training.json", as: CallbackFixtures.self)
        #expect(fixtures.earlyStopping.count >= 36)
        for c in fixtures.earlyStopping {
            let wave = try #require(fixtures.waves[c.wave]).map { $0 ?? .nan }
            let stopper = EarlyStopping(monitor: c.monitor, patience: c.patience, minDelta: c.minDelta)
            _ = try drive(stopper, wave, c.monitor)
            let comment: Comment = "\(c)"
            #expect(stopper.stoppedEpoch ?? 0 == c.stoppedEpoch, comment)
            #expect(stopper.bestEpoch == c.bestEpoch, comment)
            #expect(stopper.best == c.best, comment)
        }
    }

    @Test func reducingTheRateFollowsKeras() throws {
        let fixtures = try fixture("training.json", as: CallbackFixtures.self)
        #expect(fixtures.reduceLr.count >= 48)
        for c in fixtures.reduceLr {
            let wave = try #require(fixtures.waves[c.wave]).map { $0 ?? .nan }
            let reducer = ReduceLROnPlateau(
                monitor: c.monitor, factor: c.factor, patience: c.patience, minDelta: c.minDelta, cooldown: c.cooldown,
                minimum: c.minLr)
            let rates = try drive(reducer, wave, c.monitor)
            #expect(rates.count == c.rates.count)
            for (mine, theirs) in zip(rates, c.rates) { #expect(abs(mine - theirs) <= 1e-5 * theirs, "\(c)") }
        }
    }

    @Test func theDirectionFollowsFromTheName() {
        for name in ["val_accuracy", "accuracy", "val_auc", "top_acc", "recall", "val_precision", "f1"] {
            #expect(MonitorMode.auto.isMaximum(for: name))
        }
        for name in ["loss", "val_loss", "absolute"] { #expect(!MonitorMode.auto.isMaximum(for: name)) }
        #expect(MonitorMode.max.isMaximum(for: "loss") && !MonitorMode.min.isMaximum(for: "accuracy"))
    }

    @Test func aFigureThatIsNotThereIsAnError() throws {
        let (x, y) = try twoClasses(20)
        #expect(throws: TrainingError.noSuchFigure(callback: "EarlyStopping", name: "val_loss", available: ["loss"])) {
            try smallNetwork().fit(x, y, loss: BinaryCrossEntropy(), optimizer: SGD(), callbacks: [EarlyStopping()])
        }
    }

    @Test func theBestWeightsAreRestored() throws {
        let (x, y) = try twoClasses(40), (vx, vy) = try twoClasses(40, seed: 5)
        let model = try smallNetwork()
        let stopper = EarlyStopping(patience: 3, restoreBestWeights: true)
        let history = try model.fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: Adam(learningRate: 0.3), epochs: 60, batchSize: 8,
            validation: (vx, vy), callbacks: [stopper])
        #expect(history.epochs.count < 60)
        let best = try #require(history["val_loss"].min())
        #expect(history.last?["val_loss"] != best)
        #expect(stopper.bestEpoch.map { history["val_loss"][$0] } == best)
        let now = try model.evaluate(vx, vy, loss: BinaryCrossEntropy())
        #expect(now["loss"] == best)
    }

    @Test func eventsComeInOrderAndAStopEndsTheRun() throws {
        let (x, y) = try twoClasses(10)
        var events: [String] = []
        let recorder = LambdaCallback(
            trainBegin: { _ in events.append("train begin") }, epochBegin: { events.append("epoch \($0.epoch)") },
            batchEnd: { events.append("batch \($0.batch) step \($0.step)") },
            epochEnd: { run, figures in
                events.append("end \(run.epoch) \(figures.names)")
                if run.epoch == 1 { run.stop() }
            }, trainEnd: { events.append("train end \($0.history.epochs.count)") })
        try smallNetwork().fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: SGD(), epochs: 5, batchSize: 5, callbacks: [recorder])
        #expect(
            events == [
                "train begin", "epoch 0", "batch 1 step 1", "batch 2 step 2", "end 0 [\"loss\"]", "epoch 1",
                "batch 1 step 3", "batch 2 step 4", "end 1 [\"loss\"]", "train end 2",
            ])
        // In the middle of an epoch, which is then not in the history.
        let stopped = try smallNetwork().fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: SGD(), epochs: 5, batchSize: 5,
            callbacks: [LambdaCallback(batchEnd: { if $0.step == 3 { $0.stop() } })])
        #expect(stopped.epochs.count == 1 && !stopped.isInterrupted)
    }

    @Test func modelsAreSavedWhenTheyAreBest() throws {
        let folder = try ScratchFolder(), run = try run()
        let every = ModelCheckpoint(path: folder.file("every-{epoch:03}-{val_loss:.2}-{val_loss}-{other}"))
        let best = ModelCheckpoint(path: folder.file("best-{epoch}"), saveBestOnly: true)
        for (epoch, value) in [0.75, 0.5, 0.625, 0.25].enumerated() {
            run.epoch = epoch
            var figures = Figures()
            figures["val_loss"] = value
            try every.epochEnd(run, figures)
            try best.epochEnd(run, figures)
        }
        #expect(
            folder.names == [
                "best-1", "best-2", "best-4", "every-001-0.75-0.75-{other}", "every-002-0.50-0.5-{other}",
                "every-003-0.63-0.625-{other}", "every-004-0.25-0.25-{other}",
            ])
        #expect(try bits(Sequential<Float>.load(from: folder.file("best-4")).namedParameters) == bits(run.namedParameters))
    }

    @Test func theLogIsACSVFile() throws {
        let folder = try ScratchFolder(), (x, y) = try twoClasses(20)
        let history = try smallNetwork().fit(
            x, y, loss: BinaryCrossEntropy(), optimizer: SGD(learningRate: 0.5), metrics: [BinaryAccuracy(name: "a,b")],
            epochs: 3, callbacks: [CSVLogger(path: folder.file("log.csv"))])
        let lines = try String(contentsOfFile: folder.file("log.csv"), encoding: .utf8).split(separator: "\n")
        #expect(lines.first == "epoch,loss,\"a,b\",learning_rate,seconds" && lines.count == 4)
        for (row, epoch) in zip(lines.dropFirst(), history.epochs) {
            let cells = row.split(separator: ",")
            #expect(cells.count == 5 && Int(cells[0]) == epoch.epoch && Double(cells[1]) == epoch.figures["loss"])
            #expect(Double(cells[2]) == epoch.figures["a,b"] && Float(cells[3]) == 0.5)
        }
    }

    @Test func ratesAreScheduled() throws {
        let (x, y) = try twoClasses(20)
        var byStep: [Float] = [], byEpoch: [Float] = []
        func train(_ scheduler: LearningRateScheduler, _ note: @escaping (Float) -> Void) throws -> History {
            try smallNetwork().fit(
                x, y, loss: BinaryCrossEntropy(), optimizer: SGD(learningRate: 1), epochs: 2, batchSize: 10,
                callbacks: [scheduler, LambdaCallback(batchEnd: { note($0.optimizer.learningRate) })])
        }
        _ = try train(LearningRateScheduler(ExponentialDecay(initial: 1, steps: 1, rate: 0.5))) { byStep.append($0) }
        #expect(byStep == [1, 0.5, 0.25, 0.125])
        let history = try train(LearningRateScheduler { $0 == 0 ? $1 : $1 / 4 }) { byEpoch.append($0) }
        #expect(byEpoch == [1, 1, 0.25, 0.25])
        #expect(history.epochs.map(\.learningRate) == [1, 0.25])
    }

    @Test func progressIsALineForEachEpochUnlessOnATerminal() throws {
        for isTerminal in [false, true] {
            let run = try run(epochs: 2, batches: 1000)
            var text = ""
            let bar = ProgressBar(isTerminal: isTerminal) { text += $0 }
            bar.trainBegin(run)
            for epoch in 0..<2 {
                run.epoch = epoch
                run.batch = 0
                bar.epochBegin(run)
                for batch in 1...1000 {
                    run.batch = batch
                    run.running += BatchResult(itemCount: 1, lossSum: 0.5)
                    bar.batchEnd(run)
                }
                var figures = Figures()
                figures["loss"] = 0.5
                bar.epochEnd(run, figures)
            }
            let lines = text.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines[1].contains("epoch 2/2 1000/1000") && lines[1].hasSuffix("loss: 0.5000"))
            // A thousand batches in an instant are no reason for a thousand redraws.
            #expect(text.contains("\r") == isTerminal && text.count(where: { $0 == "\r" }) < 200)
        }
    }

    @Test func numbersAreWrittenWithTheirPlaces() {
        #expect(decimal(0.5, places: 4) == "0.5000" && decimal(-1.005, places: 1) == "-1.0" && decimal(12.5, places: 0) == "13")
        #expect(decimal(-0.00001, places: 2) == "0.00" && decimal(.nan, places: 2) == "nan" && decimal(1e300, places: 2) == "1e+300")
    }
}

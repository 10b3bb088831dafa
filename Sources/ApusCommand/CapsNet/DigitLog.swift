import Apus

/// Every epoch's figures as CSV: `epoch` (from 0), the means over the training images, those over the test images
/// (`val_…`), `learning_rate`, `seconds` (the epoch's, with its test), `steps` (from the beginning) and `training_seconds`
/// (those of all steps so far, as ``TrainingClock`` counts them). An epoch that was not finished is the last row.
final class DigitLog: Callback {
    private let path: String
    private let clock: TrainingClock
    private var rest: (epoch: Int, sums: BatchResult, steps: UInt64, rate: Float)?
    private var header: [String] = []
    private var rows: [[String]] = []

    /// - Parameter clock: a callback that comes before this one.
    init(path: String, clock: TrainingClock) { (self.path, self.clock) = (path, clock) }

    func trainBegin(_ run: TrainingRun) {
        let own = ["loss"] + run.metricNames
        header = ["epoch"] + own + own.map { "val_" + $0 } + ["learning_rate", "seconds", "steps", "training_seconds"]
    }

    func epochEnd(_ run: TrainingRun, _ figures: Figures) throws {
        collect(run)
        try write()
    }

    func trainEnd(_ run: TrainingRun) {
        collect(run)
        if run.batch > 0 { rest = (run.epoch, run.running, run.step, run.optimizer.learningRate) }
    }

    /// Adds a row for an epoch that was begun and not finished, with what the test images then came to.
    func finish(_ test: Figures) throws {
        if let rest {
            let sums = rest.sums
            let own = [sums.loss] + (0..<(header.count - 7) / 2).map { sums.metric($0) }
            let judged = own.indices.map { place in header[1 + own.count + place].dropFirst("val_".count) }
            rows.append(
                ["\(rest.epoch)"] + own.map { "\($0)" } + judged.map { test[String($0)].map { "\($0)" } ?? "" }
                    + ["\(rest.rate)", "", "\(rest.steps)", "\(clock.seconds)"])
        }
        try write()
    }

    private func collect(_ run: TrainingRun) {
        let names = header[1..<header.count - 4]
        rows = run.history.epochs.map { epoch in
            let end = clock.epochEnds[epoch.epoch].map { "\($0)" } ?? ""
            return ["\(epoch.epoch)"] + names.map { epoch.figures[$0].map { "\($0)" } ?? "" }
                + ["\(epoch.learningRate)", "\(epoch.seconds)", "\((epoch.epoch + 1) * run.batchesPerEpoch)", end]
        }
    }

    private func write() throws {
        try AtomicFile.write(([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined(), to: path)
    }
}

/// Writes the whole state of training to a file, from which `fit(resumingFrom:)` goes on as if it had
/// never stopped: weights, optimizer, epoch and batch, running sums, history and callbacks.
///
/// It is written after every epoch, every so many batches if asked, and when ``InterruptHandler`` ends
/// training. Each writing replaces the file as a whole, so that it is good at any time.
public final class SaveCheckpoint: Callback {
    /// Where to.
    public let path: String
    /// After how many steps it is written, beside the epochs' ends; nil: only then.
    public let everySteps: Int?

    /// - Precondition: `everySteps` is positive.
    public init(to path: String, everySteps: Int? = nil) {
        precondition(everySteps ?? 1 > 0, "a checkpoint every \(everySteps ?? 0) steps")
        self.path = path
        self.everySteps = everySteps
    }

    public func batchEnd(_ run: TrainingRun) {
        if let everySteps, run.step % UInt64(everySteps) == 0 { run.requestCheckpoint(to: path) }
    }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) { run.requestCheckpoint(to: path) }
    public func interrupted(_ run: TrainingRun) { run.requestCheckpoint(to: path) }
}

/// Writes a training's figures for TensorBoard: `tensorboard --logdir FOLDER` shows them while it runs.
///
/// After every epoch: loss, metrics, the validation's, the learning rate and the seconds, at the number of steps taken. A
/// resumed run goes on in a file of its own, which TensorBoard draws as one line with the first.
public final class TensorBoardLogger: Callback {
    /// Where the event file lies.
    public let folder: String
    /// After how many steps the batch's running loss is written too; nil: never.
    public let everySteps: Int?
    private let images: ((EventFile, TrainingRun) throws -> Void)?
    private var file: EventFile?

    /// - Parameters:
    ///   - folder: made if need be; a folder for each run, and one above for TensorBoard to compare them.
    ///   - everySteps: after how many steps the epoch's loss and metrics so far are written; nil: never.
    ///   - images: called after every epoch, to add pictures with `EventFile.write(image:png:width:height:step:)`.
    /// - Precondition: `everySteps` is positive.
    public init(folder: String, everySteps: Int? = nil, images: ((EventFile, TrainingRun) throws -> Void)? = nil) {
        precondition(everySteps ?? 1 > 0, "figures every \(everySteps ?? 0) steps")
        (self.folder, self.everySteps, self.images) = (folder, everySteps, images)
    }

    public func trainBegin(_ run: TrainingRun) throws { if file == nil { file = try EventFile(folder: folder) } }

    public func batchEnd(_ run: TrainingRun) throws {
        guard let everySteps, run.step % UInt64(everySteps) == 0 else { return }
        let figures = [("batch/loss", run.running.loss)]
            + run.metricNames.enumerated().map { ("batch/\($1)", run.running.metric($0)) }
        try file?.write(scalars: figures, step: Int64(clamping: run.step))
    }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) throws {
        guard let file else { return }
        var scalars = zip(figures.names, figures.values).map { (name: $0.0, value: $0.1) }
        scalars.append(("learning_rate", Double(run.optimizer.learningRate)))
        if let epoch = run.history.epochs.last { scalars.append(("seconds", epoch.seconds)) }
        try file.write(scalars: scalars, step: Int64(clamping: run.step))
        try images?(file, run)
    }
}

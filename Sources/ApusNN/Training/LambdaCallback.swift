/// A callback from closures.
public final class LambdaCallback: Callback {
    /// What is done at a turning point.
    public typealias Action = (TrainingRun) throws -> Void
    private let begin: Action?
    private let beginEpoch: Action?
    private let endBatch: Action?
    private let endEpoch: ((TrainingRun, Figures) throws -> Void)?
    private let end: Action?

    /// A callback that runs the closures that are given, each at the turning point of its name.
    public init(
        trainBegin: Action? = nil, epochBegin: Action? = nil, batchEnd: Action? = nil,
        epochEnd: ((TrainingRun, Figures) throws -> Void)? = nil, trainEnd: Action? = nil
    ) {
        begin = trainBegin
        beginEpoch = epochBegin
        endBatch = batchEnd
        endEpoch = epochEnd
        end = trainEnd
    }

    public func trainBegin(_ run: TrainingRun) throws { try begin?(run) }
    public func epochBegin(_ run: TrainingRun) throws { try beginEpoch?(run) }
    public func batchEnd(_ run: TrainingRun) throws { try endBatch?(run) }
    public func epochEnd(_ run: TrainingRun, _ figures: Figures) throws { try endEpoch?(run, figures) }
    public func trainEnd(_ run: TrainingRun) throws { try end?(run) }
}

/// Sets the learning rate from a schedule before each step, or from a function before each epoch.
public final class LearningRateScheduler: Callback {
    private enum Rule {
        case schedule(any LearningRateSchedule)
        case function((_ epoch: Int, _ rate: Float) -> Float)
    }
    private let rule: Rule

    /// Follows a schedule, step by step.
    public init(_ schedule: any LearningRateSchedule) { rule = .schedule(schedule) }

    /// Calls a function before each epoch.
    /// - Parameter function: given the epoch, from 0, and the rate so far; returns the epoch's rate.
    public init(_ function: @escaping (_ epoch: Int, _ rate: Float) -> Float) { rule = .function(function) }

    public func epochBegin(_ run: TrainingRun) {
        if case let .function(function) = rule {
            run.optimizer.learningRate = function(run.epoch, run.optimizer.learningRate)
        }
    }

    public func batchBegin(_ run: TrainingRun) {
        if case let .schedule(schedule) = rule {
            run.optimizer.learningRate = schedule.learningRate(at: Int64(clamping: run.step))
        }
    }
}

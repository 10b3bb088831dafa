import ApusCore
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Counts the time that training's steps take, over resumptions, and ends training when a budget is used.
///
/// It is the processor time of the thread that trains, from before a batch is made until its step is done: on a machine
/// with nothing else to do the time of day, and on a busy one, or where the program is stopped meanwhile, what it would
/// have been. Validation, checkpoints and pictures do not count. Two models given the same budget have had the same time.
public final class TrainingClock: Callback {
    /// How many seconds of steps there may be; nil: no end. Training ends after the step that uses the last of them.
    public let budget: Double?
    /// A checkpoint to be written at that end.
    public let checkpoint: String?
    /// The seconds of all steps so far.
    public private(set) var seconds = 0.0
    /// The seconds up to the end of each epoch, by the epoch's number.
    public private(set) var epochEnds: [Int: Double] = [:]
    /// Whether the budget is used.
    public var isUsed: Bool { budget.map { seconds >= $0 } ?? false }

    private var start = 0.0
    private var isRestored = false

    /// - Parameters:
    ///   - budget: the seconds; nil: they are only counted.
    ///   - checkpoint: where to keep the state of training when they are used.
    /// - Precondition: the budget is positive.
    public init(budget: Double? = nil, checkpoint: String? = nil) {
        precondition(budget ?? 1 > 0, "a budget of \(budget ?? 0) seconds")
        (self.budget, self.checkpoint) = (budget, checkpoint)
    }

    public func trainBegin(_ run: TrainingRun) {
        if !isRestored {
            state = CallbackState()
            // Going on from a checkpoint that knew of no clock: the epochs' whole time is the best that is known.
            for epoch in run.history.epochs { seconds += epoch.seconds }
        }
        isRestored = false
        if isUsed { run.stop() }
    }

    public func batchBegin(_ run: TrainingRun) { start = Self.now() }

    public func batchEnd(_ run: TrainingRun) {
        seconds += Self.now() - start
        guard isUsed else { return }
        if let checkpoint { run.requestCheckpoint(to: checkpoint) }
        run.stop()
    }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) { epochEnds[run.epoch] = seconds }

    /// Seconds in double precision, which come back from a checkpoint's JSON as they were.
    public var state: CallbackState {
        get {
            var numbers = ["seconds": seconds]
            for (epoch, end) in epochEnds { numbers["seconds \(epoch)"] = end }
            return CallbackState(numbers: numbers)
        }
        set {
            seconds = newValue.numbers["seconds"] ?? 0
            epochEnds = [:]
            for (name, value) in newValue.numbers {
                let words = name.split(separator: " ")
                if words.count == 2, let epoch = Int(words[1]) { epochEnds[epoch] = value }
            }
            isRestored = true
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

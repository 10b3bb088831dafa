import ApusCore

/// Ends training when a figure has not got better for a number of epochs. Keras' rules, but that a NaN in
/// the first epoch is not the best figure ever.
public final class EarlyStopping: Callback {
    /// How many epochs in a row may pass without getting better.
    public let patience: Int
    /// Whether the weights of the best epoch are put back at the end of training.
    public let restoreBestWeights: Bool
    /// The best epoch so far, from 0.
    public private(set) var bestEpoch: Int?
    /// The epoch after which training was ended; nil if it was not.
    public private(set) var stoppedEpoch: Int?
    /// The best figure so far.
    public private(set) var best: Double?

    private let monitor: Monitor
    private var wait = 0
    private var bestWeights: [String: Tensor<Float>] = [:]
    private var isRestored = false

    /// - Parameters:
    ///   - name: the figure: `val_loss`, `accuracy`, ….
    ///   - patience: how many epochs in a row may pass without getting better.
    ///   - minDelta: what counts as better is more than this.
    public init(
        monitor name: String = "val_loss", patience: Int = 0, minDelta: Double = 0, mode: MonitorMode = .auto,
        restoreBestWeights: Bool = false
    ) {
        monitor = Monitor(name, mode: mode, minDelta: minDelta)
        self.patience = patience
        self.restoreBestWeights = restoreBestWeights
    }

    public func trainBegin(_ run: TrainingRun) {
        if isRestored {
            // A run that had been ended stays so.
            if stoppedEpoch != nil { run.stop() }
        } else {
            state = CallbackState()
        }
        isRestored = false
    }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) throws {
        let value = try monitor.value(in: figures, callback: "EarlyStopping")
        if restoreBestWeights && bestWeights.isEmpty { keep(run) }
        wait += 1
        if monitor.isBetter(value, than: best) {
            best = value
            wait = 0
            keep(run)
        } else if wait >= patience && run.epoch > 0 {
            stoppedEpoch = run.epoch
            run.stop()
        }
    }

    public func trainEnd(_ run: TrainingRun) {
        // An interrupted run goes on from its last weights, not from its best.
        guard restoreBestWeights, !run.history.isInterrupted else { return }
        for (name, parameter) in run.namedParameters {
            if let value = bestWeights[name], value.shape == parameter.value.shape { parameter.value = value }
        }
    }

    private func keep(_ run: TrainingRun) {
        bestEpoch = run.epoch
        guard restoreBestWeights else { return }
        for (name, parameter) in run.namedParameters { bestWeights[name] = parameter.value }
    }

    public var state: CallbackState {
        get {
            var numbers = ["wait": Double(wait)]
            numbers["best"] = best
            numbers["bestEpoch"] = bestEpoch.map(Double.init)
            numbers["stoppedEpoch"] = stoppedEpoch.map(Double.init)
            return CallbackState(numbers: numbers, tensors: bestWeights)
        }
        set {
            wait = newValue.numbers["wait"].flatMap(Int.init(exactly:)) ?? 0
            best = newValue.numbers["best"]
            bestEpoch = newValue.numbers["bestEpoch"].flatMap(Int.init(exactly:))
            stoppedEpoch = newValue.numbers["stoppedEpoch"].flatMap(Int.init(exactly:))
            bestWeights = newValue.tensors
            isRestored = true
        }
    }
}

import ApusCore

/// Lowers the learning rate when a figure has not got better for a number of epochs. Keras' rules.
public final class ReduceLROnPlateau: Callback {
    /// What the rate is multiplied by.
    public let factor: Float
    /// How many epochs in a row may pass without getting better.
    public let patience: Int
    /// How many epochs after a reduction do not count.
    public let cooldown: Int
    /// The least rate.
    public let minimum: Float

    private let monitor: Monitor
    private var best: Double?
    private var wait = 0
    private var cooling = 0
    private var isRestored = false

    /// - Parameters:
    ///   - name: the figure: `val_loss`, `accuracy`, ….
    ///   - minDelta: what counts as better is more than this.
    public init(
        monitor name: String = "val_loss", factor: Float = 0.1, patience: Int = 10, minDelta: Double = 1e-4,
        cooldown: Int = 0, minimum: Float = 0, mode: MonitorMode = .auto
    ) {
        precondition(factor < 1, "a factor of \(factor) does not lower the learning rate")
        monitor = Monitor(name, mode: mode, minDelta: minDelta)
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.minimum = minimum
    }

    public func trainBegin(_ run: TrainingRun) {
        if !isRestored { state = CallbackState() }
        isRestored = false
    }

    public func epochEnd(_ run: TrainingRun, _ figures: Figures) throws {
        let value = try monitor.value(in: figures, callback: "ReduceLROnPlateau")
        if cooling > 0 {
            cooling -= 1
            wait = 0
        }
        if monitor.isBetter(value, than: best) {
            best = value
            wait = 0
        } else if cooling == 0 {
            wait += 1
            let rate = run.optimizer.learningRate
            if wait >= patience && rate > minimum {
                run.optimizer.learningRate = max(rate * factor, minimum)
                cooling = cooldown
                wait = 0
            }
        }
    }

    public var state: CallbackState {
        get {
            var numbers = ["wait": Double(wait), "cooling": Double(cooling)]
            numbers["best"] = best
            return CallbackState(numbers: numbers)
        }
        set {
            wait = newValue.numbers["wait"].flatMap(Int.init(exactly:)) ?? 0
            cooling = newValue.numbers["cooling"].flatMap(Int.init(exactly:)) ?? 0
            best = newValue.numbers["best"]
            isRestored = true
        }
    }
}

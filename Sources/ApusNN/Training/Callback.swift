import ApusCore

/// Something that takes part in training at its turning points. Every method does nothing by default.
///
/// A callback may change the learning rate (`run.optimizer.learningRate`), ask for an end (`run.stop()`),
/// or throw, which ends training at once.
public protocol Callback: AnyObject {
    /// Before the first epoch, a resumed run's first included.
    func trainBegin(_ run: TrainingRun) throws
    /// Before an epoch's first batch; not again where training is resumed within the epoch.
    func epochBegin(_ run: TrainingRun) throws
    /// Before a batch.
    func batchBegin(_ run: TrainingRun) throws
    /// After a batch. `run.running` has the epoch's sums so far.
    func batchEnd(_ run: TrainingRun) throws
    /// After an epoch and its validation.
    func epochEnd(_ run: TrainingRun, _ figures: Figures) throws
    /// At a batch boundary where ``InterruptHandler`` ends training; ``trainEnd(_:)`` follows.
    func interrupted(_ run: TrainingRun) throws
    /// After the last epoch.
    func trainEnd(_ run: TrainingRun) throws
    /// What a resumed run needs to go on as if never stopped; saved in checkpoints.
    var state: CallbackState { get set }
}

extension Callback {
    public func trainBegin(_ run: TrainingRun) throws {}
    public func epochBegin(_ run: TrainingRun) throws {}
    public func batchBegin(_ run: TrainingRun) throws {}
    public func batchEnd(_ run: TrainingRun) throws {}
    public func epochEnd(_ run: TrainingRun, _ figures: Figures) throws {}
    public func interrupted(_ run: TrainingRun) throws {}
    public func trainEnd(_ run: TrainingRun) throws {}
    public var state: CallbackState {
        get { CallbackState() }
        set {}
    }
}

/// What a callback remembers from one epoch to the next.
public struct CallbackState: Sendable {
    /// Numbers by name; kept in a checkpoint's JSON, NaN and infinities included.
    public var numbers: [String: Double]
    /// Tensors of any shape by name; kept beside the model's.
    public var tensors: [String: Tensor<Float>]

    /// What is remembered; nothing unless given.
    public init(numbers: [String: Double] = [:], tensors: [String: Tensor<Float>] = [:]) {
        self.numbers = numbers
        self.tensors = tensors
    }
}

/// Which direction of a figure is better.
public enum MonitorMode: Sendable, Hashable {
    /// The smaller, or the larger.
    case min, max
    /// `max` for names that end in accuracy, acc, auc, precision, recall or f1, else `min`.
    case auto

    func isMaximum(for name: String) -> Bool {
        switch self {
        case .min: false
        case .max: true
        case .auto: ["accuracy", "acc", "auc", "precision", "recall", "f1"].contains { name.lowercased().hasSuffix($0) }
        }
    }
}

/// A figure that a callback watches, and whether it got better.
struct Monitor {
    let name: String
    let isMaximum: Bool
    let minDelta: Double

    init(_ name: String, mode: MonitorMode, minDelta: Double = 0) {
        self.name = name
        isMaximum = mode.isMaximum(for: name)
        self.minDelta = abs(minDelta)
    }

    /// Better than `reference` by more than `minDelta`; anything but a NaN is better than nothing.
    func isBetter(_ value: Double, than reference: Double?) -> Bool {
        guard let reference else { return !value.isNaN }
        return isMaximum ? value - minDelta > reference : value + minDelta < reference
    }

    func value(in figures: Figures, callback: String) throws -> Double {
        guard let value = figures[name] else {
            throw TrainingError.noSuchFigure(callback: callback, name: name, available: figures.names)
        }
        return value
    }
}

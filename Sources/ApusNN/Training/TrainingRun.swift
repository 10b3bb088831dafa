import ApusCore

/// A training in progress, as callbacks see it.
public final class TrainingRun {
    /// How many epochs are to be trained in all.
    public let epochs: Int
    /// How many items a batch has, but for the epoch's last.
    public let batchSize: Int
    /// How many items an epoch has.
    public let itemCount: Int
    /// How many batches an epoch has.
    public var batchesPerEpoch: Int {
        // Rounded up without a sum, which a huge batch size would overflow.
        itemCount / batchSize + (itemCount % batchSize == 0 ? 0 : 1)
    }
    /// Fixes the order of every epoch.
    public let seed: UInt64
    /// The optimizer, whose learning rate callbacks may change.
    public let optimizer: any Optimizer
    /// The names of the model's metrics.
    public let metricNames: [String]

    /// The epoch's number, from 0.
    public internal(set) var epoch = 0
    /// How many of the epoch's batches are done.
    public internal(set) var batch = 0
    /// How many steps have been taken since training began, resumptions included.
    public internal(set) var step: UInt64 = 0
    /// The sums over the epoch so far.
    public internal(set) var running = BatchResult()
    /// The epochs so far; in `epochEnd` the ending one is in it.
    public internal(set) var history = History()
    /// Whether somebody asked for an end.
    public private(set) var isStopping = false

    private let model: any Model
    private(set) var requestedCheckpoints: [String] = []

    init(
        model: any Model, epochs: Int, batchSize: Int, itemCount: Int, seed: UInt64, optimizer: any Optimizer,
        metricNames: [String]
    ) {
        self.model = model
        self.epochs = epochs
        self.batchSize = batchSize
        self.itemCount = itemCount
        self.seed = seed
        self.optimizer = optimizer
        self.metricNames = metricNames
    }

    /// Ends training at the next boundary: after the batch, or after the epoch if asked at its end.
    public func stop() { isStopping = true }

    /// The model's weights and states.
    public var namedParameters: [(name: String, parameter: Parameter)] { model.namedParameters }

    /// Writes the model as its ``Model/save(to:)`` does.
    public func saveModel(to path: String) throws { try model.save(to: path) }

    /// Asks for a checkpoint, written once all callbacks have had their turn, so that it has the state that
    /// they leave behind.
    public func requestCheckpoint(to path: String) {
        if !requestedCheckpoints.contains(path) { requestedCheckpoints.append(path) }
    }

    func takeRequestedCheckpoints() -> [String] {
        defer { requestedCheckpoints.removeAll() }
        return requestedCheckpoints
    }
}

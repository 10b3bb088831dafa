import ApusCore

/// Anything that ``fit(_:epochs:batchSize:optimizer:validation:shuffle:seed:callbacks:progress:resumingFrom:)``
/// can train: a network with its loss, or several of them.
///
/// ``SupervisedModel`` makes one of a ``Sequential`` and a loss. A model with several inputs, branches or
/// losses conforms itself, by calling its networks' `forward`, writing their `outputGradient`s and calling
/// their `backward` in ``trainingStep(_:step:)``.
public protocol Model: AnyObject {
    /// What one step is given; views in it are good for the call.
    associatedtype Batch

    /// The names of the figures in ``BatchResult/metricSums``, in order; at most ``MetricSums/capacity``.
    var metricNames: [String] { get }
    /// Weights and states with names that are their own within the model: what files hold.
    var namedParameters: [(name: String, parameter: Parameter)] { get }
    /// The weights that the optimizer is to change; asked for at the start of each epoch.
    var trainableParameters: [Parameter] { get }
    /// Forward and backward: leaves the gradients of the batch's mean loss in the parameters.
    /// - Parameter step: the number of the step, from 0, which fixes dropout.
    func trainingStep(_ batch: Batch, step: UInt64) throws -> BatchResult
    /// Forward only, as at inference.
    func evaluationStep(_ batch: Batch) throws -> BatchResult
    /// Writes the model to a file; by default its weights.
    func save(to path: String) throws
}

extension Model {
    public var metricNames: [String] { [] }
    public func save(to path: String) throws { try saveWeights(to: path) }
}

/// What a step over a batch found, as sums, so that batches of different sizes add up.
public struct BatchResult: Sendable {
    /// How many items the batch had.
    public var itemCount: Int
    /// The sum of their losses.
    public var lossSum: Double
    /// The sums of the model's metrics over them.
    public var metricSums: MetricSums

    /// Sums over `itemCount` items.
    public init(itemCount: Int = 0, lossSum: Double = 0, metricSums: MetricSums = MetricSums()) {
        self.itemCount = itemCount
        self.lossSum = lossSum
        self.metricSums = metricSums
    }

    /// Adds a batch's items and sums.
    public static func += (sum: inout BatchResult, batch: BatchResult) {
        sum.itemCount += batch.itemCount
        sum.lossSum += batch.lossSum
        sum.metricSums += batch.metricSums
    }

    /// The mean loss.
    public var loss: Double { lossSum / Double(itemCount) }
    /// The mean of a metric.
    public func metric(_ index: Int) -> Double { metricSums[index] / Double(itemCount) }
}

/// A few sums, stored inline.
public struct MetricSums: Sendable, Hashable {
    /// How many there can be.
    public static let capacity = 8
    private var sums = SIMD8<Double>(repeating: 0)

    /// All zero.
    public init() {}

    /// The sum at a place, in 0 ..< ``capacity``.
    public subscript(index: Int) -> Double {
        get { sums[index] }
        set { sums[index] = newValue }
    }

    /// Adds place by place.
    public static func += (sum: inout MetricSums, other: MetricSums) { sum.sums += other.sums }
}

/// Where batches come from: items that are gathered, read or made for the step that wants them.
public protocol BatchSource<Batch> {
    /// What a step is given.
    associatedtype Batch

    /// How many items there are.
    var itemCount: Int { get }
    /// Told which items will be asked for, before the first batch of an epoch or of what is left of one, so that a
    /// source may work ahead. Nothing by default.
    /// - Parameters:
    ///   - order: the items to come, in order; batches are cut from it one after the other.
    ///   - batchSize: how many a batch has, but for the last.
    ///   - epoch: as in ``withBatch(_:epoch:_:)``.
    func prepare(_ order: ArraySlice<Int>, batchSize: Int, epoch: Int) throws
    /// Calls the closure with the items of these numbers.
    /// - Parameters:
    ///   - indices: numbers in 0 ..< itemCount, in the order in which the batch is to have them.
    ///   - epoch: the number of the epoch, from 0, for a source whose items differ between epochs.
    ///   - body: uses the batch before it returns.
    func withBatch<Result>(
        _ indices: UnsafeBufferPointer<Int>, epoch: Int, _ body: (Batch) throws -> Result
    ) throws -> Result
}

extension BatchSource {
    public func prepare(_ order: ArraySlice<Int>, batchSize: Int, epoch: Int) throws {}
}

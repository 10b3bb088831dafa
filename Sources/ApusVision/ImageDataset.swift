import ApusCore
import ApusNN
import Foundation

/// What happens when a picture cannot be used.
public enum BrokenPictures: Sendable, Hashable {
    /// Its error is thrown, and training ends.
    case stop
    /// It is left out of its batch and noted in ``ImageDataset/brokenPictures``; later epochs do not try it again.
    case skip
}

/// Pictures on disk as a source of batches: read, decoded, resized and augmented on background threads while the model trains.
///
/// ```swift
/// let tree = try ImageTree("cats-dogs")
/// let options = ImageOptions(height: 224, width: 224, scaling: .caffe)
/// let training = ImageDataset(tree.train!, targets: .number, options: options, augmentation: .mild, seed: 1)
/// try network.fit(training, loss: SparseCategoricalCrossEntropy(), optimizer: Adam(), epochs: 3)
/// ```
/// Inputs are `[batch, height, width, channels]`. A batch is the same whatever the number of threads. At most `depth` batches are in
/// memory. Batches are to be asked for from one thread at a time.
public final class ImageDataset<Target: TensorScalar>: BatchSource {
    public typealias Batch = SupervisedBatch<Float, Target>

    /// The pictures.
    public let folder: ImageFolder
    /// How they become tensors.
    public let options: ImageOptions
    /// What is done to them, if anything.
    public let augmentation: Augmentation?
    /// What happens when a picture cannot be used.
    public let onBroken: BrokenPictures
    /// The shape of one input.
    public let inputShape: Shape
    /// The shape of one target.
    public let targetShape: Shape

    private let encoding: LabelEncoding<Target>
    private let queue: PrefetchQueue
    private let broken: BrokenList
    private var targets = Tensor<Target>(zeros: [0])
    private var kept: [Int] = []

    /// Pictures of a folder.
    /// - Parameters:
    ///   - targets: how classes become targets.
    ///   - options: must give a size.
    ///   - augmentation: what is done to pictures; nil, as for validation: nothing.
    ///   - seed: fixes the augmentation.
    ///   - onBroken: what happens when a picture cannot be used.
    ///   - threads: how many decode; nil: as many as kernels use.
    ///   - depth: how many batches are held in memory at most, the one in use among them; at least 2.
    public init(
        _ folder: ImageFolder, targets: LabelEncoding<Target>, options: ImageOptions,
        augmentation: Augmentation? = nil, seed: UInt64 = 0, onBroken: BrokenPictures = .stop, threads: Int? = nil,
        depth: Int = 3
    ) {
        guard let height = options.height, let width = options.width else {
            preconditionFailure("batches need pictures of one size")
        }
        precondition(depth >= 2, "\(depth) batches in memory: one in use and none to be filled")
        precondition(threads ?? 1 >= 1, "\(threads ?? 1) threads")
        self.folder = folder
        self.options = options
        self.augmentation = augmentation
        self.onBroken = onBroken
        encoding = targets
        inputShape = [height, width, options.channels.count]
        targetShape = targets.shape(folder.classes.count)
        let items = folder.items
        let broken = BrokenList()
        self.broken = broken
        let skips = onBroken == .skip
        queue = PrefetchQueue(
            itemFloats: inputShape.elementCount, threads: threads ?? Runtime.threads, depth: depth
        ) {
            let reader = ImageReader(options: options), spare = Scratch()
            return { item, epoch, target in
                if skips, let known = broken.error(of: item) { throw known }
                let path = items[item].path
                do {
                    var view = try reader.read(path)
                    if let augmentation {
                        view = try augmentation.change(seed: seed, epoch: epoch, item: item)
                            .apply(to: view, fill: augmentation.fill, spare: spare)
                    }
                    try reader.convert(view, into: target, path: path)
                } catch {
                    broken.add(item, path: path, error)
                    throw error
                }
            }
        }
    }

    deinit { queue.stop() }

    public var itemCount: Int { folder.items.count }

    /// The pictures that could not be used so far, in the order of their numbers.
    public var brokenPictures: [(path: String, error: any Error)] { broken.all }

    public func prepare(_ order: ArraySlice<Int>, batchSize: Int, epoch: Int) throws {
        for item in order { precondition(folder.items.indices.contains(item), "picture \(item) of \(itemCount)") }
        queue.start(Array(order), batchSize: batchSize, epoch: epoch)
    }

    public func withBatch<Result>(
        _ indices: UnsafeBufferPointer<Int>, epoch: Int, _ body: (Batch) throws -> Result
    ) throws -> Result {
        try withImages(indices, epoch: epoch) { batch, _ in try body(batch) }
    }

    /// As ``withBatch(_:epoch:_:)``, with the numbers of the pictures that the batch has: those asked for, less
    /// broken ones.
    public func withImages<Result>(
        _ indices: UnsafeBufferPointer<Int>, epoch: Int = 0, _ body: (Batch, _ items: [Int]) throws -> Result
    ) throws -> Result {
        if !queue.isNext(indices, epoch: epoch) {
            try prepare(Array(indices)[...], batchSize: max(1, indices.count), epoch: epoch)
        }
        if indices.isEmpty { return try use(nil, body) }
        let batch = queue.take()
        defer { queue.giveBack() }
        return try use(batch, body)
    }

    /// Calls the closure with all pictures in order, batch after batch, and the numbers of those that a batch has.
    public func forEachBatch(
        of batchSize: Int, epoch: Int = 0, _ body: (Batch, _ items: [Int]) throws -> Void
    ) throws {
        precondition(batchSize > 0, "batches of \(batchSize) pictures")
        let order = Array(0..<itemCount)
        try prepare(order[...], batchSize: batchSize, epoch: epoch)
        try order.withUnsafeBufferPointer { order in
            for start in stride(from: 0, to: order.count, by: batchSize) {
                let indices = UnsafeBufferPointer(rebasing: order[start..<min(order.count, start + batchSize)])
                try withImages(indices, epoch: epoch, body)
            }
        }
    }

    private func use<Result>(
        _ batch: PrefetchQueue.Batch?, _ body: (Batch, [Int]) throws -> Result
    ) throws -> Result {
        let width = inputShape.elementCount
        kept.removeAll(keepingCapacity: true)
        if let batch {
            for (row, item) in batch.items.enumerated() {
                if let error = batch.errors[row] {
                    if onBroken == .stop { throw error }
                    continue
                }
                // What follows a gap moves up.
                if kept.count < row {
                    (batch.rows + kept.count * width).update(from: batch.rows + row * width, count: width)
                }
                kept.append(item)
            }
        }
        let targetWidth = targetShape.elementCount
        if targets.shape.first ?? 0 < kept.count { targets = Tensor(zeros: targetShape.prepending(kept.count)) }
        let labels = kept.map { folder.items[$0].label }
        let rows = batch?.rows ?? UnsafeMutablePointer(bitPattern: MemoryLayout<Float>.alignment)!
        return try targets.withMutableView { view in
            for (row, label) in labels.enumerated() {
                encoding.write(
                    label, UnsafeMutableBufferPointer(start: view.pointer + row * targetWidth, count: targetWidth))
            }
            return try body(
                SupervisedBatch(
                    inputs: TensorView(pointer: UnsafePointer(rows), shape: inputShape.prepending(kept.count)),
                    targets: view.readOnly.rows(0..<kept.count)),
                kept)
        }
    }
}

/// Pictures that could not be used, by number.
private final class BrokenList: @unchecked Sendable {
    // Unchecked because the lock guards the dictionary.
    private let lock = NSLock()
    private var found: [Int: (path: String, error: any Error)] = [:]

    func add(_ item: Int, path: String, _ error: any Error) { lock.withLock { found[item] = (path, error) } }
    func error(of item: Int) -> (any Error)? { lock.withLock { found[item]?.error } }
    var all: [(path: String, error: any Error)] {
        lock.withLock { found.sorted { $0.key < $1.key }.map(\.value) }
    }
}

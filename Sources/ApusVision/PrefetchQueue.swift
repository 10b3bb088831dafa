import ApusCore
import Foundation

/// Fills batches ahead of whoever takes them, in order, on threads of its own, in a fixed number of buffers.
///
/// A plan says which items come in which order. Threads take the next item each and write it where it belongs, so that neither their
/// number nor their speed shows in the result. An item whose batch has no buffer yet waits until the oldest batch is given back.
final class PrefetchQueue: @unchecked Sendable {
    // Unchecked because everything below is guarded by `condition`, but for the rows of buffers, each of which one thread writes.

    /// Makes an item; called on one thread at a time.
    typealias Worker = (_ item: Int, _ epoch: Int, _ target: UnsafeMutablePointer<Float>) throws -> Void

    /// A batch that is complete.
    struct Batch {
        let items: ArraySlice<Int>
        /// As many rows as items.
        let rows: UnsafeMutablePointer<Float>
        /// One for each item: nil, or why there is nothing in its row.
        let errors: [(any Error)?]
    }

    private struct Slot {
        var buffer = AlignedBuffer(byteCount: 0, zeroed: false)
        var missing = 0
        var errors: [(any Error)?] = []
    }

    private let condition = NSCondition()
    private let itemFloats: Int
    private let threads: Int
    private let makeWorker: @Sendable () -> Worker
    private var slots: [Slot]

    private var order: [Int] = []
    private var batchSize = 1
    private var epoch = 0
    /// The next place in `order` that nobody works on.
    private var next = 0
    /// The batch that comes next.
    private var batch = 0
    private var atWork = 0
    private var running = 0
    private var isStopping = false

    /// - Parameters:
    ///   - itemFloats: how many numbers an item has.
    ///   - depth: how many batches are held at once, the one in use among them.
    ///   - makeWorker: called once on every thread.
    init(itemFloats: Int, threads: Int, depth: Int, makeWorker: @escaping @Sendable () -> Worker) {
        self.itemFloats = itemFloats
        self.threads = threads
        self.makeWorker = makeWorker
        slots = (0..<depth).map { _ in Slot() }
    }

    /// Drops the plan, and starts on another.
    func start(_ order: [Int], batchSize: Int, epoch: Int) {
        condition.lock()
        defer { condition.unlock() }
        self.order = []
        next = 0
        while atWork > 0 { condition.wait() }
        self.order = order
        self.batchSize = batchSize
        self.epoch = epoch
        batch = 0
        for place in slots.indices { open(place) }
        while running < threads {
            running += 1
            let work: @Sendable () -> Void = { [self] in run() }
            Thread.detachNewThread(work)
        }
        condition.broadcast()
    }

    /// Whether the next batch is this one.
    func isNext(_ items: UnsafeBufferPointer<Int>, epoch: Int) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        let first = batch * batchSize
        return epoch == self.epoch && first < order.count
            && order[first..<min(order.count, first + batchSize)].elementsEqual(items)
    }

    /// The next batch, waited for. It stays until ``giveBack()``.
    /// - Precondition: the plan has one.
    func take() -> Batch {
        condition.lock()
        defer { condition.unlock() }
        let first = batch * batchSize
        precondition(first < order.count, "a batch after the last")
        let slot = batch % slots.count
        while slots[slot].missing > 0 { condition.wait() }
        return Batch(
            items: order[first..<min(order.count, first + batchSize)],
            rows: slots[slot].buffer.baseAddress.assumingMemoryBound(to: Float.self), errors: slots[slot].errors)
    }

    /// Lets the buffer of the batch that was taken be filled again.
    func giveBack() {
        condition.lock()
        defer { condition.unlock() }
        batch += 1
        open((batch - 1) % slots.count)
        condition.broadcast()
    }

    /// Ends the threads, and waits until they are gone.
    func stop() {
        condition.lock()
        defer { condition.unlock() }
        isStopping = true
        order = []
        condition.broadcast()
        while running > 0 { condition.wait() }
    }

    /// Readies a slot for the batch that it is to hold next, if there is one.
    private func open(_ slot: Int) {
        let held = batch + (slot - batch % slots.count + slots.count) % slots.count
        let count = max(0, min(batchSize, order.count - held * batchSize))
        slots[slot].missing = count
        slots[slot].errors = Array(repeating: nil, count: count)
        let bytes = count * itemFloats * MemoryLayout<Float>.stride
        if slots[slot].buffer.byteCount < bytes { slots[slot].buffer = AlignedBuffer(byteCount: bytes, zeroed: false) }
    }

    private func run() {
        let worker = makeWorker()
        condition.lock()
        while !isStopping {
            guard next < order.count, next / batchSize < batch + slots.count else {
                condition.wait()
                continue
            }
            let place = next, item = order[place], epoch = epoch
            let slot = place / batchSize % slots.count, row = place % batchSize
            let target = slots[slot].buffer.baseAddress.assumingMemoryBound(to: Float.self) + row * itemFloats
            next += 1
            atWork += 1
            condition.unlock()
            var failure: (any Error)?
            do { try worker(item, epoch, target) } catch { failure = error }
            condition.lock()
            atWork -= 1
            // A dropped plan has nobody to tell; whoever dropped it waits for this.
            if place < order.count {
                slots[slot].errors[row] = failure
                slots[slot].missing -= 1
            }
            condition.broadcast()
        }
        running -= 1
        condition.broadcast()
        condition.unlock()
    }
}

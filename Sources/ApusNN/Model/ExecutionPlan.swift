import ApusCore

/// Where everything lies while a sequence of layers runs on batches of up to `key.batch` items.
///
/// Made once for a batch size and reused at every step, so that a step allocates nothing.
final class ExecutionPlan {
    /// What a plan was made for; another key needs another plan.
    struct Key: Hashable {
        var batch: Int
        var isTraining: Bool
        /// The first layer that the backward pass reaches.
        var firstBackward: Int
        var wantsInputGradient: Bool
        /// Counts the changes of the model's structure.
        var revision: Int
    }

    struct Node {
        var inputShape: Shape
        var outputShape: Shape
        /// Null: the output is the model's input under another shape, or pooled before it is written.
        var output: UnsafeMutableRawPointer?
        var outputGradient: UnsafeMutableRawPointer?
        var saved: UnsafeMutableRawPointer
        /// Whether a convolution does the next layer's pooling, so that the next layer is not run.
        var poolsNext: Bool
    }

    let key: Key
    private(set) var nodes: [Node] = []
    private(set) var inputGradient: UnsafeMutableRawPointer?
    let workspace: UnsafeMutableRawBufferPointer
    /// The bytes in all: activations, gradients, saved state and scratch.
    var byteCount: Int { arena.byteCount }
    private let arena: AlignedBuffer

    init(layers: [any Layer], inputShape: Shape, key: Key) throws {
        self.key = key
        let last = layers.count
        // Layer i runs forward at step i and backward at step 2 * last - i; the loss is computed at `last`.
        func forward(_ i: Int) -> Int { i }
        func backward(_ i: Int) -> Int { 2 * last - i }
        let end = backward(0) + 1

        var planner = MemoryPlanner()
        var shapes: [(input: Shape, output: Shape)] = []
        var outputs: [Int?] = []
        var gradients = [Int?](repeating: nil, count: layers.count)
        var saved: [Int] = []
        var poolsNext = [Bool](repeating: false, count: layers.count)
        var scratch = 0
        var shape = inputShape

        for (i, layer) in layers.enumerated() {
            let outputShape = try layer.outputShape(for: shape)
            shapes.append((shape, outputShape))
            let runsBackward = key.isTraining && i >= key.firstBackward
            let memory = layer.memory(
                batch: key.batch, input: shape,
                training: layer is any SavesOnlyForBackward ? runsBackward : key.isTraining)
            saved.append(
                planner.add(bytes: memory.saved, first: forward(i), last: runsBackward ? backward(i) : forward(i)))
            scratch = max(scratch, memory.workspace)
            let previous = i > 0 ? outputs[i - 1] : nil
            if let previous {
                planner.extend(previous, until: forward(i))
                if runsBackward && layer.backwardReads.contains(.input) { planner.extend(previous, until: backward(i)) }
            }
            poolsNext[i] =
                !(key.isTraining && i + 1 >= key.firstBackward) && i + 1 < last
                && Self.pools(layers[i], shape, layers[i + 1], outputShape)
            if layer.isReshape {
                outputs.append(previous)
            } else if poolsNext[i] {
                outputs.append(nil)
            } else {
                let bytes = key.batch * outputShape.elementCount * MemoryLayout<Float>.stride
                let written = i > 0 && poolsNext[i - 1] ? forward(i - 1) : forward(i)
                let buffer = planner.add(bytes: bytes, first: written, last: forward(i))
                if runsBackward && layer.backwardReads.contains(.output) { planner.extend(buffer, until: backward(i)) }
                outputs.append(buffer)
            }
            shape = outputShape
        }
        // The last output stays for the loss, the metrics and whoever asked for it.
        if let final = outputs.last ?? nil { planner.extend(final, until: end) }

        var modelInputGradient: Int?
        if key.isTraining {
            for i in layers.indices.reversed() where i >= key.firstBackward {
                let written = i == last - 1 ? last : backward(i + 1)
                if i < last - 1 && layers[i + 1].isReshape {
                    gradients[i] = gradients[i + 1]
                    gradients[i].map { planner.extend($0, until: backward(i)) }
                } else {
                    let bytes = key.batch * shapes[i].output.elementCount * MemoryLayout<Float>.stride
                    gradients[i] = planner.add(bytes: bytes, first: written, last: backward(i))
                }
            }
            if key.wantsInputGradient {
                if layers.first?.isReshape == true {
                    modelInputGradient = gradients.first ?? nil
                    modelInputGradient.map { planner.extend($0, until: end) }
                } else {
                    let bytes = key.batch * inputShape.elementCount * MemoryLayout<Float>.stride
                    modelInputGradient = planner.add(bytes: bytes, first: backward(0), last: end)
                }
            }
        }
        let scratchBuffer = planner.add(bytes: scratch, first: 0, last: end)

        let (offsets, byteCount) = planner.layout()
        let arena = AlignedBuffer(byteCount: byteCount)
        self.arena = arena
        func place(_ buffer: Int) -> UnsafeMutableRawPointer { arena.baseAddress + offsets[buffer] }
        workspace = UnsafeMutableRawBufferPointer(start: place(scratchBuffer), count: scratch)
        inputGradient = modelInputGradient.map(place)
        nodes = layers.indices.map { i in
            Node(
                inputShape: shapes[i].input, outputShape: shapes[i].output, output: outputs[i].map(place),
                outputGradient: gradients[i].map(place), saved: place(saved[i]), poolsNext: poolsNext[i])
        }
    }

    /// Whether the one layer, on inputs of that shape, can pool its outputs as the next would.
    private static func pools(_ layer: any Layer, _ input: Shape, _ next: any Layer, _ output: Shape) -> Bool {
        guard let convolution = layer as? Conv2D, let pool = next as? MaxPool2D else { return false }
        return pool.halves(output) && convolution.canPool(input)
    }
}

import ApusCore

/// Keeps one capsule of each item and sets the others to zero: what a decoder reconstructs from.
///
/// Input `[capsules, dimension]`, output `[capsules · dimension]`. The capsule that stays is the longest, or the one
/// that ``select(_:)`` named, as in training.
public final class Mask: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// There is nothing to set.
        public init() {}
    }

    public static let kind = "Mask"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true
    private var selection: [Int] = []

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Names the capsule that stays of each item of the next batches; an empty list: the longest one again.
    public func select<Numbers: Collection>(_ capsules: Numbers) where Numbers.Element: BinaryInteger {
        selection.removeAll(keepingCapacity: true)
        for capsule in capsules { selection.append(Int(capsule)) }
    }

    // Which capsule stayed, one number an item.
    public func memory(batch: Int, input: Shape, training: Bool) -> LayerMemory {
        LayerMemory(saved: training ? batch * MemoryLayout<Int>.stride : 0)
    }
    public var backwardReads: BackwardReads { [] }

    public func outputShape(for input: Shape) throws -> Shape {
        guard input.rank == 2, input.elementCount > 0 else { throw incompatible(input, "it needs [capsules, dimension]") }
        return [input.elementCount]
    }

    /// - Throws: ``ModelError/itemCount(what:expected:found:)`` if ``select(_:)`` was given another number of items;
    ///   ``ModelError/incompatibleShape(layer:kind:input:reason:)`` if it named a capsule that is not there.
    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        let (batch, capsules, dimension) = (input.shape[0], input.shape[1], input.shape[2])
        guard selection.isEmpty || selection.count == batch else {
            throw ModelError.itemCount(what: "selected capsules", expected: batch, found: selection.count)
        }
        output.buffer.update(repeating: 0)
        for item in 0..<batch {
            let row = input.pointer + item * capsules * dimension
            let kept = selection.isEmpty ? longest(row, capsules, dimension) : selection[item]
            guard kept >= 0 && kept < capsules else {
                throw incompatible(input.shape.droppingFirst(), "capsule \(kept) was selected")
            }
            if context.isTraining { context.saved.assumingMemoryBound(to: Int.self)[item] = kept }
            let place = item * capsules * dimension + kept * dimension
            (output.pointer + place).update(from: row + kept * dimension, count: dimension)
        }
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        guard let inputGradient else { return }
        let (batch, capsules, dimension) = (inputGradient.shape[0], inputGradient.shape[1], inputGradient.shape[2])
        inputGradient.buffer.update(repeating: 0)
        for item in 0..<batch {
            let place = (item * capsules + context.saved.assumingMemoryBound(to: Int.self)[item]) * dimension
            (inputGradient.pointer + place).update(from: outputGradient.pointer + place, count: dimension)
        }
    }

    private func longest(_ row: UnsafePointer<Float>, _ capsules: Int, _ dimension: Int) -> Int {
        var best = 0
        var largest = -Float.infinity
        for capsule in 0..<capsules {
            var square: Float = 0
            for d in 0..<dimension { square += row[capsule * dimension + d] * row[capsule * dimension + d] }
            if square > largest { (best, largest) = (capsule, square) }
        }
        return best
    }
}

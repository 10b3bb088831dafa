import ApusCore

/// Layers one after the other.
///
/// ```swift
/// let model = try Sequential(input: [2], seed: 1) {
///     Dense(8, activation: .tanh)
///     Dense(1, activation: .sigmoid)
/// }
/// ```
///
/// Shapes are checked and weights made when the model is built. Layers are found, replaced, frozen and
/// renamed by name afterwards. A model is not to be used from two threads at once.
public final class Sequential<InputScalar: TensorScalar> {
    /// The model's name in its summary.
    public var name = "sequential"
    /// The name of the input's row in the summary; nil: there is none.
    public var inputName: String?
    /// The shape of one input item.
    public let inputShape: Shape
    /// The layers, first to last.
    public private(set) var layers: [any Layer] = []
    /// The shapes of one item after each layer.
    public private(set) var outputShapes: [Shape] = []
    /// Fixes the first weights and every dropout.
    public let seed: UInt64

    private var revision = 0 {
        // A backward pass through other layers than the forward pass went through has no meaning.
        didSet { running = nil }
    }
    /// For each layer, whether it has weights at all; kept so that a step need not list parameters.
    private var hasWeights: [Bool] = []
    private var layersMade = 0
    private var plans: [ExecutionPlan] = []
    private var running: (plan: ExecutionPlan, input: UnsafeRawPointer, batch: Int, step: UInt64, leavesLogits: Bool)?

    /// A model for items of shape `input`.
    /// - Parameters:
    ///   - input: the shape of one item, without the batch.
    ///   - seed: fixes the first weights and every dropout.
    ///   - layers: the layers, first to last.
    /// - Throws: ``ModelError`` for a shape that a layer cannot take, or a name used twice.
    public convenience init(
        input: Shape, seed: UInt64 = 0, @LayerBuilder layers: () throws -> LayerChain<InputScalar>
    ) throws {
        try self.init(input: input, seed: seed, layers: layers().layers)
    }

    /// A model from layers whose element types are known only at run time.
    public init(input: Shape, seed: UInt64 = 0, layers: [any Layer]) throws {
        inputShape = input
        self.seed = seed
        for layer in layers { try append(layer) }
    }

    // MARK: Structure

    /// The shape of one output item.
    public var outputShape: Shape { outputShapes.last ?? inputShape }

    /// Adds a layer at the end and builds it.
    public func append(_ layer: any Layer) throws {
        try nameIfNeeded(layer, for: outputShape)
        try checkElements(of: layer, at: layers.count)
        let shape = try layer.outputShape(for: outputShape)
        try build(layer, for: outputShape)
        layers.append(layer)
        hasWeights.append(Self.hasWeights(layer))
        outputShapes.append(shape)
        revision += 1
    }

    /// Takes the last layer away.
    /// - Throws: ``ModelError/noLayers``.
    @discardableResult
    public func removeLast() throws -> any Layer {
        guard let layer = layers.popLast() else { throw ModelError.noLayers }
        hasWeights.removeLast()
        outputShapes.removeLast()
        revision += 1
        return layer
    }

    /// The layer of that name.
    /// - Throws: ``ModelError/noSuchLayer(name:available:)``.
    public func layer(named name: String) throws -> any Layer { layers[try index(of: name)] }

    /// The layer of that name, as the kind that it is known to be.
    public func layer<L: Layer>(named name: String, as kind: L.Type) throws -> L {
        guard let layer = try layer(named: name) as? L else {
            throw ModelError.noSuchLayer(name: "\(name) (\(L.kind))", available: layers.map { "\($0.name) (\(type(of: $0).kind))" })
        }
        return layer
    }

    /// Puts another layer in the place of the one of that name. What follows must take its output's shape.
    public func replace(_ name: String, with layer: any Layer) throws {
        let place = try index(of: name)
        let input = place == 0 ? inputShape : outputShapes[place - 1]
        if layer.name != name { try nameIfNeeded(layer, for: input) }
        try checkElements(of: layer, at: place)
        var shape = try layer.outputShape(for: input)
        var shapes = [shape]
        for following in layers[(place + 1)...] {
            shape = try following.outputShape(for: shape)
            shapes.append(shape)
        }
        // A built layer has weights for its old input, so only the same shape may arrive.
        if place + 1 < layers.count && shapes[0] != outputShapes[place] {
            throw layers[place + 1].incompatible(shapes[0], "its weights were built for \(outputShapes[place])")
        }
        try build(layer, for: input)
        layers[place] = layer
        hasWeights[place] = Self.hasWeights(layer)
        outputShapes.replaceSubrange(place..., with: shapes)
        revision += 1
    }

    /// Renames a layer.
    public func rename(_ name: String, to newName: String) throws {
        let place = try index(of: name)
        if newName != name && layers.contains(where: { $0.name == newName }) { throw ModelError.duplicateName(newName) }
        layers[place].name = newName
    }

    /// Freezes the first `count` layers and thaws the rest.
    public func freeze(first count: Int) {
        for (i, layer) in layers.enumerated() { layer.isTrainable = i >= count }
    }

    /// Freezes the named layers.
    public func freeze(_ names: [String]) throws {
        for name in names { try layer(named: name).isTrainable = false }
    }

    /// Makes every layer trainable.
    public func unfreeze() {
        for layer in layers { layer.isTrainable = true }
    }

    /// Every layer's weights and states, first to last.
    public var parameters: [Parameter] { layers.flatMap(\.parameters) }
    /// The weights that training changes now.
    public var trainableParameters: [Parameter] { layers.flatMap(\.trainableParameters) }
    /// Weights and states with names that are their own within the model: `conv1d/kernel`.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        layers.flatMap { layer in layer.parameters.map { (name: "\(layer.name)/\($0.name)", parameter: $0) } }
    }

    private static func hasWeights(_ layer: any Layer) -> Bool { layer.parameters.contains { $0.role == .weight } }

    private func index(of name: String) throws -> Int {
        guard let place = layers.firstIndex(where: { $0.name == name }) else {
            throw ModelError.noSuchLayer(name: name, available: layers.map(\.name))
        }
        return place
    }

    private func nameIfNeeded(_ layer: any Layer, for input: Shape) throws {
        let taken = Set(layers.map(\.name))
        if layer.name.isEmpty {
            let stem = snakeCase(layer.kind(for: input))
            var candidate = stem
            var number = 0
            while taken.contains(candidate) {
                number += 1
                candidate = "\(stem)_\(number)"
            }
            layer.name = candidate
        } else if taken.contains(layer.name) {
            throw ModelError.duplicateName(layer.name)
        }
    }

    private func checkElements(of layer: any Layer, at place: Int) throws {
        func name<L: Layer>(_: L) -> (type: Any.Type, text: String) { (L.InputScalar.self, "\(L.InputScalar.self)") }
        let expected: Any.Type = place == 0 ? InputScalar.self : Float.self
        let found = name(layer)
        if found.type != expected {
            throw ModelError.incompatibleElements(layer: layer.name, expects: found.text, found: "\(expected)")
        }
    }

    private func build(_ layer: any Layer, for input: Shape) throws {
        // A stream a layer, so that changing one leaves the others' first weights as they were.
        var random = RandomStream(seed: seed).forked(UInt64(layersMade))
        layersMade += 1
        try layer.build(for: input, random: &random)
    }

    // MARK: Running

    /// The layer where the backward pass may end: nothing before it has weights that train.
    private var firstBackward: Int {
        layers.indices.first { layers[$0].isTrainable && hasWeights[$0] } ?? layers.count
    }

    private func plan(batch: Int, training: Bool, wantsInputGradient: Bool) throws -> ExecutionPlan {
        let first = training ? (wantsInputGradient ? 0 : firstBackward) : layers.count
        if let kept = plans.first(where: {
            $0.key.revision == revision && $0.key.isTraining == training && $0.key.firstBackward == first
                && $0.key.wantsInputGradient == wantsInputGradient && $0.key.batch >= batch
        }) {
            return kept
        }
        // A larger batch replaces the smaller one's plan, so at most one of each kind is held.
        plans.removeAll {
            $0.key.revision != revision
                || ($0.key.isTraining == training && $0.key.wantsInputGradient == wantsInputGradient)
        }
        let plan = try ExecutionPlan(
            layers: layers, inputShape: inputShape,
            key: .init(
                batch: batch, isTraining: training, firstBackward: first, wantsInputGradient: wantsInputGradient,
                revision: revision))
        plans.append(plan)
        return plan
    }

    /// The bytes that the planned activations, gradients and scratch take.
    public var arenaByteCount: Int { plans.reduce(0) { $0 + $1.byteCount } }

    /// Runs a batch through the layers.
    /// - Parameters:
    ///   - input: `[batch] + inputShape`; it must stay as it is until ``backward()`` is done.
    ///   - training: dropout drops, batch normalization uses the batch, and `backward` may follow.
    ///   - step: the number of the training step, which fixes its dropout.
    ///   - leavesLogits: leaves the last layer's activation to the loss.
    ///   - wantsInputGradient: whether ``backward()`` is to give the gradient of `input`.
    /// - Returns: `[batch] + outputShape`, good until the next call.
    /// - Throws: ``ModelError`` for an input of another shape; what a layer throws.
    public func forward(
        _ input: TensorView<InputScalar>, training: Bool = false, step: UInt64 = 0, leavesLogits: Bool = false,
        wantsInputGradient: Bool = false
    ) throws -> TensorView<Float> {
        guard input.shape.rank == inputShape.rank + 1, input.shape.droppingFirst() == inputShape else {
            throw ModelError.inputShape(
                expected: inputShape, found: input.shape.rank > 0 ? input.shape.droppingFirst() : input.shape)
        }
        guard !layers.isEmpty else { throw ModelError.noLayers }
        // Until this pass is done there is none to go back through, even if a layer throws.
        running = nil
        let batch = input.shape[0]
        let plan = try plan(batch: batch, training: training, wantsInputGradient: wantsInputGradient)
        var current = UnsafeRawPointer(input.pointer)
        for i in layers.indices {
            let node = plan.nodes[i]
            if layers[i].isReshape || i > 0 && plan.nodes[i - 1].poolsNext { continue }
            let context = context(plan, i, training: training, step: step, leavesLogits: leavesLogits)
            if node.poolsNext, let convolution = layers[i] as? Conv2D, let output = plan.nodes[i + 1].output {
                try convolution.forwardPooled(
                    TensorView(
                        pointer: current.assumingMemoryBound(to: Float.self), shape: node.inputShape.prepending(batch)),
                    into: MutableTensorView(
                        pointer: output.assumingMemoryBound(to: Float.self),
                        shape: plan.nodes[i + 1].outputShape.prepending(batch)),
                    context)
                current = UnsafeRawPointer(output)
            } else if let output = node.output {
                try run(layers[i], input: current, node: node, output: output, batch: batch, context: context)
                current = UnsafeRawPointer(output)
            }
        }
        running = training ? (plan, UnsafeRawPointer(input.pointer), batch, step, leavesLogits) : nil
        return TensorView(pointer: current.assumingMemoryBound(to: Float.self), shape: outputShape.prepending(batch))
    }

    /// Where to write the loss' gradient with respect to the output of the last training
    /// ``forward(_:training:step:leavesLogits:wantsInputGradient:)``, before ``backward()``.
    public var outputGradient: MutableTensorView<Float> {
        guard let running, let pointer = running.plan.nodes.last?.outputGradient else {
            preconditionFailure("the output's gradient exists only after a training forward pass with weights to train")
        }
        return MutableTensorView(
            pointer: pointer.assumingMemoryBound(to: Float.self), shape: outputShape.prepending(running.batch))
    }

    /// Whether a backward pass has anything to do: some layer trains, or the input's gradient was asked for.
    public var hasBackwardPass: Bool { running.map { $0.plan.key.firstBackward < layers.count } ?? false }

    /// Turns ``outputGradient`` into the gradients of the weights.
    /// - Returns: the input's gradient, if it was asked for, good until the next call.
    @discardableResult
    public func backward() throws -> MutableTensorView<Float>? {
        guard let running else {
            preconditionFailure("backward() follows a training forward pass")
        }
        let plan = running.plan
        let first = plan.key.firstBackward
        for i in layers.indices.reversed() where i >= first && !layers[i].isReshape {
            let node = plan.nodes[i]
            guard let output = node.output, let gradient = node.outputGradient else { continue }
            let inputGradient = i > first ? plan.nodes[i - 1].outputGradient : (i == 0 ? plan.inputGradient : nil)
            let input = i > 0 ? (plan.nodes[i - 1].output.map { UnsafeRawPointer($0) } ?? running.input) : running.input
            try runBackward(
                layers[i], input: input, node: node, output: output, gradient: gradient, inputGradient: inputGradient,
                batch: running.batch,
                context: context(plan, i, training: true, step: running.step, leavesLogits: running.leavesLogits))
        }
        return plan.inputGradient.map {
            MutableTensorView(
                pointer: $0.assumingMemoryBound(to: Float.self), shape: inputShape.prepending(running.batch))
        }
    }

    private func context(
        _ plan: ExecutionPlan, _ i: Int, training: Bool, step: UInt64, leavesLogits: Bool
    ) -> LayerContext {
        LayerContext(
            isTraining: training, savesForBackward: training && i >= plan.key.firstBackward,
            wantsWeightGradients: training && layers[i].isTrainable,
            leavesLogits: leavesLogits && i == layers.count - 1, saved: plan.nodes[i].saved, workspace: plan.workspace,
            random: RandomStream(seed: seed).forked(0xD0 &+ UInt64(i)).forked(step))
    }

    private func run<L: Layer>(
        _ layer: L, input: UnsafeRawPointer, node: ExecutionPlan.Node, output: UnsafeMutableRawPointer, batch: Int,
        context: LayerContext
    ) throws {
        try layer.forward(
            TensorView(
                pointer: input.assumingMemoryBound(to: L.InputScalar.self), shape: node.inputShape.prepending(batch)),
            into: MutableTensorView(
                pointer: output.assumingMemoryBound(to: Float.self), shape: node.outputShape.prepending(batch)),
            context)
    }

    private func runBackward<L: Layer>(
        _ layer: L, input: UnsafeRawPointer, node: ExecutionPlan.Node, output: UnsafeMutableRawPointer,
        gradient: UnsafeMutableRawPointer, inputGradient: UnsafeMutableRawPointer?, batch: Int, context: LayerContext
    ) throws {
        let inputShape = node.inputShape.prepending(batch), outputShape = node.outputShape.prepending(batch)
        try layer.backward(
            input: TensorView(pointer: input.assumingMemoryBound(to: L.InputScalar.self), shape: inputShape),
            output: TensorView(pointer: UnsafePointer(output.assumingMemoryBound(to: Float.self)), shape: outputShape),
            outputGradient: MutableTensorView(pointer: gradient.assumingMemoryBound(to: Float.self), shape: outputShape),
            inputGradient: inputGradient.map {
                MutableTensorView(pointer: $0.assumingMemoryBound(to: Float.self), shape: inputShape)
            },
            context)
    }
}

/// `MaxPool1D` → `max_pool1d`, `BatchNormalization` → `batch_normalization`: Keras' way to name layers.
func snakeCase(_ kind: String) -> String {
    var result = ""
    var previous: Character?
    for character in kind {
        if character.isUppercase, let previous, previous.isLowercase { result.append("_") }
        result.append(contentsOf: character.lowercased())
        previous = character
    }
    return result
}

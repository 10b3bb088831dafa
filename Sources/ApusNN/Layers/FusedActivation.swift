import ApusCore

// What Dense and the convolutions share: an activation at their end. ReLU is applied by the kernel
// itself; others take a pass over the output, and those whose slope needs the value before keep it in
// the layer's saved memory.
extension Activation {
    func savedBytes(outputCount: Int, training: Bool) -> Int {
        training && !slopeFollowsFromOutput ? outputCount * MemoryLayout<Float>.stride : 0
    }

    /// What the kernel is to apply itself.
    func kernelPart(_ context: LayerContext) -> Activation {
        context.leavesLogits || needsOwnPass ? .linear : self
    }

    /// Finishes a forward pass whose kernel has written `output`.
    func finish(_ output: MutableTensorView<Float>, _ context: LayerContext) throws {
        guard needsOwnPass, !context.leavesLogits else { return }
        if context.savesForBackward && !slopeFollowsFromOutput {
            context.saved.copyMemory(
                from: output.pointer, byteCount: output.count * MemoryLayout<Float>.stride)
        }
        try forward(output.readOnly, into: output)
    }

    /// Begins a backward pass: the gradient of what the kernel computed, in place.
    func begin(_ gradient: MutableTensorView<Float>, output: TensorView<Float>, _ context: LayerContext) throws {
        guard self != .linear, !context.leavesLogits else { return }
        let before = slopeFollowsFromOutput ? nil : UnsafePointer(context.saved.assumingMemoryBound(to: Float.self))
        try backward(
            x: before, y: slopeFollowsFromOutput ? output.pointer : nil, dy: gradient.readOnly, into: gradient)
    }

    var backwardReadsOutput: BackwardReads { self != .linear && slopeFollowsFromOutput ? .output : [] }
}

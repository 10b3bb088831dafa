import ApusCore
import CApus

/// How a window becomes one value.
public enum PoolingKind: String, Sendable { case maximum, average }

/// A way to pool, as a type: ``MaximumPooling`` or ``AveragePooling``.
public protocol PoolingOperation {
    /// What is done.
    static var kind: PoolingKind { get }
    /// What Keras' layer names begin with.
    static var name: String { get }
}

/// The largest value.
public enum MaximumPooling: PoolingOperation {
    public static var kind: PoolingKind { .maximum }
    public static var name: String { "Max" }
}

/// The mean.
public enum AveragePooling: PoolingOperation {
    public static var kind: PoolingKind { .average }
    public static var name: String { "Average" }
}

/// What all pooling layers share: an item is height × width × channels, with height 1 in one dimension.
struct Pooling {
    var kind: PoolingKind
    var windowH: Int
    var windowW: Int
    var strideH: Int
    var strideW: Int
    var padding: Padding

    /// The descriptor for a batch; nil if no window fits.
    func descriptor(batch: Int, height: Int, width: Int, channels: Int) -> (desc: apus_pool_desc, outH: Int, outW: Int)? {
        guard
            let v = padding.resolve(input: height, window: windowH, stride: strideH, dilation: 1),
            let h = padding.resolve(input: width, window: windowW, stride: strideW, dilation: 1)
        else { return nil }
        var desc = apus_pool_desc()
        (desc.batch, desc.in_h, desc.in_w, desc.channels) = (batch, height, width, channels)
        (desc.window_h, desc.window_w, desc.stride_h, desc.stride_w) = (windowH, windowW, strideH, strideW)
        (desc.pad_top, desc.pad_bottom, desc.pad_left, desc.pad_right) = (v.before, v.after, h.before, h.after)
        desc.count_padding = 0
        return (desc, v.output, h.output)
    }

    // The winner's place in its window fits a byte; larger windows find it again in the backward pass.
    private var keepsWinners: Bool { kind == .maximum && windowH * windowW <= 256 }

    var backwardReads: BackwardReads { kind == .maximum && !keepsWinners ? .input : [] }

    func savedBytes(outputCount: Int, training: Bool) -> Int { training && keepsWinners ? outputCount : 0 }

    func forward(
        _ desc: apus_pool_desc, _ input: TensorView<Float>, into output: MutableTensorView<Float>, layer: String,
        _ context: LayerContext
    ) throws {
        let winners = context.savesForBackward && keepsWinners ? context.saved.assumingMemoryBound(to: UInt8.self) : nil
        try check(
            withUnsafePointer(to: desc) {
                kind == .maximum
                    ? apus_smaxpool_forward($0, input.pointer, output.pointer, winners)
                    : apus_savgpool_forward($0, input.pointer, output.pointer)
            },
            "layer '\(layer)': \(kind) pooling of \(input.shape) to \(output.shape)")
    }

    func backward(
        _ desc: apus_pool_desc, input: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, layer: String, _ context: LayerContext
    ) throws {
        guard let inputGradient else { return }
        try check(
            withUnsafePointer(to: desc) {
                switch kind {
                case .average: apus_savgpool_backward($0, outputGradient.pointer, inputGradient.pointer)
                case .maximum where keepsWinners:
                    apus_smaxpool_backward(
                        $0, outputGradient.pointer, context.saved.assumingMemoryBound(to: UInt8.self),
                        inputGradient.pointer)
                case .maximum:
                    apus_smaxpool_backward_recompute(
                        $0, input.pointer, outputGradient.pointer, inputGradient.pointer)
                }
            },
            "layer '\(layer)': the gradient of \(kind) pooling of \(input.shape)")
    }
}

import ApusCore
import CApus
import Foundation

/// A convolution's weights in the form that its kernel uses, kept for as long as they do not change.
///
/// They are made by the first pass that asks and again once the ``Parameter/revision`` has moved on, in the same
/// memory. Several threads may ask at once, for models can share a layer: whoever comes second waits for what the
/// first makes, and memory that a pass still reads is not written.
final class PreparedKernel {
    /// What the weights were made from and for.
    private struct Origin: Equatable {
        var revision: Int
        var algorithm: apus_conv_algorithm
        var instructionSet: apus_isa
    }

    private let lock = NSLock()
    private var origin: Origin?
    private var memory: AlignedBuffer?
    /// How often weights were made.
    private(set) var timesMade = 0

    /// The weights as `desc` wants them.
    private func weights(_ desc: apus_conv_desc, kernel: Parameter, layer: String) throws -> AlignedBuffer {
        try withUnsafePointer(to: desc) { desc in
            let wanted = Origin(
                revision: kernel.revision, algorithm: apus_conv_algorithm_for(desc, APUS_CONV_FORWARD),
                instructionSet: apus_get_isa())
            lock.lock()
            defer { lock.unlock() }
            if let memory, origin == wanted { return memory }
            origin = nil
            let bytes = apus_sconv_prepare_bytes(desc)
            if memory?.byteCount != bytes || !isKnownUniquelyReferenced(&memory) {
                memory = nil
                memory = AlignedBuffer(byteCount: bytes, zeroed: false)
            }
            let made = memory!
            try check(
                apus_sconv_prepare(desc, kernel.view.pointer, made.baseAddress, bytes),
                "layer '\(layer)': preparing the weights of a \(desc.pointee.text)")
            origin = wanted
            timesMade += 1
            return made
        }
    }

    /// The workspace for a forward pass.
    func workspaceBytes(_ desc: apus_conv_desc, kernel: Parameter, layer: String) -> Int {
        guard desc.batch > 0, desc.gainsByPreparing, let weights = try? weights(desc, kernel: kernel, layer: layer) else {
            return desc.workspaceBytes(training: false)
        }
        return withUnsafePointer(to: desc) {
            apus_sconv_forward_prepared_workspace($0, APUS_CONV_POOL_NONE, weights.baseAddress)
        }
    }

    /// y := pool(f(x ∗ w + bias)).
    func forward(
        _ desc: apus_conv_desc, pool: apus_conv_pool = APUS_CONV_POOL_NONE, _ x: UnsafePointer<Float>, kernel: Parameter,
        bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>, workspace: UnsafeMutableRawBufferPointer,
        layer: String
    ) throws {
        // An empty batch has its own way through the kernel, which the weights are not to be prepared for.
        guard desc.batch > 0 else { return }
        let weights = try weights(desc, kernel: kernel, layer: layer)
        try withExtendedLifetime(weights) {
            try withUnsafePointer(to: desc) { desc in
                let (memory, size) = fitting(
                    workspace, apus_sconv_forward_prepared_workspace(desc, pool, weights.baseAddress))
                try check(
                    apus_sconv_forward_prepared(
                        desc, pool, x, weights.baseAddress, weights.byteCount, bias, y, memory, size),
                    "layer '\(layer)': \(desc.pointee.text)")
            }
        }
    }
}

import ApusCore
import CApus

// Kernels take a workspace of the size that they name for the very shape at hand. A plan is made for a
// full batch, and a smaller one may take another path through the kernel; where that path wants more
// than was planned, the kernel is left to allocate for itself.
func fitting(_ workspace: UnsafeMutableRawBufferPointer, _ needed: Int) -> (UnsafeMutableRawPointer?, Int) {
    needed > 0 && needed <= workspace.count ? (workspace.baseAddress, workspace.count) : (nil, 0)
}

/// c := f(op(a) · op(b) + bias), all dense: op(a) is [m, k], op(b) is [k, n].
struct MatrixProduct {
    private var desc = apus_gemm_desc()

    init(
        m: Int, n: Int, k: Int, transposeA: Bool = false, transposeB: Bool = false,
        activation: apus_activation = APUS_ACTIVATION_LINEAR
    ) {
        desc.transpose_a = transposeA ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE
        desc.transpose_b = transposeB ? APUS_TRANSPOSE : APUS_NO_TRANSPOSE
        (desc.m, desc.n, desc.k) = (m, n, k)
        (desc.lda, desc.ldb, desc.ldc) = (transposeA ? m : k, transposeB ? k : n, n)
        (desc.alpha, desc.beta) = (1, 0)
        desc.activation = activation
    }

    var workspaceBytes: Int { withUnsafePointer(to: desc) { apus_sgemm_workspace($0) } }

    func run(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, bias: UnsafePointer<Float>? = nil,
        into c: UnsafeMutablePointer<Float>, workspace: UnsafeMutableRawBufferPointer, layer: String
    ) throws {
        let (memory, size) = fitting(workspace, workspaceBytes)
        try check(
            withUnsafePointer(to: desc) { apus_sgemm($0, a, b, bias, c, memory, size) },
            "layer '\(layer)': a \(desc.m) × \(desc.k) by \(desc.k) × \(desc.n) product")
    }
}

extension apus_conv_desc {
    /// The workspace that suits the forward pass and, for training, both backward passes.
    func workspaceBytes(training: Bool) -> Int {
        withUnsafePointer(to: self) { desc in
            let forward = apus_sconv_workspace(desc, APUS_CONV_FORWARD)
            guard training else { return forward }
            return max(
                forward, apus_sconv_workspace(desc, APUS_CONV_BACKWARD_DATA),
                apus_sconv_workspace(desc, APUS_CONV_BACKWARD_WEIGHTS))
        }
    }

    /// Whether weights prepared beforehand save the forward pass a transform; else they are kept as they are.
    var gainsByPreparing: Bool {
        let algorithm = withUnsafePointer(to: self) { apus_conv_algorithm_for($0, APUS_CONV_FORWARD) }
        return algorithm == APUS_CONV_WINOGRAD_4X4 || algorithm == APUS_CONV_WINOGRAD_6X6
    }

    private func fit(
        _ workspace: UnsafeMutableRawBufferPointer, _ pass: apus_conv_pass
    ) -> (UnsafeMutableRawPointer?, Int) {
        fitting(workspace, withUnsafePointer(to: self) { apus_sconv_workspace($0, pass) })
    }

    var text: String {
        "\(kernel_h)×\(kernel_w) convolution of \(in_h)×\(in_w)×\(in_c) to \(out_c) channels, batch \(batch)"
    }

    func forward(
        _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
        into y: UnsafeMutablePointer<Float>, workspace: UnsafeMutableRawBufferPointer, layer: String
    ) throws {
        let (memory, size) = fit(workspace, APUS_CONV_FORWARD)
        try check(
            withUnsafePointer(to: self) { apus_sconv_forward($0, x, w, bias, y, memory, size) },
            "layer '\(layer)': \(text)")
    }

    func backwardData(
        _ dy: UnsafePointer<Float>, _ w: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
        workspace: UnsafeMutableRawBufferPointer, layer: String
    ) throws {
        let (memory, size) = fit(workspace, APUS_CONV_BACKWARD_DATA)
        try check(
            withUnsafePointer(to: self) { apus_sconv_backward_data($0, dy, w, dx, memory, size) },
            "layer '\(layer)': the input gradient of a \(text)")
    }

    func backwardWeights(
        _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>,
        bias dbias: UnsafeMutablePointer<Float>?, workspace: UnsafeMutableRawBufferPointer, layer: String
    ) throws {
        let (memory, size) = fit(workspace, APUS_CONV_BACKWARD_WEIGHTS)
        try check(
            withUnsafePointer(to: self) { apus_sconv_backward_weights($0, x, dy, dw, dbias, memory, size) },
            "layer '\(layer)': the weight gradient of a \(text)")
    }
}

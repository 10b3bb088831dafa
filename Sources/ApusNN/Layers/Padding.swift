/// What a convolution or pooling layer does at the borders.
public enum Padding: String, Codable, Hashable, Sendable {
    /// Nothing: windows lie inside the input.
    case valid
    /// Zeros so that the output has ⌈input / stride⌉ places; the odd one comes last, as in TensorFlow.
    case same
    /// One dimension only: zeros in front, so that no output sees what comes after it.
    case causal

    /// The zeros before and after, and the output's size, along one axis; nil if no window fits.
    func resolve(input: Int, window: Int, stride: Int, dilation: Int) -> (before: Int, after: Int, output: Int)? {
        let (span, overflow) = dilation.multipliedReportingOverflow(by: window - 1)
        // A window that no machine could hold fits in no input.
        guard !overflow, span < Int(Int32.max) else { return nil }
        let reach = span + 1
        switch self {
        case .valid:
            return input >= reach ? (0, 0, (input - reach) / stride + 1) : nil
        case .same:
            guard input > 0 else { return nil }
            let output = (input + stride - 1) / stride
            let total = max(0, (output - 1) * stride + reach - input)
            return (total / 2, total - total / 2, output)
        case .causal:
            return input > 0 ? (reach - 1, 0, (input - 1) / stride + 1) : nil
        }
    }
}

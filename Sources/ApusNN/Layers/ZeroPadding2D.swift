import ApusCore

/// A frame of zeros around an image.
///
/// Input `[height, width, channels]`, output `[top + height + bottom, left + width + right, channels]`. A convolution
/// with `padding: .same` does the same in passing and costs nothing; this layer is for frames that are no window's.
public final class ZeroPadding2D: Layer {
    /// The layer's settings, as a saved model has them.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The rows of zeros above.
        public var top: Int
        /// The rows of zeros below.
        public var bottom: Int
        /// The columns of zeros on the left.
        public var left: Int
        /// The columns of zeros on the right.
        public var right: Int
    }

    public static let kind = "ZeroPadding2D"
    public let configuration: Configuration
    public var name = ""
    public var isTrainable = true

    /// A layer from its settings; they are checked when a model takes it in.
    public init(_ configuration: Configuration) { self.configuration = configuration }
    /// As many zeros on either side: `padding` rows above and below and columns left and right.
    public convenience init(_ padding: Int = 1) { self.init((padding, padding), (padding, padding)) }
    /// - Parameters:
    ///   - vertical: rows of zeros (above, below).
    ///   - horizontal: columns of zeros (left, right).
    public convenience init(_ vertical: (Int, Int), _ horizontal: (Int, Int)) {
        self.init(
            Configuration(top: vertical.0, bottom: vertical.1, left: horizontal.0, right: horizontal.1))
    }

    public var backwardReads: BackwardReads { [] }

    public func outputShape(for input: Shape) throws -> Shape {
        let c = configuration
        // A frame that no machine could hold may come from a file.
        guard [c.top, c.bottom, c.left, c.right].allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
            throw ModelError.invalidSetting(layer: name, setting: "padding", reason: "is no number of rows and columns")
        }
        guard input.rank == 3 else { throw incompatible(input, "it needs [height, width, channels]") }
        return [c.top + input[0] + c.bottom, c.left + input[1] + c.right, input[2]]
    }

    public func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) throws {
        output.buffer.update(repeating: 0)
        forEachRow(of: input.shape) { inner, outer, count in
            (output.pointer + outer).update(from: input.pointer + inner, count: count)
        }
    }

    public func backward(
        input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
        inputGradient: MutableTensorView<Float>?, _ context: LayerContext
    ) throws {
        guard let inputGradient else { return }
        forEachRow(of: inputGradient.shape) { inner, outer, count in
            (inputGradient.pointer + inner).update(from: outputGradient.pointer + outer, count: count)
        }
    }

    /// Where each row of `[batch, height, width, channels]` lies in the input and within the frame.
    private func forEachRow(of shape: Shape, _ body: (_ inner: Int, _ outer: Int, _ count: Int) -> Void) {
        let c = configuration
        let (height, row) = (shape[1], shape[2] * shape[3])
        let framed = (c.left + shape[2] + c.right) * shape[3]
        for item in 0..<shape[0] {
            for y in 0..<height {
                let outer = (item * (c.top + height + c.bottom) + c.top + y) * framed + c.left * shape[3]
                body((item * height + y) * row, outer, row)
            }
        }
    }
}

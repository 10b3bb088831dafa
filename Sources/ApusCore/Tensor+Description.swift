extension Tensor: CustomStringConvertible {
    /// `Tensor<Float>[2, 3]: 0.0 1.0 2.0 …`: the shape and the first few elements.
    public var description: String {
        let shown = 8
        let head = withUnsafeBufferPointer { $0.prefix(shown).map { "\($0)" }.joined(separator: " ") }
        return "Tensor<\(Scalar.self)>\(shape): \(head)\(count > shown ? " …" : "")"
    }
}

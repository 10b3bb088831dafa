/// A tensor that somebody else owns, for reading: a pointer and a shape.
///
/// Layers see their inputs as views, since these lie in a planned arena and change at every step. A
/// view is good for the call that it was given to and must not be kept.
public struct TensorView<Scalar: TensorScalar> {
    /// The first element; row-major.
    public let pointer: UnsafePointer<Scalar>
    /// The sizes of the dimensions.
    public let shape: Shape

    /// A view of `shape.elementCount` elements from `pointer` on, row-major.
    public init(pointer: UnsafePointer<Scalar>, shape: Shape) {
        self.pointer = pointer
        self.shape = shape
    }

    /// The number of elements.
    public var count: Int { shape.elementCount }
    /// The elements in row-major order.
    public var buffer: UnsafeBufferPointer<Scalar> { UnsafeBufferPointer(start: pointer, count: count) }

    /// The items `range` of the first dimension.
    public func rows(_ range: Range<Int>) -> TensorView {
        precondition(
            shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
            "rows \(range) of a view of shape \(shape)")
        let item = shape.droppingFirst()
        return TensorView(
            pointer: pointer + range.lowerBound * item.elementCount, shape: item.prepending(range.count))
    }

    /// A tensor of its own with the same elements.
    public func copy() -> Tensor<Scalar> { Tensor(buffer, shape: shape) }
}

/// A tensor that somebody else owns, for reading and writing. See ``TensorView``.
public struct MutableTensorView<Scalar: TensorScalar> {
    /// The first element; row-major.
    public let pointer: UnsafeMutablePointer<Scalar>
    /// The sizes of the dimensions.
    public let shape: Shape

    /// A view of `shape.elementCount` elements from `pointer` on, row-major.
    public init(pointer: UnsafeMutablePointer<Scalar>, shape: Shape) {
        self.pointer = pointer
        self.shape = shape
    }

    /// The number of elements.
    public var count: Int { shape.elementCount }
    /// The elements in row-major order.
    public var buffer: UnsafeMutableBufferPointer<Scalar> {
        UnsafeMutableBufferPointer(start: pointer, count: count)
    }
    /// The same for reading.
    public var readOnly: TensorView<Scalar> { TensorView(pointer: UnsafePointer(pointer), shape: shape) }

    /// Copies the elements of a view with as many.
    public func copy(from source: TensorView<Scalar>) {
        precondition(source.count == count, "shape \(source.shape) copied into shape \(shape)")
        pointer.update(from: source.pointer, count: count)
    }
}

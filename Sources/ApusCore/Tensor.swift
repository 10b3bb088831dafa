/// A dense, row-major, n-dimensional array: a value type over an aligned, copy-on-write buffer.
///
/// ```swift
/// var x = Tensor<Float>(repeating: 0, shape: [2, 3])
/// x[1, 2] = 5
/// let y = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
/// ```
///
/// Images are channels last, `[batch, height, width, channels]`; convolution kernels
/// `[height, width, in, out]`; dense kernels `[in, out]`: the orders of Keras' files.
public struct Tensor<Scalar: TensorScalar>: Sendable {
    /// The sizes of the dimensions.
    public private(set) var shape: Shape
    private var storage: AlignedBuffer

    /// Every element `value`.
    public init(repeating value: Scalar, shape: Shape) {
        self.init(uninitialized: shape)
        withUnsafeMutableBufferPointer { $0.update(repeating: value) }
    }

    /// All zeros.
    public init(zeros shape: Shape) {
        self.shape = shape
        storage = AlignedBuffer(byteCount: shape.elementCount * MemoryLayout<Scalar>.stride)
    }

    /// The elements in row-major order.
    /// - Precondition: as many elements as the shape has.
    public init(_ elements: some Collection<Scalar>, shape: Shape) {
        precondition(
            elements.count == shape.elementCount,
            "\(elements.count) elements for a tensor of shape \(shape), which has \(shape.elementCount)")
        self.init(uninitialized: shape)
        withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: elements) }
    }

    /// A vector.
    public init(_ elements: some Collection<Scalar>) {
        self.init(elements, shape: [elements.count])
    }

    /// Memory that the closure fills.
    /// - Parameter initialize: must write every element.
    public init<Failure: Error>(
        uninitialized shape: Shape,
        initializingWith initialize: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Void
    ) throws(Failure) {
        self.init(uninitialized: shape)
        try initialize(mutableBuffer)
    }

    private init(uninitialized shape: Shape) {
        self.shape = shape
        storage = AlignedBuffer(byteCount: shape.elementCount * MemoryLayout<Scalar>.stride, zeroed: false)
    }

    private var mutableBuffer: UnsafeMutableBufferPointer<Scalar> {
        UnsafeMutableBufferPointer(
            start: storage.baseAddress.assumingMemoryBound(to: Scalar.self), count: shape.elementCount)
    }

    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) {
            let copy = AlignedBuffer(byteCount: storage.byteCount, zeroed: false)
            copy.baseAddress.copyMemory(from: storage.baseAddress, byteCount: storage.byteCount)
            storage = copy
        }
    }

    /// The number of elements.
    public var count: Int { shape.elementCount }

    /// The elements in row-major order, copied.
    public var scalars: [Scalar] { withUnsafeBufferPointer { Array($0) } }

    /// Calls the closure with the elements in row-major order; the pointer is good until it returns.
    public func withUnsafeBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeBufferPointer(mutableBuffer))
    }

    /// Calls the closure with the elements for reading and writing; the pointer is good until it returns.
    public mutating func withUnsafeMutableBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeUnique()
        defer { withExtendedLifetime(storage) {} }
        return try body(mutableBuffer)
    }

    /// Calls the closure with a view of the whole tensor, good until it returns.
    public func withView<Result, Failure: Error>(
        _ body: (TensorView<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(
            TensorView(pointer: UnsafePointer(storage.baseAddress.assumingMemoryBound(to: Scalar.self)), shape: shape))
    }

    /// Calls the closure with a view for reading and writing, good until it returns.
    public mutating func withMutableView<Result, Failure: Error>(
        _ body: (MutableTensorView<Scalar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeUnique()
        defer { withExtendedLifetime(storage) {} }
        return try body(
            MutableTensorView(pointer: storage.baseAddress.assumingMemoryBound(to: Scalar.self), shape: shape))
    }

    /// The same elements under another shape; nothing is copied.
    /// - Precondition: as many elements.
    public func reshaped(to newShape: Shape) -> Tensor {
        precondition(
            newShape.elementCount == shape.elementCount,
            "a tensor of shape \(shape) reshaped to \(newShape): \(shape.elementCount) and \(newShape.elementCount) elements")
        var result = self
        result.shape = newShape
        return result
    }

    /// The items `range` of the first dimension, copied.
    public func rows(_ range: Range<Int>) -> Tensor {
        precondition(
            shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
            "rows \(range) of a tensor of shape \(shape)")
        let item = shape.droppingFirst()
        let width = item.elementCount
        return Tensor(uninitialized: item.prepending(range.count)) { target in
            withUnsafeBufferPointer { source in
                _ = target.update(fromContentsOf: source[(range.lowerBound * width)..<(range.upperBound * width)])
            }
        }
    }

    private func offset(_ indices: [Int]) -> Int {
        precondition(
            indices.count == shape.rank, "\(indices.count) indices into a tensor of shape \(shape)")
        var offset = 0
        for axis in 0..<shape.rank {
            let index = indices[axis]
            precondition(
                index >= 0 && index < shape[axis], "the index \(indices) lies outside a tensor of shape \(shape)")
            offset = offset * shape[axis] + index
        }
        return offset
    }

    /// One element.
    /// - Precondition: one index a dimension, each inside it.
    public subscript(indices: Int...) -> Scalar {
        get {
            let place = offset(indices)
            return withUnsafeBufferPointer { $0[place] }
        }
        set {
            let place = offset(indices)
            withUnsafeMutableBufferPointer { $0[place] = newValue }
        }
    }
}

/// The sizes of a tensor's dimensions, outermost first; at most eight of them.
///
/// A `Shape` is stored inline, so that passing one about allocates nothing.
public struct Shape: Hashable, Sendable {
    /// The most dimensions that a shape can have.
    public static let maximumRank = 8

    private var sizes: SIMD8<Int>
    /// The number of dimensions; 0 for a scalar.
    public private(set) var rank: Int

    /// A shape from its sizes.
    /// - Precondition: every size is at least 0, and there are at most ``maximumRank``.
    public init(_ dimensions: some Sequence<Int>) {
        sizes = SIMD8(repeating: 0)
        rank = 0
        for size in dimensions {
            precondition(rank < Shape.maximumRank, "a shape has at most \(Shape.maximumRank) dimensions")
            precondition(size >= 0, "a dimension of size \(size) in a shape")
            sizes[rank] = size
            rank += 1
        }
    }

    /// The number of elements: the product of the sizes, 1 for a scalar.
    public var elementCount: Int {
        var product = 1
        for axis in 0..<rank {
            let (value, overflow) = product.multipliedReportingOverflow(by: sizes[axis])
            precondition(!overflow, "the shape \(self) has more elements than an Int can count")
            product = value
        }
        return product
    }

    /// The sizes as an array.
    public var dimensions: [Int] { (0..<rank).map { sizes[$0] } }

    /// The same sizes with one more in front: `[size] + self`.
    public func prepending(_ size: Int) -> Shape {
        precondition(rank < Shape.maximumRank, "a shape has at most \(Shape.maximumRank) dimensions")
        precondition(size >= 0, "a dimension of size \(size) in a shape")
        var result = Shape([])
        result.rank = rank + 1
        result.sizes[0] = size
        for axis in 0..<rank { result.sizes[axis + 1] = sizes[axis] }
        return result
    }

    /// The same sizes without the first: what one item of a batch looks like.
    /// - Precondition: there is a first.
    public func droppingFirst() -> Shape {
        precondition(rank > 0, "a scalar's shape has no first dimension")
        var result = Shape([])
        result.rank = rank - 1
        for axis in 1..<rank { result.sizes[axis - 1] = sizes[axis] }
        return result
    }
}

extension Shape: ExpressibleByArrayLiteral {
    /// The sizes of the dimensions, outermost first.
    public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { rank }
    /// The size of a dimension.
    /// - Precondition: `axis` is in 0 ..< rank.
    public subscript(axis: Int) -> Int {
        precondition(axis >= 0 && axis < rank, "axis \(axis) of a shape with \(rank) dimensions")
        return sizes[axis]
    }
}

extension Shape: CustomStringConvertible {
    /// `[2, 3, 4]`
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}

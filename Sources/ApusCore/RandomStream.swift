import CApus

/// Random numbers that are named rather than consumed: a seed, a stream and a position give the same
/// number on every platform, with every kernel variant and any number of threads.
///
/// Philox4x32-10, a counter-based generator (Salmon et al., 2011). `RandomStream` is also a
/// `RandomNumberGenerator`, so that `shuffled(using:)` and `random(in:using:)` work with it; those
/// draw from the stream's running position.
public struct RandomStream: RandomNumberGenerator, Sendable, Hashable {
    /// Fixes everything.
    public let seed: UInt64
    /// Keeps uses of one seed apart: a layer's weights, an epoch's order, a step's dropout.
    public let stream: UInt64
    /// The next 32-bit word to be used.
    public private(set) var position: UInt64

    /// A stream of a seed.
    /// - Parameters:
    ///   - seed: fixes everything.
    ///   - stream: keeps uses of one seed apart.
    ///   - position: the first 32-bit word to be used.
    public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
        self.position = position
    }

    /// A stream of the same seed for another use; equal purposes give equal streams.
    public func forked(_ purpose: UInt64) -> RandomStream {
        // SplitMix64's finalizer spreads small numbers over all 64 bits.
        var z = stream &+ 0x9E37_79B9_7F4A_7C15 &* (purpose &+ 1)
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return RandomStream(seed: seed, stream: z ^ (z >> 31))
    }

    /// The next 64 bits, two words of the stream; ``position`` moves past them.
    public mutating func next() -> UInt64 {
        // Sixty-four bits are two words of one block when the position is even; an odd word is passed over.
        position &+= position & 1
        let block = position / 4
        let counter: [UInt32] = [
            UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
            UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32),
        ]
        let key: [UInt32] = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
        var words: [UInt32] = [0, 0, 0, 0]
        apus_philox4x32(counter, key, &words)
        let first = Int(position % 4)
        position &+= 2
        return UInt64(words[first]) | UInt64(words[first + 1]) << 32
    }

    /// Numbers uniform in `[range.lowerBound, range.upperBound)`.
    /// - Throws: ``KernelError`` for bounds that are not finite.
    public mutating func uniform(_ range: Range<Float>, shape: Shape) throws -> Tensor<Float> {
        let start = position
        let tensor = try Tensor<Float>(uninitialized: shape) { target throws(KernelError) in
            guard let base = target.baseAddress else { return }
            try check(
                apus_random_uniform(seed, stream, start, target.count, range.lowerBound, range.upperBound, base),
                "uniform numbers in \(range) of shape \(shape)")
        }
        position = (start + UInt64(shape.elementCount) + 3) / 4 * 4
        return tensor
    }

    /// Normal numbers.
    /// - Throws: ``KernelError`` for a negative standard deviation.
    public mutating func normal(mean: Float = 0, standardDeviation: Float = 1, shape: Shape) throws -> Tensor<Float> {
        let start = (position + 3) / 4
        let tensor = try Tensor<Float>(uninitialized: shape) { target throws(KernelError) in
            guard let base = target.baseAddress else { return }
            try check(
                apus_random_normal(seed, stream, start, target.count, mean, standardDeviation, base),
                "normal numbers of shape \(shape)")
        }
        position = (start + UInt64(shape.elementCount)) * 4
        return tensor
    }

    /// The numbers 0 ..< count in a random order (Fisher and Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        order.shuffle(using: &self)
        return order
    }
}

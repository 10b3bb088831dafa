import ApusCore
import CBenchCommon

/// Aligned C memory of one element type, alive as long as the closures that use it.
final class Buffer<Element: BitwiseCopyable> {
    private let memory: AlignedBuffer
    let pointer: UnsafeMutablePointer<Element>
    let count: Int

    /// Zeros.
    init(_ count: Int) {
        self.count = count
        memory = AlignedBuffer(byteCount: count * MemoryLayout<Element>.stride)
        pointer = memory.baseAddress.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    /// Some indices over the whole, the first and the last among them.
    var samples: [Int] {
        count == 0 ? [] : Array(Set([0, count - 1] + (1..<64).map { ($0 &* 0x9E37_79B9_7F4A) % count }))
    }
}

extension Buffer where Element == Float {
    /// Numbers in `low...high`, the same for a seed on every machine.
    convenience init(_ count: Int, seed: UInt64, low: Float = -1, high: Float = 1) {
        self.init(count)
        bench_fill(seed, count, pointer)
        if low != -1 || high != 1 {
            for i in 0..<count { pointer[i] = low + (high - low) * (pointer[i] * 0.5 + 0.5) }
        }
    }

    /// The largest difference from `expected` over the sampled indices, relative to 1 or the expected value.
    func error(expecting expected: (Int) -> Double) -> Double {
        samples.reduce(0) { worst, i in
            let want = expected(i), difference = abs(Double(pointer[i]) - want) / max(1, abs(want))
            return difference.isNaN ? .infinity : max(worst, difference)
        }
    }
}

extension Buffer where Element == Double {
    convenience init(_ count: Int, seed: UInt64) {
        self.init(count)
        bench_fill_double(seed, count, pointer)
    }
}

extension Buffer where Element == Int32 {
    /// Numbers in `0..<limit`.
    convenience init(_ count: Int, seed: UInt64, below limit: Int) {
        self.init(count)
        var stream = RandomStream(seed: seed)
        for i in 0..<count { pointer[i] = Int32.random(in: 0..<Int32(limit), using: &stream) }
    }
}

/// A workspace of so many bytes.
func workspace(_ bytes: Int) -> Buffer<UInt8> { Buffer(bytes) }

import ApusCore
import ApusData
import ApusNN

/// Digits for a ``CapsNet``, each moved by up to `shift` pixels in either direction, or distorted, anew in every epoch.
public final class ShiftedDigits: BatchSource {
    /// The digits.
    public let digits: DigitImages
    /// The largest shift, in pixels; 0: none.
    public let shift: Int
    private let seed: UInt64
    private let canvas: (height: Int, width: Int)
    private var distorter: DigitDistorter?
    private var distorted: [UInt8] = []
    private var images = CapsNet.Numbers()
    private var labels: [Int32] = []

    /// Digits turned, sheared, scaled and moved, so that none loses ink.
    /// - Parameters:
    ///   - digits: the images.
    ///   - distortion: how far.
    ///   - border: rows and columns of background added on each side.
    ///   - seed: fixes the maps.
    public convenience init(_ digits: DigitImages, by distortion: AffineDistortion, border: Int = 0, seed: UInt64 = 0) {
        self.init(digits, border: border, seed: seed)
        distorter = DigitDistorter(digits, by: distortion, canvasHeight: canvas.height, canvasWidth: canvas.width)
        distorted = [UInt8](repeating: 0, count: canvas.height * canvas.width)
    }

    /// - Parameters:
    ///   - digits: the images.
    ///   - shift: the largest shift, in pixels; 2 in the paper's training, 0 in its test.
    ///   - border: rows and columns of background added on each side.
    ///   - seed: fixes the shifts.
    public init(_ digits: DigitImages, shift: Int = 0, border: Int = 0, seed: UInt64 = 0) {
        precondition(shift >= 0 && border >= 0, "a shift of \(shift), a border of \(border)")
        (self.digits, self.shift, self.seed) = (digits, shift, seed)
        canvas = (digits.height + 2 * border, digits.width + 2 * border)
    }

    public var itemCount: Int { digits.count }

    public func withBatch<Result>(
        _ indices: UnsafeBufferPointer<Int>, epoch: Int, _ body: (CapsNet.Batch) throws -> Result
    ) throws -> Result {
        let size = canvas.height * canvas.width, count = indices.count
        images.reserve(count * size)
        let view = images.view([count, canvas.height, canvas.width, 1])
        view.buffer.update(repeating: 0)
        labels.removeAll(keepingCapacity: true)
        for (place, index) in indices.enumerated() {
            var random = RandomStream(seed: seed).forked(0x5417).forked(UInt64(epoch)).forked(UInt64(index))
            let target = view.pointer + place * size
            if distorter == nil { move(index, &random, to: target) } else { try distort(index, &random, to: target) }
            labels.append(Int32(digits.labels[index]))
        }
        return try labels.withUnsafeBufferPointer { labels in
            try body(
                CapsNet.Batch(
                    images: view.readOnly, labels: TensorView(pointer: labels.baseAddress ?? noLabels, shape: [count, 1]),
                    targets: TensorView(pointer: UnsafePointer(view.pointer), shape: [count, 1, size])))
        }
    }

    private func move(_ index: Int, _ random: inout RandomStream, to target: UnsafeMutablePointer<Float>) {
        let row = (canvas.height - digits.height) / 2 + (shift > 0 ? Int.random(in: -shift...shift, using: &random) : 0)
        let column = (canvas.width - digits.width) / 2 + (shift > 0 ? Int.random(in: -shift...shift, using: &random) : 0)
        digits.add(
            index, row: row, column: column, to: target, canvasHeight: canvas.height, canvasWidth: canvas.width)
    }

    private func distort(_ index: Int, _ random: inout RandomStream, to target: UnsafeMutablePointer<Float>) throws {
        try distorted.withUnsafeMutableBufferPointer { pixels in
            try distorter?.draw(index, &random, to: pixels)
            for (place, pixel) in pixels.enumerated() { target[place] = Float(pixel) / 255 }
        }
    }
}

/// Two overlapping digits of different classes in one image: MultiMNIST, made anew in every epoch.
///
/// Each digit is moved by up to 4 pixels in either direction on a canvas 8 pixels larger, and the two are added, 1 at
/// most: 36 × 36 pixels from MNIST, where the digits' boxes overlap by 80 % on average (Sabour, Frosst and Hinton,
/// 2017, section 6.1).
public final class OverlappingDigits: BatchSource {
    /// The digits.
    public let digits: DigitImages
    /// The largest shift of a digit, in pixels.
    public static let shift = 4
    private let seed: UInt64
    private var images = CapsNet.Numbers(), targets = CapsNet.Numbers()
    private var labels: [Int32] = []

    /// - Parameters:
    ///   - digits: the images; the i-th item of an epoch shows the i-th of them and one of another class.
    ///   - seed: fixes partners and shifts.
    /// - Throws: ``CapsNetError/oneClass`` if there are no two classes.
    public init(_ digits: DigitImages, seed: UInt64 = 0) throws {
        guard Set(digits.labels).count > 1 else { throw CapsNetError.oneClass }
        (self.digits, self.seed) = (digits, seed)
    }

    public var itemCount: Int { digits.count }
    /// The rows of an image.
    public var height: Int { digits.height + 2 * Self.shift }
    /// The columns of an image.
    public var width: Int { digits.width + 2 * Self.shift }

    public func withBatch<Result>(
        _ indices: UnsafeBufferPointer<Int>, epoch: Int, _ body: (CapsNet.Batch) throws -> Result
    ) throws -> Result {
        let size = height * width, count = indices.count
        images.reserve(count * size)
        targets.reserve(count * 2 * size)
        let view = images.view([count, height, width, 1]), alone = targets.view([count, 2, size])
        alone.buffer.update(repeating: 0)
        labels.removeAll(keepingCapacity: true)
        for (place, index) in indices.enumerated() {
            var random = RandomStream(seed: seed).forked(0x0E41).forked(UInt64(epoch)).forked(UInt64(index))
            var partner = index
            while digits.labels[partner] == digits.labels[index] { partner = Int.random(in: 0..<digits.count, using: &random) }
            for (which, digit) in [index, partner].enumerated() {
                digits.add(
                    digit, row: Int.random(in: 0...2 * Self.shift, using: &random),
                    column: Int.random(in: 0...2 * Self.shift, using: &random),
                    to: alone.pointer + (place * 2 + which) * size, canvasHeight: height, canvasWidth: width)
                labels.append(Int32(digits.labels[digit]))
            }
            let first = alone.pointer + place * 2 * size
            for pixel in 0..<size { view.buffer[place * size + pixel] = min(1, first[pixel] + first[size + pixel]) }
        }
        return try labels.withUnsafeBufferPointer { labels in
            try body(
                CapsNet.Batch(
                    images: view.readOnly, labels: TensorView(pointer: labels.baseAddress ?? noLabels, shape: [count, 2]),
                    targets: alone.readOnly))
        }
    }
}

/// An address for no labels at all, where an empty array has none.
nonisolated(unsafe) private let noLabels = UnsafePointer<Int32>(UnsafeMutablePointer<Int32>.allocate(capacity: 1))

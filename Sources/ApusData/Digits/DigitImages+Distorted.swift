import ApusCore
import CApus

/// How far digits are turned, sheared, scaled and moved at random, each evenly over its range.
///
/// The ranges are those that affNIST's author published (Tieleman, 2013): up to 20° either way, a shear of up to 0.2
/// either way, 0.8 to 1.2 times as wide and as high, each by itself, and moved to wherever all ink stays inside the image.
/// affNIST's images are 40 × 40.
public struct AffineDistortion: Hashable, Sendable {
    /// The largest turn either way, in degrees.
    public var rotation = 20.0
    /// The largest shear either way: columns a digit's row moves by, for each row that it lies above the middle.
    public var shear = 0.2
    /// What width and height are multiplied by.
    public var scale = 0.8...1.2
    /// The largest shift either way in pixels; nil: as far as all ink stays inside.
    public var shift: Double?

    /// affNIST's, but for what is given.
    /// - Parameters:
    ///   - shift: the largest shift either way in pixels; nil: as far as all ink stays inside.
    ///   - strength: what share of affNIST's turns, shears and scales; 0: none, 1: all.
    public init(shift: Double? = nil, strength: Double = 1) {
        precondition((0...1).contains(strength), "a strength of \(strength)")
        self.shift = shift
        rotation *= strength
        shear *= strength
        scale = 1 - 0.2 * strength...1 + 0.2 * strength
    }
}

extension DigitImages {
    /// Each image under an affine map of its own about the middle, on a canvas as large or larger.
    ///
    /// A digit is scaled, then sheared, then turned, then moved so that no ink leaves the canvas; one that is too large
    /// for it is put in its middle. Pixels are interpolated between the four about them.
    /// - Parameters:
    ///   - distortion: the ranges.
    ///   - canvasHeight: rows of the result; at least ``height``.
    ///   - canvasWidth: columns of the result; at least ``width``.
    ///   - seed: fixes every map: an image's follows from it and the image's number alone.
    /// - Throws: `KernelError`, only for ranges so absurd that a map leads beyond all bounds.
    /// - Precondition: the canvas is not smaller than an image.
    public func distorted(
        by distortion: AffineDistortion = AffineDistortion(), canvasHeight: Int, canvasWidth: Int, seed: UInt64 = 0
    ) throws -> DigitImages {
        precondition(
            canvasHeight >= height && canvasWidth >= width,
            "images of \(height) × \(width) on a canvas of \(canvasHeight) × \(canvasWidth)")
        let size = canvasHeight * canvasWidth
        var distorter = DigitDistorter(self, by: distortion, canvasHeight: canvasHeight, canvasWidth: canvasWidth)
        let result = try [UInt8](unsafeUninitializedCapacity: count * size) { result, filled in
            for index in 0..<count {
                var random = RandomStream(seed: seed).forked(0xAFF1).forked(UInt64(index))
                try distorter.draw(index, &random, to: UnsafeMutableBufferPointer(rebasing: result[index * size..<(index + 1) * size]))
            }
            filled = count * size
        }
        return DigitImages(height: canvasHeight, width: canvasWidth, pixels: result, labels: labels)
    }
}

/// Draws one digit after another under affine maps: see ``DigitImages/distorted(by:canvasHeight:canvasWidth:seed:)``.
package struct DigitDistorter {
    private let digits: DigitImages
    private let distortion: AffineDistortion
    private let height: Int, width: Int
    private var canvas: [UInt8]

    package init(_ digits: DigitImages, by distortion: AffineDistortion, canvasHeight: Int, canvasWidth: Int) {
        (self.digits, self.distortion, height, width) = (digits, distortion, canvasHeight, canvasWidth)
        canvas = [UInt8](repeating: 0, count: canvasHeight * canvasWidth)
    }

    /// - Parameters:
    ///   - index: which digit.
    ///   - random: where its map comes from.
    ///   - target: `[canvasHeight, canvasWidth]`, every pixel of which is written.
    /// - Throws: `KernelError` for a map that leads beyond all bounds.
    package mutating func draw(
        _ index: Int, _ random: inout RandomStream, to target: UnsafeMutableBufferPointer<UInt8>
    ) throws {
        let top = (height - digits.height) / 2, left = (width - digits.width) / 2
        canvas.withUnsafeMutableBufferPointer { canvas in
            digits.pixels.withUnsafeBufferPointer { pixels in
                for row in 0..<digits.height {
                    let from = (index * digits.height + row) * digits.width, to = (top + row) * width + left
                    for column in 0..<digits.width { canvas[to + column] = pixels[from + column] }
                }
            }
        }
        let map = AffineMap(distortion, &random)
        let offset = map.offset(canvas, height, width, distortion.shift, &random)
        let matrix = map.inverse(height: height, width: width, offset: offset)
        try check(
            apus_image_affine(height, width, 1, matrix, APUS_IMAGE_FILL_CONSTANT, 0, canvas, target.baseAddress),
            "the distortion of image \(index)")
    }
}

/// (row, column) about the middle ↦ (a row + b column, c row + d column).
private struct AffineMap {
    let a: Double, b: Double, c: Double, d: Double

    init(_ distortion: AffineDistortion, _ random: inout RandomStream) {
        func between(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        let angle = Float(between(-distortion.rotation...distortion.rotation)) * .pi / 180
        let shear = between(-distortion.shear...distortion.shear)
        let high = between(distortion.scale), wide = between(distortion.scale)
        let cosine = Double(RenderedDigits.cosine(angle)), sine = Double(RenderedDigits.cosine(angle - .pi / 2))
        // A row above the middle goes to the right under a positive shear.
        (a, b) = ((cosine + sine * shear) * high, -sine * wide)
        (c, d) = ((sine - cosine * shear) * high, cosine * wide)
    }

    /// A shift at random among those that leave all ink on the canvas.
    func offset(
        _ canvas: [UInt8], _ height: Int, _ width: Int, _ limit: Double?, _ random: inout RandomStream
    ) -> (row: Double, column: Double) {
        let middle = (row: Double(height - 1) / 2, column: Double(width - 1) / 2)
        var low = (row: Double.infinity, column: Double.infinity), high = (row: -Double.infinity, column: -Double.infinity)
        for row in 0..<height {
            for column in 0..<width where canvas[row * width + column] > 0 {
                let (y, x) = (Double(row) - middle.row, Double(column) - middle.column)
                let (to, across) = (a * y + b * x, c * y + d * x)
                (low.row, high.row) = (min(low.row, to), max(high.row, to))
                (low.column, high.column) = (min(low.column, across), max(high.column, across))
            }
        }
        func shift(_ low: Double, _ high: Double, _ middle: Double) -> Double {
            guard low <= high else { return 0 }
            var (first, last) = (-middle - low, middle - high)
            if first > last { return (first + last) / 2 }
            if let limit { (first, last) = (max(first, min(-limit, last)), min(last, max(limit, first))) }
            return Double.random(in: first...last, using: &random)
        }
        return (shift(low.row, high.row, middle.row), shift(low.column, high.column, middle.column))
    }

    /// From a pixel of the result to the place that it shows.
    func inverse(height: Int, width: Int, offset: (row: Double, column: Double)) -> [Double] {
        let determinant = a * d - b * c
        let (p, q, r, s) = (d / determinant, -b / determinant, -c / determinant, a / determinant)
        let middle = (row: Double(height - 1) / 2, column: Double(width - 1) / 2)
        let from = (row: middle.row + offset.row, column: middle.column + offset.column)
        return [
            p, q, middle.row - p * from.row - q * from.column,
            r, s, middle.column - r * from.row - s * from.column,
        ]
    }
}

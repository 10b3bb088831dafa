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
    public init(shift: Double? = nil) { self.shift = shift }
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
        let top = (canvasHeight - height) / 2, left = (canvasWidth - width) / 2
        var canvas = [UInt8](repeating: 0, count: size), result = [UInt8](repeating: 0, count: count * size)
        for index in 0..<count {
            for row in 0..<height {
                let from = (index * height + row) * width, to = (top + row) * canvasWidth + left
                canvas.replaceSubrange(to..<to + width, with: pixels[from..<from + width])
            }
            var random = RandomStream(seed: seed).forked(0xAFF1).forked(UInt64(index))
            let map = AffineMap(distortion, &random)
            let offset = map.offset(canvas, canvasHeight, canvasWidth, distortion.shift, &random)
            let matrix = map.inverse(height: canvasHeight, width: canvasWidth, offset: offset)
            try result.withUnsafeMutableBufferPointer { result in
                guard let base = result.baseAddress else { return }
                let status = apus_image_affine(
                    canvasHeight, canvasWidth, 1, matrix, APUS_IMAGE_FILL_CONSTANT, 0, canvas, base + index * size)
                try check(status, "the distortion of image \(index)")
            }
        }
        return DigitImages(height: canvasHeight, width: canvasWidth, pixels: result, labels: labels)
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

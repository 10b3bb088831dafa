import ApusCore

/// Digits drawn by this code: strokes under a random affine map, of random width. They need no data, and a network
/// that reads them has learned what it would on handwriting, only more easily.
public enum RenderedDigits {
    /// Images of 28 × 28, the ten digits in turn.
    /// - Parameters:
    ///   - count: how many.
    ///   - seed: fixes every one of them; another `seed` gives others.
    public static func make(_ count: Int, seed: UInt64 = 0) -> DigitImages {
        precondition(count >= 0, "\(count) images")
        let size = 28
        var pixels = [UInt8](repeating: 0, count: count * size * size)
        let labels = (0..<count).map { UInt8($0 % 10) }
        pixels.withUnsafeMutableBufferPointer { pixels in
            for index in 0..<count {
                // A stream an image: the first images of a longer set are those of a shorter one.
                var random = RandomStream(seed: seed).forked(UInt64(index))
                let image = UnsafeMutableBufferPointer(rebasing: pixels[index * size * size..<(index + 1) * size * size])
                draw(strokes[index % 10], on: image, size: size, random: &random)
            }
        }
        return DigitImages(height: size, width: size, pixels: pixels, labels: labels)
    }

    private struct Point {
        var x: Float, y: Float
    }

    private static func draw(
        _ strokes: [[Point]], on image: UnsafeMutableBufferPointer<UInt8>, size: Int, random: inout RandomStream
    ) {
        func between(_ low: Float, _ high: Float) -> Float { Float.random(in: low..<high, using: &random) }
        // Around the digit's middle: a slant, a scale for each axis and a turn; then a shift, and a tremble of each point.
        let slant = between(-0.3, 0.3), turn = between(-0.2, 0.2)
        let wide = between(0.75, 1.1), high = between(0.85, 1.1)
        let shift = Point(x: between(-0.05, 0.05), y: between(-0.05, 0.05))
        let width = between(0.8, 1.7)
        func place(_ point: Point) -> Point {
            let x = (point.x - 0.5) * wide + slant * (point.y - 0.5) + between(-0.015, 0.015)
            let y = (point.y - 0.5) * high + between(-0.015, 0.015)
            return Point(
                x: (0.5 + shift.x + x - turn * y) * Float(size), y: (0.5 + shift.y + y + turn * x) * Float(size))
        }
        let lines = strokes.map { $0.map(place) }
        for row in 0..<size {
            for column in 0..<size {
                let here = Point(x: Float(column) + 0.5, y: Float(row) + 0.5)
                var nearest = Float.infinity
                for line in lines {
                    for (from, to) in zip(line, line.dropFirst()) { nearest = min(nearest, squaredDistance(here, from, to)) }
                }
                // One pixel of transition at the stroke's edge.
                let ink = max(0, min(1, width + 0.5 - nearest.squareRoot()))
                image[row * size + column] = UInt8((ink * 255).rounded())
            }
        }
    }

    private static func squaredDistance(_ point: Point, _ from: Point, _ to: Point) -> Float {
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let length = dx * dx + dy * dy
        let t = length == 0 ? 0 : max(0, min(1, ((point.x - from.x) * dx + (point.y - from.y) * dy) / length))
        let (ex, ey) = (point.x - from.x - t * dx, point.y - from.y - t * dy)
        return ex * ex + ey * ey
    }

    /// A piece of an ellipse as a line of points; angles in degrees, clockwise from the right, since y points down.
    private static func arc(_ x: Float, _ y: Float, _ rx: Float, _ ry: Float, from: Int, to: Int) -> [Point] {
        let steps = max(2, abs(to - from) / 20)
        return (0...steps).map { step in
            let angle = (Float(from) + Float(to - from) * Float(step) / Float(steps)) * .pi / 180
            return Point(x: x + rx * cosine(angle), y: y + ry * cosine(angle - .pi / 2))
        }
    }

    /// cos, by its series, so that every platform draws the same pixels.
    static func cosine(_ angle: Float) -> Float {
        let turns = (angle / (2 * .pi)).rounded()
        let x = Double(angle - turns * 2 * .pi), square = x * x
        var term = 1.0, sum = 1.0
        for k in 1...10 {
            term *= -square / Double((2 * k - 1) * 2 * k)
            sum += term
        }
        return Float(sum)
    }

    private static func line(_ points: (Float, Float)...) -> [Point] { points.map { Point(x: $0.0, y: $0.1) } }

    /// The digits as strokes in a square of side 1, y downwards.
    private static let strokes: [[[Point]]] = [
        [arc(0.5, 0.5, 0.19, 0.31, from: 0, to: 360)],
        [line((0.38, 0.3), (0.53, 0.19), (0.53, 0.81))],
        [arc(0.5, 0.35, 0.19, 0.16, from: 190, to: 380) + line((0.31, 0.81), (0.71, 0.81))],
        [arc(0.48, 0.34, 0.19, 0.15, from: 200, to: 450), arc(0.48, 0.65, 0.21, 0.16, from: 270, to: 520)],
        [line((0.6, 0.81), (0.6, 0.19), (0.29, 0.61), (0.73, 0.61))],
        [line((0.68, 0.2), (0.36, 0.2), (0.34, 0.47)), arc(0.48, 0.62, 0.2, 0.19, from: 225, to: 500)],
        [arc(0.58, 0.55, 0.27, 0.37, from: 270, to: 170), arc(0.5, 0.64, 0.18, 0.17, from: 0, to: 360)],
        [line((0.3, 0.2), (0.71, 0.2), (0.44, 0.81))],
        [arc(0.5, 0.34, 0.16, 0.15, from: 0, to: 360), arc(0.5, 0.65, 0.19, 0.17, from: 0, to: 360)],
        [arc(0.5, 0.36, 0.18, 0.17, from: 0, to: 360), line((0.68, 0.36), (0.66, 0.6), (0.55, 0.81))],
    ]
}

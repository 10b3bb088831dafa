import ApusData
import Foundation
import Testing

@Suite struct DistortedDigitTests {
    /// A bar 6 columns wide and 16 rows high in the middle of 28 × 28.
    private static func bars(_ count: Int) -> DigitImages {
        let one = (0..<784).map { (6..<22).contains($0 / 28) && (11..<17).contains($0 % 28) ? UInt8(200) : 0 }
        return DigitImages(
            height: 28, width: 28, pixels: Array(repeatElement(one, count: count).joined()),
            labels: (0..<count).map { UInt8($0 % 10) })
    }

    /// Mass, middle and second moments of an image.
    private static func moments(
        _ image: ArraySlice<UInt8>, _ width: Int
    ) -> (mass: Double, row: Double, column: Double, rows: Double, columns: Double, both: Double) {
        var (mass, row, column) = (0.0, 0.0, 0.0)
        for (place, value) in image.enumerated() {
            mass += Double(value)
            row += Double(value) * Double(place / width)
            column += Double(value) * Double(place % width)
        }
        (row, column) = (row / mass, column / mass)
        var (rows, columns, both) = (0.0, 0.0, 0.0)
        for (place, value) in image.enumerated() {
            let (y, x) = (Double(place / width) - row, Double(place % width) - column)
            rows += Double(value) * y * y / mass
            columns += Double(value) * x * x / mass
            both += Double(value) * x * y / mass
        }
        return (mass, row, column, rows, columns, both)
    }

    private static func spread(
        _ distortion: AffineDistortion, canvas: Int = 40
    ) throws -> [(mass: Double, row: Double, column: Double, rows: Double, columns: Double, both: Double)] {
        let images = try bars(200).distorted(by: distortion, canvasHeight: canvas, canvasWidth: canvas, seed: 4)
        #expect(images.height == canvas && images.width == canvas && images.labels == bars(200).labels)
        let size = canvas * canvas
        return (0..<200).map { moments(images.pixels[$0 * size..<($0 + 1) * size], canvas) }
    }

    /// One kind of distortion at a time; the moments say how far it went.
    private static func only(rotation: Double = 0, shear: Double = 0, scale: ClosedRange<Double> = 1...1, shift: Double? = 0) -> AffineDistortion {
        var distortion = AffineDistortion(shift: shift)
        (distortion.rotation, distortion.shear, distortion.scale) = (rotation, shear, scale)
        return distortion
    }

    @Test func nothingIsNothing() throws {
        let digits = RenderedDigits.make(20, seed: 2)
        #expect(try digits.distorted(by: Self.only(), canvasHeight: 28, canvasWidth: 28) == digits)
    }

    @Test func turnsReachTwentyDegrees() throws {
        let angles = try Self.spread(Self.only(rotation: 20)).map { m in
            0.5 * atan2(2 * m.both, m.rows - m.columns) * 180 / .pi
        }
        #expect(angles.allSatisfy { abs($0) < 20.5 }, "\(angles.max()!)")
        #expect(angles.max()! > 17 && angles.min()! < -17)
    }

    @Test func shearsReachAFifth() throws {
        // Columns per row, which is what a shear adds to an upright bar.
        let slopes = try Self.spread(Self.only(shear: 0.2)).map { $0.both / $0.rows }
        #expect(slopes.allSatisfy { abs($0) < 0.205 } && slopes.max()! > 0.17 && slopes.min()! < -0.17)
    }

    @Test func scalesAreOfEachDirectionByItself() throws {
        let plain = try Self.spread(Self.only())[0]
        let scaled = try Self.spread(Self.only(scale: 0.8...1.2)).map {
            (high: ($0.rows / plain.rows).squareRoot(), wide: ($0.columns / plain.columns).squareRoot(), mass: $0.mass / plain.mass)
        }
        // Interpolation widens a narrow bar a little.
        #expect(scaled.allSatisfy { (0.78...1.22).contains($0.high) && (0.78...1.25).contains($0.wide) })
        #expect(scaled.map(\.high).max()! > 1.15 && scaled.map(\.high).min()! < 0.85)
        #expect(scaled.map(\.wide).max()! > 1.15 && scaled.map(\.wide).min()! < 0.88)
        #expect(scaled.contains { $0.high > 1.1 && $0.wide < 0.95 } && scaled.contains { $0.high < 0.9 && $0.wide > 1.05 })
        #expect(scaled.allSatisfy { abs($0.mass / ($0.high * $0.wide) - 1) < 0.06 })
    }

    @Test func allInkStaysInside() throws {
        let plain = try Self.spread(Self.only())[0]
        let moved = try Self.spread(Self.only(shift: nil))
        #expect(moved.allSatisfy { abs($0.mass / plain.mass - 1) < 0.01 })
        // 40 rows and 16 of ink: the middle goes from 7.5 to 31.5; with 6 columns from 2.5 to 36.5.
        #expect(moved.allSatisfy { (7.4...31.6).contains($0.row) && (2.4...36.6).contains($0.column) })
        #expect(moved.map(\.row).min()! < 8.5 && moved.map(\.row).max()! > 30.5)
        #expect(moved.map(\.column).min()! < 3.5 && moved.map(\.column).max()! > 35.5)
        let near = try Self.spread(Self.only(shift: 2), canvas: 28)
        #expect(near.allSatisfy { abs($0.row - 13.5) < 2.05 && abs($0.column - 13.5) < 2.05 })
        #expect(near.map(\.row).max()! > 15 && near.map(\.column).min()! < 12)
    }

    @Test func aShareOfTheRanges() {
        let half = AffineDistortion(shift: 1, strength: 0.5), all = AffineDistortion()
        #expect(half.shift == 1 && half.rotation == 10 && half.shear == 0.1 && half.scale == 0.9...1.1)
        #expect(all.shift == nil && all.rotation == 20 && all.shear == 0.2 && all.scale == 0.8...1.2)
    }

    @Test func aSeedFixesThem() throws {
        let digits = RenderedDigits.make(30, seed: 1)
        let one = try digits.distorted(canvasHeight: 40, canvasWidth: 40, seed: 5)
        #expect(try digits.distorted(canvasHeight: 40, canvasWidth: 40, seed: 5) == one)
        #expect(try digits.distorted(canvasHeight: 40, canvasWidth: 40, seed: 6) != one)
        #expect(try digits.prefix(7).distorted(canvasHeight: 40, canvasWidth: 40, seed: 5) == one.prefix(7))
        #expect(try digits.prefix(0).distorted(canvasHeight: 28, canvasWidth: 28).count == 0)
        let blank = DigitImages(height: 3, width: 3, pixels: [UInt8](repeating: 0, count: 9), labels: [0])
        #expect(try blank.distorted(canvasHeight: 3, canvasWidth: 3) == blank)
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The shape of a point, so that classes differ without colour too.
public enum Marker: Int, CaseIterable, Hashable, Sendable {
    /// The shapes, in the order in which classes get them.
    case circle, triangle, square, diamond, cross, invertedTriangle, plus

    /// The shape of the n-th class. There are seven shapes and eight colours, so the pair repeats after 56 classes only.
    public static func categorical(_ index: Int) -> Marker {
        let count = allCases.count
        return allCases[((index % count) + count) % count]
    }
}

extension Canvas {
    /// Draws a marker about a point. All shapes of one radius cover about the same area.
    public func marker(_ marker: Marker, at centre: Point, radius: Double, fill: Colour, outline: Stroke? = nil) {
        func polygon(_ corners: [(Double, Double)]) {
            self.polygon(
                corners.map { Point(x: centre.x + $0.0 * radius, y: centre.y + $0.1 * radius) },
                fill: fill, outline: outline)
        }
        switch marker {
        case .circle:
            circle(centre: centre, radius: radius, fill: fill, outline: outline)
        case .square:
            polygon([(-0.89, -0.89), (0.89, -0.89), (0.89, 0.89), (-0.89, 0.89)])
        case .diamond:
            polygon([(0, -1.26), (1.26, 0), (0, 1.26), (-1.26, 0)])
        case .triangle:
            polygon([(0, -1.4), (1.2, 0.75), (-1.2, 0.75)])
        case .invertedTriangle:
            polygon([(0, 1.4), (-1.2, -0.75), (1.2, -0.75)])
        case .plus:
            polygon(Self.plusCorners)
        case .cross:
            let half = 0.5.squareRoot()
            polygon(Self.plusCorners.map { (half * ($0.0 - $0.1), half * ($0.0 + $0.1)) })
        }
    }

    private static let plusCorners: [(Double, Double)] = [
        (-0.42, -1.25), (0.42, -1.25), (0.42, -0.42), (1.25, -0.42), (1.25, 0.42), (0.42, 0.42),
        (0.42, 1.25), (-0.42, 1.25), (-0.42, 0.42), (-1.25, 0.42), (-1.25, -0.42), (-0.42, -0.42),
    ]
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension ScatterPlot {
    /// An arrow from the origin to a point, in the axes' units.
    public struct Arrow: Hashable, Sendable {
        /// The name at its tip.
        public var name: String
        /// The tip.
        public var x: Double
        /// See ``x``.
        public var y: Double

        /// An arrow with a name at its tip; left out where a coordinate is not finite.
        public init(_ name: String, x: Double, y: Double) {
            self.name = name
            self.x = x
            self.y = y
        }
    }

    /// The most arrows that a biplot shows: more could not be told apart.
    public static let maximumBiplotArrows = 12

    /// Scores as points and loadings as arrows (K. R. Gabriel, "The biplot graphic display of matrices", Biometrika 58, 1971).
    ///
    /// The arrows are lengthened alike until the longest reaches as far as the points do; the legend tells by how much. Of more than
    /// ``maximumBiplotArrows`` loadings the longest are shown.
    ///
    /// - Parameters:
    ///   - x: the scores on one component, one a point; `y`, those on the other, and `classes` have the same count.
    ///   - loadings: for each variable its name and its loadings on the two components.
    /// - Throws: `PlotError` (`invalidData`) as ``init(title:xLabel:yLabel:x:y:classes:classNames:size:)``.
    public static func biplot(
        title: String, xLabel: String, yLabel: String, x: [Double], y: [Double], classes: [Int], classNames: [String],
        loadings: [Arrow], size: PlotSize = PlotSize(width: 720, height: 560)
    ) throws(PlotError) -> ScatterPlot {
        var plot = try ScatterPlot(
            title: title, xLabel: xLabel, yLabel: yLabel, x: x, y: y, classes: classes, classNames: classNames, size: size)
        let finite = loadings.filter { $0.x.isFinite && $0.y.isFinite && hypot($0.x, $0.y) > 0 }
        let shown = finite.enumerated()
            .sorted { (hypot($1.element.x, $1.element.y), $0.offset) < (hypot($0.element.x, $0.element.y), $1.offset) }
            .prefix(maximumBiplotArrows).map(\.element)
        let factor = Self.lengthening(shown, x: x, y: y)
        plot.arrows = shown.map { Arrow($0.name, x: $0.x * factor, y: $0.y * factor) }
        let count = shown.count < finite.count ? "\(shown.count) longest of \(finite.count) loadings" : "loadings"
        let decimals = max(0, 1 - Int(floor(log10(factor))))
        plot.arrowsName = "\(count), × \(decimals > 4 ? NumberText.scientific(factor) : NumberText.fixed(factor, decimals: decimals))"
        return plot
    }

    /// The largest factor with which every arrow stays within 0.9 of the points' reach to its own side; round, so that lengths can be
    /// read off.
    private static func lengthening(_ arrows: [Arrow], x: [Double], y: [Double]) -> Double {
        func reach(_ values: [Double], _ sign: Double) -> Double {
            values.lazy.filter(\.isFinite).map { $0 * sign }.max().map { max($0, 0) } ?? 0
        }
        let (right, left, up, down) = (reach(x, 1), reach(x, -1), reach(y, 1), reach(y, -1))
        let widest = max(right, left), tallest = max(up, down)
        var factor = Double.infinity
        for arrow in arrows {
            // A side without points lends the other side's reach.
            let (across, along) = (arrow.x < 0 ? left : right, arrow.y < 0 ? down : up)
            if arrow.x != 0 { factor = min(factor, (across > 0 ? across : widest) / abs(arrow.x)) }
            if arrow.y != 0 { factor = min(factor, (along > 0 ? along : tallest) / abs(arrow.y)) }
        }
        guard factor.isFinite, factor > 0 else { return 1 }
        factor *= 0.9
        let power = pow(10, floor(log10(factor)))
        let steps = (factor / power * 10).rounded(.down) / 10
        return steps * power
    }

    var finiteArrows: [Arrow] { arrows.filter { $0.x.isFinite && $0.y.isFinite } }

    static let arrowStroke = Canvas.Stroke(Palette.ink, width: 1.5)
    private static let arrowFont = Font(size: 11.5, isBold: true)

    func drawArrows(_ arrows: [Arrow], axes: Axes, on canvas: Canvas) {
        guard !arrows.isEmpty else { return }
        let origin = axes.position(x: 0, y: 0)
        let across = origin.y.onHalfPixel, along = origin.x.onHalfPixel
        let zero = Canvas.Stroke(Palette.spine, width: 0.8, dashes: [3, 3])
        canvas.line(from: Point(x: axes.area.x, y: across), to: Point(x: axes.area.maxX, y: across), zero)
        canvas.line(from: Point(x: along, y: axes.area.y), to: Point(x: along, y: axes.area.maxY), zero)
        let tips = arrows.map { axes.position(x: $0.x, y: $0.y) }
        for tip in tips { drawArrow(from: origin, to: tip, on: canvas) }
        // Names after all arrows: a later arrow must not strike one through.
        var taken: [Rect] = []
        for (arrow, tip) in zip(arrows, tips) {
            let box = placeName(arrow.name, at: tip, from: origin, in: axes.area, on: canvas) { box in
                !taken.contains { $0.overlaps(box) } && !tips.contains { box.isCrossed(from: origin, to: $0) }
            }
            taken.append(box)
            // A name that had to go some way is tied to its tip.
            if box.distance(to: tip) > 14 {
                let end = Point(x: min(max(tip.x, box.x), box.maxX), y: min(max(tip.y, box.y), box.maxY))
                canvas.line(from: tip, to: end, .init(Palette.softInk, width: 0.8))
            }
            canvas.rectangle(box.inset(left: 1, top: 1, right: 1, bottom: 1), fill: Colour.white.withAlpha(0.8))
            canvas.text(
                canvas.fitted(arrow.name, Self.arrowFont, width: box.width - 5), at: Point(x: box.midX, y: box.midY),
                Self.arrowFont, anchor: .centre)
        }
    }

    private func drawArrow(from a: Point, to b: Point, on canvas: Canvas) {
        let length = hypot(b.x - a.x, b.y - a.y)
        guard length > 0.5 else { return }
        let (dx, dy) = ((b.x - a.x) / length, (b.y - a.y) / length)
        let head = min(9, length * 0.6), half = head * 0.42
        let neck = Point(x: b.x - dx * head * 0.8, y: b.y - dy * head * 0.8)
        let corners = [
            b, Point(x: b.x - dx * head - dy * half, y: b.y - dy * head + dx * half), neck,
            Point(x: b.x - dx * head + dy * half, y: b.y - dy * head - dx * half),
        ]
        // A white rim keeps the arrow apart from the points beneath.
        canvas.line(from: a, to: neck, .init(.white, width: 3.5))
        canvas.polygon(corners, fill: .white, outline: .init(.white, width: 2.5))
        canvas.line(from: a, to: neck, Self.arrowStroke)
        canvas.polygon(corners, fill: Palette.ink)
    }

    /// Where a name goes: beyond its arrow's tip, or the free place nearest to the tip.
    private func placeName(
        _ name: String, at tip: Point, from origin: Point, in area: Rect, on canvas: Canvas, isFree: (Rect) -> Bool
    ) -> Rect {
        let width = min(canvas.width(of: name, Self.arrowFont), area.width * 0.4) + 6
        let height = canvas.lineHeight(Self.arrowFont)
        let length = max(hypot(tip.x - origin.x, tip.y - origin.y), 1)
        let (dx, dy) = ((tip.x - origin.x) / length, (tip.y - origin.y) / length)
        func box(x: Double, y: Double) -> Rect {
            Rect(
                x: min(max(x, area.x + 1), area.maxX - width - 1), y: min(max(y, area.y + 1), area.maxY - height - 1),
                width: width, height: height)
        }
        let beyond = box(x: tip.x + dx * (width / 2 + 6) - width / 2, y: tip.y + dy * (height / 2 + 6) - height / 2)
        // Beside the tip and around it; the nearer, the better.
        let heights = (-8...8).map { tip.y - height / 2 + Double($0) * height * 0.4 }
        let around = heights.flatMap { y in
            [tip.x + 7, tip.x - width / 2, tip.x - width - 7, beyond.x].map { box(x: $0, y: y) }
        }
        let byDistance = around.map { (distance: $0.distance(to: tip), box: $0) }.sorted {
            ($0.distance, abs($0.box.midX - beyond.midX)) < ($1.distance, abs($1.box.midX - beyond.midX))
        }
        return ([beyond] + byDistance.map(\.box)).first(where: isFree) ?? beyond
    }
}

extension Rect {
    fileprivate func overlaps(_ other: Rect) -> Bool {
        x < other.maxX && other.x < maxX && y < other.maxY && other.y < maxY
    }

    /// From a point to the nearest of the rectangle's.
    fileprivate func distance(to point: Point) -> Double {
        hypot(max(x - point.x, 0, point.x - maxX), max(y - point.y, 0, point.y - maxY))
    }

    /// Whether a line between two points passes through the rectangle; sampled every two pixels.
    fileprivate func isCrossed(from a: Point, to b: Point) -> Bool {
        let steps = Int(min(hypot(b.x - a.x, b.y - a.y) / 2, 1e4)) + 1
        return (0...steps).contains { step in
            let t = Double(step) / Double(steps)
            let (px, py) = (a.x + t * (b.x - a.x), a.y + t * (b.y - a.y))
            return px > x && px < maxX && py > y && py < maxY
        }
    }
}

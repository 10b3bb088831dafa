/// Points in the plane, told apart by class through both colour and shape.
///
/// Points with a coordinate that is not finite are left out, and the legend says how many.
public struct ScatterPlot: Plot {
    /// The points of one class.
    public struct Group: Hashable, Sendable {
        /// The name in the legend; empty for none.
        public var name: String
        /// One x a point.
        public var x: [Double]
        /// One y a point, as many as there are x.
        public var y: [Double]

        /// The points of a class; checked when they are drawn.
        public init(_ name: String, x: [Double], y: [Double]) {
            self.name = name
            self.x = x
            self.y = y
        }
    }

    /// Drawn above the plot; may be empty.
    public var title: String
    /// The x axis' label.
    public var xLabel: String
    /// The y axis' label.
    public var yLabel: String
    /// The classes, in the order of their colours and shapes.
    public var groups: [Group]
    /// Arrows from the origin, drawn over the points: the loadings of a biplot.
    public var arrows: [Arrow] = []
    /// The arrows' name in the legend.
    public var arrowsName = ""
    /// The size of the whole, in logical pixels.
    public var size: PlotSize

    /// Points by class.
    public init(
        title: String, xLabel: String, yLabel: String, groups: [Group],
        size: PlotSize = PlotSize(width: 640, height: 480)
    ) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.groups = groups
        self.size = size
    }

    /// Points with a class number each, as a projection and its labels come.
    ///
    /// - Parameters:
    ///   - x: one coordinate a point; `y` and `classes` have the same count.
    ///   - classes: the class of each point, an index into `classNames`.
    /// - Throws: `PlotError` (`invalidData`) for counts that differ and class numbers without a name.
    public init(
        title: String, xLabel: String, yLabel: String, x: [Double], y: [Double], classes: [Int], classNames: [String],
        size: PlotSize = PlotSize(width: 640, height: 480)
    ) throws(PlotError) {
        guard x.count == y.count, x.count == classes.count else {
            throw PlotError(
                .invalidData, reason: "\(x.count) x, \(y.count) y and \(classes.count) classes are not one a point each")
        }
        var groups = classNames.map { Group($0, x: [], y: []) }
        for index in x.indices {
            guard groups.indices.contains(classes[index]) else {
                throw PlotError(
                    .invalidData,
                    reason: "point \(index) has class \(classes[index]), but \(classNames.count) classes have names")
            }
            groups[classes[index]].x.append(x[index])
            groups[classes[index]].y.append(y[index])
        }
        self.init(title: title, xLabel: xLabel, yLabel: yLabel, groups: groups, size: size)
    }

    public var summary: String {
        let classes = groups.map { "\($0.name.isEmpty ? "unnamed" : $0.name), \($0.x.count) points" }
        let shown = arrows.isEmpty ? "" : " Arrows for \(arrows.map(\.name).joined(separator: ", "))."
        return "Scatter plot of \(yLabel) against \(xLabel): \(classes.joined(separator: "; ")).\(shown)"
    }

    public func draw(on canvas: Canvas) throws(PlotError) {
        for group in groups where group.x.count != group.y.count {
            throw PlotError(
                .invalidData, reason: "class \"\(group.name)\" has \(group.x.count) x for \(group.y.count) y values")
        }
        let points = groups.map { group in zip(group.x, group.y).filter { $0.isFinite && $1.isFinite } }
        let all = points.joined()
        let arrows = finiteArrows
        let (tipsX, tipsY) = arrows.isEmpty ? ([], []) : (arrows.map(\.x) + [0], arrows.map(\.y) + [0])
        let padding = arrows.isEmpty ? 0.05 : 0.08
        guard !all.lazy.isEmpty, let xDomain = Domain.covering(all.lazy.map(\.0) + tipsX, padding: padding),
            let yDomain = Domain.covering(all.lazy.map(\.1) + tipsY, padding: padding)
        else { throw PlotError(.noData, reason: "no point with two finite coordinates to draw") }

        let outer = Rect(x: 0, y: 0, width: size.width, height: size.height)
            .inset(left: plotMargin, top: plotMargin, right: plotMargin, bottom: plotMargin - 4)
        let entries = groups.indices.map { index in
            let left = groups[index].x.count - points[index].count
            let name = groups[index].name
            return Legend.Entry(
                name: left == 0 ? name : "\(name) (\(left) not finite)",
                sample: .marker(Self.marker(index), fill: Palette.categorical(index), outline: Self.outline(index)))
        } + (arrows.isEmpty ? [] : [Legend.Entry(name: arrowsName, sample: .line(Self.arrowStroke, nil))])
        let heading = Heading(title: title, entries: entries, width: outer.width, canvas: canvas)
        heading.draw(on: canvas, x: outer.x, y: outer.y)
        let axes = try Axes.draw(
            x: NumericAxis(domain: xDomain, label: xLabel), y: NumericAxis(domain: yDomain, label: yLabel),
            in: outer.inset(top: heading.height), on: canvas)

        // Many points need smaller marks to stay apart.
        let radius = all.lazy.count > 2000 ? 2.2 : all.lazy.count > 500 ? 3.2 : 4.2
        for (index, group) in points.enumerated() {
            // Points behind arrows step back.
            let fill = Palette.categorical(index).withAlpha(arrows.isEmpty ? 0.82 : 0.5)
            for (x, y) in group {
                canvas.marker(
                    Self.marker(index), at: axes.position(x: x, y: y), radius: radius, fill: fill,
                    outline: Self.outline(index))
            }
        }
        drawArrows(arrows, axes: axes, on: canvas)
    }

    private static func marker(_ index: Int) -> Marker { Marker.categorical(index) }

    /// A thin white rim keeps overlapping points apart; a pale fill needs a dark one to show on white at all.
    private static func outline(_ index: Int) -> Canvas.Stroke {
        let colour = Palette.categorical(index)
        return colour.contrast(with: .white) < 1.8
            ? .init(Palette.ink, width: 0.8) : .init(.white, width: 0.7)
    }
}

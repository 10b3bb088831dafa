/// Bars from zero: scree plots (upright, with a cumulative line), the most telling words of a model (lying, positive
/// against negative).
///
/// A bar whose value is not finite is left out and marked "n/a".
public struct BarPlot: Plot {
    /// One bar.
    public struct Bar: Hashable, Sendable {
        /// Its name beside the axis.
        public var label: String
        /// Its length, in the value axis' unit; left out where it is not finite.
        public var value: Double

        /// A bar of a name and a length.
        public init(_ label: String, _ value: Double) {
            self.label = label
            self.value = value
        }
    }

    /// Which way the bars grow.
    public enum Direction: Hashable, Sendable {
        /// Bars side by side, growing upwards; labels below.
        case upright
        /// Bars below each other, growing to the right, the first on top; labels to the left.
        case lying
    }

    /// A line over the bars on the same value axis, one value a bar: the cumulative share of a scree plot.
    public struct Overlay: Hashable, Sendable {
        /// The name in the legend.
        public var name: String
        /// One value a bar, in the value axis' unit.
        public var values: [Double]

        /// A line of a name and values.
        public init(_ name: String, values: [Double]) {
            self.name = name
            self.values = values
        }
    }

    /// Drawn above the plot; may be empty.
    public var title: String
    /// Which way the bars grow.
    public var direction: Direction
    /// The bars: from the left, or from the top.
    public var bars: [Bar]
    /// The label of the axis that the bars stand on; may be empty.
    public var categoryLabel: String
    /// The label of the axis that they are measured by.
    public var valueLabel: String
    /// The legend's names for bars above and below zero; empty for no legend.
    public var positiveName: String
    /// See ``positiveName``.
    public var negativeName: String
    /// The line over the bars; nil for none.
    public var overlay: Overlay?
    /// Whether each bar's value is written at its end, where there is room.
    public var showsValues: Bool
    /// The size of the whole, in logical pixels.
    public var size: PlotSize

    /// - Parameter size: nil for a size that goes with the number of bars.
    public init(
        title: String, direction: Direction = .lying, bars: [Bar], categoryLabel: String = "", valueLabel: String,
        positiveName: String = "", negativeName: String = "", overlay: Overlay? = nil, showsValues: Bool = true,
        size: PlotSize? = nil
    ) {
        self.title = title
        self.direction = direction
        self.bars = bars
        self.categoryLabel = categoryLabel
        self.valueLabel = valueLabel
        self.positiveName = positiveName
        self.negativeName = negativeName
        self.overlay = overlay
        self.showsValues = showsValues
        let count = Double(bars.count)
        self.size =
            size
            ?? (direction == .lying
                ? PlotSize(width: 640, height: min(max(150 + 22 * count, 240), 1600))
                : PlotSize(width: min(max(640, 120 + 16 * count), 960), height: 420))
    }

    /// The share of the variance each component explains as bars, the running total as a line.
    ///
    /// - Parameter ratios: shares from 0 to 1, the largest first.
    public static func scree(title: String, ratios: [Double]) -> BarPlot {
        var total = 0.0
        let cumulative = ratios.map { ratio -> Double in
            total += ratio
            return total
        }
        return BarPlot(
            title: title, direction: .upright, bars: ratios.enumerated().map { Bar("\($0 + 1)", $1) },
            categoryLabel: "Principal component", valueLabel: "Explained variance ratio",
            positiveName: "component", overlay: Overlay("cumulative", values: cumulative))
    }

    public var summary: String {
        let texts = NumberText.consistent(bars.map(\.value))
        let values = zip(bars, texts).prefix(50).map { "\($0.label) \($1)" }.joined(separator: "; ")
        return "Bar plot of \(valueLabel): \(values)\(bars.count > 50 ? "; …" : "")."
    }

    public func draw(on canvas: Canvas) throws(PlotError) {
        guard bars.contains(where: { $0.value.isFinite }) else {
            throw PlotError(.noData, reason: bars.isEmpty ? "no bars to draw" : "no bar has a finite value")
        }
        if let overlay, overlay.values.count != bars.count {
            throw PlotError(
                .invalidData, reason: "\"\(overlay.name)\" has \(overlay.values.count) values for \(bars.count) bars")
        }
        let outer = Rect(x: 0, y: 0, width: size.width, height: size.height)
            .inset(left: plotMargin, top: plotMargin, right: plotMargin, bottom: plotMargin - 4)
        let heading = Heading(title: title, entries: legendEntries, width: outer.width, canvas: canvas)
        heading.draw(on: canvas, x: outer.x, y: outer.y)
        let box = outer.inset(top: heading.height)
        switch direction {
        case .upright: try drawUpright(in: box, on: canvas)
        case .lying: try drawLying(in: box, on: canvas)
        }
    }

    // MARK: Shared parts

    private static let positive = Palette.blue
    private static let negative = Palette.vermillion
    private static let overlayColour = Palette.ink
    private static let valueFont = Font(size: 10.5)

    private var legendEntries: [Legend.Entry] {
        var entries = [
            Legend.Entry(name: positiveName, sample: .swatch(Self.positive)),
            Legend.Entry(name: negativeName, sample: .swatch(Self.negative)),
        ]
        if let overlay {
            entries.append(
                Legend.Entry(name: overlay.name, sample: .line(.init(Self.overlayColour, width: 1.6), .circle)))
        }
        return entries
    }

    private func colour(_ bar: Bar) -> Colour { bar.value < 0 ? Self.negative : Self.positive }

    private var allValues: [Double] { bars.map(\.value) + (overlay?.values ?? []) }

    /// The interval from zero (or the lowest) to the highest value that leaves, of `extent` pixels, the given rooms at
    /// its ends free.
    private func valueDomain(extent: Double, roomBelow: Double, roomAbove: Double) -> Domain {
        let finite = allValues.filter(\.isFinite)
        let low = min(finite.min() ?? 0, 0)
        let high = max(finite.max() ?? 0, 0)
        if low == 0 && high == 0 { return Domain(0, 1) }
        // At least a pixel: a plot too small to draw is found out when its area is laid out.
        let free = max(extent - roomBelow - roomAbove, extent * 0.3, 1)
        let unit = high / free - low / free
        return Domain(low - unit * roomBelow, high + unit * roomAbove)
    }

    /// Every n-th label only, where all would not fit.
    private func labelStride(needed: Double, slot: Double) -> Int {
        max(1, Int(min(needed / max(slot, 1e-6), 1e9).rounded(.up)))
    }

    // MARK: Lying

    private func drawLying(in box: Rect, on canvas: Canvas) throws(PlotError) {
        let font = Font.tick
        let labelLimit = box.width * 0.38
        let slotGuess = box.height / Double(bars.count)
        let stride = labelStride(needed: canvas.lineHeight(font) * 0.85, slot: slotGuess)
        let shown = bars.indices.filter { $0 % stride == 0 }
        let labels = shown.map { canvas.fitted(bars[$0].label, font, width: labelLimit) }
        let widest = labels.map { canvas.width(of: $0, font) }.max() ?? 0
        let categoryRoom = categoryLabel.isEmpty ? 0 : canvas.lineHeight(.axisLabel) + Axes.labelGap
        let left = categoryRoom + widest + 8

        let texts = NumberText.consistent(bars.map(\.value))
        let drawsValues = showsValues && stride == 1
        func room(_ isIncluded: (Double) -> Bool) -> Double {
            guard drawsValues else { return 4 }
            let widths = zip(bars, texts).filter { isIncluded($0.0.value) }.map { canvas.width(of: $0.1, Self.valueFont) }
            return widths.max().map { $0 + 8 } ?? 0
        }
        let domain = valueDomain(
            extent: box.width - left, roomBelow: bars.contains { $0.value < 0 } ? room { $0 < 0 } : 0,
            roomAbove: room { !($0 < 0) })
        let axis = NumericAxis(domain: domain, label: valueLabel)
        let ticks = Axes.xTicks(axis, width: box.width - left, canvas: canvas)
        let overhang = Axes.overhang(of: ticks.last, in: domain, width: box.width - left, canvas: canvas)
        let area = box.inset(
            left: left, top: 4, right: max(overhang, 4), bottom: Axes.bottomMargin(axis, canvas: canvas))
        try area.requireRoom()
        let axes = Axes(area: area, x: domain, y: Domain(0, 1))
        axes.drawGridX(ticks, on: canvas)
        axes.drawXAxis(axis, ticks: ticks, on: canvas)

        let slot = area.height / Double(bars.count)
        let zero = axes.positionX(0)
        for (index, bar) in bars.enumerated() {
            let middle = area.y + (Double(index) + 0.5) * slot
            let thickness = slot * 0.72
            let end = bar.value.isFinite ? axes.positionX(bar.value) : zero
            canvas.rectangle(
                Rect(x: min(zero, end), y: middle - thickness / 2, width: abs(end - zero), height: thickness),
                fill: colour(bar))
            if drawsValues {
                let away = bar.value < 0 ? -1.0 : 1.0
                let width = canvas.width(of: texts[index], Self.valueFont)
                let outside = end + away * (5 + width / 2)
                // Beyond the largest Double an axis cannot be extended to make room.
                let fits = outside - width / 2 >= area.x && outside + width / 2 <= box.maxX + 1
                drawValue(
                    texts[index], at: Point(x: fits ? outside : end - away * (5 + width / 2), y: middle),
                    inside: fits ? nil : colour(bar), on: canvas)
            }
        }
        for (index, label) in zip(shown, labels) {
            canvas.text(
                label, at: Point(x: area.x - 8, y: area.y + (Double(index) + 0.5) * slot), font, anchor: .right)
        }
        drawZeroLine(from: Point(x: zero.onHalfPixel, y: area.y), to: Point(x: zero.onHalfPixel, y: area.maxY), on: canvas)
        if let overlay {
            drawOverlay(
                overlay.values.enumerated().filter { $1.isFinite }.map { index, value in
                    Point(x: axes.positionX(value), y: area.y + (Double(index) + 0.5) * slot)
                }, on: canvas)
        }
        canvas.text(
            canvas.fitted(categoryLabel, .axisLabel, width: area.height),
            at: Point(x: box.x + canvas.lineHeight(.axisLabel) / 2, y: area.midY), .axisLabel, anchor: .centre,
            quarterTurns: 1)
    }

    // MARK: Upright

    private func drawUpright(in box: Rect, on canvas: Canvas) throws(PlotError) {
        let font = Font.tick
        let texts = NumberText.consistent(bars.map(\.value))
        let slotGuess = (box.width - 60) / Double(bars.count)
        let widestValue = texts.map { canvas.width(of: $0, Self.valueFont) }.max() ?? 0
        let drawsValues = showsValues && widestValue + 4 <= slotGuess
        let valueRoom = drawsValues ? canvas.lineHeight(Self.valueFont) + 2 : 4

        // Labels lie when they fit side by side, stand when they are long words, and are thinned out when there are
        // too many for that.
        let widestLabel = bars.map { canvas.width(of: $0.label, font) }.max() ?? 0
        let areNumbers = bars.allSatisfy { Double($0.label) != nil }
        let standing = widestLabel + 8 > slotGuess && !areNumbers
        let labelLimit = standing ? box.height * 0.3 : .infinity
        let stride = labelStride(needed: standing ? canvas.lineHeight(font) : widestLabel + 8, slot: slotGuess)
        let shown = bars.indices.filter { $0 % stride == 0 }
        let labels = shown.map { standing ? canvas.fitted(bars[$0].label, font, width: labelLimit) : bars[$0].label }
        let labelHeight =
            standing ? (labels.map { canvas.width(of: $0, font) }.max() ?? 0) + 4 : canvas.lineHeight(font)
        let categoryRoom = categoryLabel.isEmpty ? 0 : canvas.lineHeight(.axisLabel) + 5

        let height = box.height - 6 - labelHeight - 6 - categoryRoom
        let domain = valueDomain(
            extent: height, roomBelow: bars.contains { $0.value < 0 } ? valueRoom : 0, roomAbove: valueRoom)
        let axis = NumericAxis(domain: domain, label: valueLabel)
        let area = box.inset(
            left: Axes.leftMargin(axis, height: height, canvas: canvas), top: 6, bottom: box.height - 6 - height)
        try area.requireRoom()
        let axes = Axes(area: area, x: Domain(0, 1), y: domain)
        let ticks = Axes.yTicks(axis, height: height, canvas: canvas)
        axes.drawGridY(ticks, on: canvas)
        axes.drawYAxis(axis, ticks: ticks, left: box.x, on: canvas)

        let slot = area.width / Double(bars.count)
        let zero = axes.positionY(0)
        func middle(_ index: Int) -> Double { area.x + (Double(index) + 0.5) * slot }
        for (index, bar) in bars.enumerated() {
            let thickness = min(slot * 0.72, 64)
            let end = bar.value.isFinite ? axes.positionY(bar.value) : zero
            canvas.rectangle(
                Rect(x: middle(index) - thickness / 2, y: min(zero, end), width: thickness, height: abs(end - zero)),
                fill: colour(bar))
            if drawsValues {
                let away = bar.value < 0 ? 1.0 : -1.0
                // A line close above the bar would strike the number through.
                let isCovered = overlayCovers(index, axes: axes, end: end) && abs(end - zero) > 30
                drawValue(
                    texts[index], at: Point(x: middle(index), y: isCovered ? end - away * 15 : end + away * 9),
                    inside: isCovered ? colour(bar) : nil, on: canvas)
            }
        }
        let base = area.maxY
        for (index, label) in zip(shown, labels) {
            if standing {
                canvas.text(label, at: Point(x: middle(index), y: base + 6), font, anchor: .right, quarterTurns: 1)
            } else {
                canvas.text(
                    label, at: Point(x: middle(index), y: base + 6 + canvas.lineHeight(font) / 2), font,
                    colour: areNumbers ? Palette.softInk : Palette.ink, anchor: .centre)
            }
        }
        drawZeroLine(from: Point(x: area.x, y: zero.onHalfPixel), to: Point(x: area.maxX, y: zero.onHalfPixel), on: canvas)
        if let overlay {
            drawOverlay(
                overlay.values.enumerated().filter { $1.isFinite }.map { index, value in
                    Point(x: middle(index), y: axes.positionY(value))
                }, on: canvas)
        }
        canvas.text(
            canvas.fitted(categoryLabel, .axisLabel, width: area.width),
            at: Point(x: area.midX, y: box.maxY - canvas.lineHeight(.axisLabel) / 2), .axisLabel, anchor: .centre)
    }

    private func overlayCovers(_ index: Int, axes: Axes, end: Double) -> Bool {
        guard let value = overlay?.values[index], value.isFinite else { return false }
        return abs(axes.positionY(value) - (end - 9)) < 12
    }

    /// A bar's value beside it, on a patch of white that parts it from the grid, or on the bar's own colour inside it.
    private func drawValue(_ text: String, at centre: Point, inside colour: Colour?, on canvas: Canvas) {
        if colour == nil {
            let width = canvas.width(of: text, Self.valueFont) + 4
            canvas.rectangle(
                Rect(x: centre.x - width / 2, y: centre.y - 6, width: width, height: 12), fill: .white)
        }
        canvas.text(
            text, at: centre, Self.valueFont, colour: colour == nil ? Palette.softInk : .white, anchor: .centre)
    }

    private func drawZeroLine(from a: Point, to b: Point, on canvas: Canvas) {
        canvas.line(from: a, to: b, .init(Palette.spine))
    }

    private func drawOverlay(_ points: [Point], on canvas: Canvas) {
        canvas.line(points, .init(.white, width: 3.6))
        canvas.line(points, .init(Self.overlayColour, width: 1.6))
        guard points.count <= 60 else { return }
        for point in points {
            canvas.marker(.circle, at: point, radius: 3.4, fill: Self.overlayColour, outline: .init(.white, width: 1))
        }
    }
}

/// Series against a shared x axis, in one panel or in several above each other: learning curves.
///
/// Values that are not finite leave a gap in their line. A train/validation pair is drawn full and dashed: in one colour
/// when a panel holds several pairs, in two colours when it holds one.
public struct LinePlot: Plot {
    /// One line.
    public struct Series: Hashable, Sendable {
        /// What a line is of a training run.
        public enum Role: Hashable, Sendable {
            /// A line of its own, drawn full; or one of a pair: training drawn full, validation dashed.
            case single, train, validation
        }

        /// The name in the legend; empty for none.
        public var name: String
        /// The x of each value; nil for 1, 2, 3, …
        public var x: [Double]?
        /// The values, in the y axis' unit; one that is not finite leaves a gap.
        public var y: [Double]
        /// Whether the line is one of a pair, and which.
        public var role: Role
        /// What the two series of a pair have in common.
        public var group: String

        /// A line of values; `group` is the name unless given.
        public init(_ name: String, y: [Double], x: [Double]? = nil, role: Role = .single, group: String? = nil) {
            self.name = name
            self.x = x
            self.y = y
            self.role = role
            self.group = group ?? name
        }

        /// The two series of a training run, named "`name`, train" and "`name`, validation" (without the comma when the
        /// name is empty). An empty array leaves its series out.
        public static func pair(_ name: String = "", train: [Double], validation: [Double]) -> [Series] {
            let prefix = name.isEmpty ? "" : name + ", "
            return [
                Series(prefix + "train", y: train, role: .train, group: name),
                Series(prefix + "validation", y: validation, role: .validation, group: name),
            ].filter { !$0.y.isEmpty }
        }

        func x(at index: Int) -> Double { x?[index] ?? Double(index + 1) }
    }

    /// One pair of axes.
    public struct Panel: Hashable, Sendable {
        /// The y axis' label, with its unit if it has one.
        public var yLabel: String
        /// The lines, in the legend's order.
        public var series: [Series]
        /// The y interval shown; nil for one that covers the values.
        public var yRange: ClosedRange<Double>?

        /// A pair of axes with lines.
        public init(yLabel: String, series: [Series], yRange: ClosedRange<Double>? = nil) {
            self.yLabel = yLabel
            self.series = series
            self.yRange = yRange
        }
    }

    /// Drawn above the plot; may be empty.
    public var title: String
    /// The label of the x axis, which all panels share.
    public var xLabel: String
    /// From the top down.
    public var panels: [Panel]
    /// The size of the whole, in logical pixels.
    public var size: PlotSize

    /// - Parameter size: nil for 640 logical pixels by 250 a panel and the room around them.
    public init(title: String, xLabel: String = "Epoch", panels: [Panel], size: PlotSize? = nil) {
        self.title = title
        self.xLabel = xLabel
        self.panels = panels
        self.size = size ?? PlotSize(width: 640, height: panels.count > 1 ? 130 + 210 * Double(panels.count) : 400)
    }

    /// One panel with the given series.
    public init(title: String, xLabel: String = "Epoch", yLabel: String, series: [Series], size: PlotSize? = nil) {
        self.init(title: title, xLabel: xLabel, panels: [Panel(yLabel: yLabel, series: series)], size: size)
    }

    /// Loss above accuracy, training against validation, by epoch; whatever is empty is left out.
    public static func learningCurves(
        title: String, trainLoss: [Double], validationLoss: [Double] = [], trainAccuracy: [Double] = [],
        validationAccuracy: [Double] = []
    ) -> LinePlot {
        let loss = Panel(yLabel: "Loss", series: Series.pair(train: trainLoss, validation: validationLoss))
        let accuracy = Panel(yLabel: "Accuracy", series: Series.pair(train: trainAccuracy, validation: validationAccuracy))
        return LinePlot(title: title, panels: [loss, accuracy].filter { !$0.series.isEmpty })
    }

    public var summary: String {
        let parts = panels.map { panel in
            let names = panel.series.map(\.name).filter { !$0.isEmpty }
            return panel.yLabel + (names.isEmpty ? "" : " (\(names.joined(separator: "; ")))")
        }
        return "Line plot of \(parts.joined(separator: " and ")) against \(xLabel)."
    }

    public func draw(on canvas: Canvas) throws(PlotError) {
        let xDomain = try checkedDomain()
        let outer = Rect(x: 0, y: 0, width: size.width, height: size.height)
            .inset(left: plotMargin, top: plotMargin, right: plotMargin, bottom: plotMargin - 4)
        let styles = panels.map { Self.styles(of: $0.series) }
        let heading = Heading(title: title, entries: legendEntries(styles), width: outer.width, canvas: canvas)
        heading.draw(on: canvas, x: outer.x, y: outer.y)

        let gap = 12.0
        let xAxes = panels.indices.map { index in
            let isLast = index == panels.count - 1
            return NumericAxis(
                domain: xDomain, label: isLast ? xLabel : "", integersOnly: hasWholeX, showsTickLabels: isLast)
        }
        let margins = xAxes.map { Axes.bottomMargin($0, canvas: canvas) }
        let free = outer.height - heading.height - margins.reduce(0, +) - gap * Double(panels.count - 1)
        let height = free / Double(panels.count)
        let yAxes = panels.map { NumericAxis(domain: Self.yDomain(of: $0), label: $0.yLabel) }
        let left = yAxes.map { Axes.leftMargin($0, height: height, canvas: canvas) }.max() ?? 0

        var top = outer.y + heading.height
        for index in panels.indices {
            let box = Rect(x: outer.x, y: top, width: outer.width, height: height + margins[index])
            let axes = try Axes.draw(x: xAxes[index], y: yAxes[index], in: box, leftMargin: left, on: canvas)
            for (series, style) in zip(panels[index].series, styles[index]) {
                draw(series, style, in: axes, on: canvas)
            }
            top += box.height + gap
        }
    }

    // MARK: Data

    private var hasWholeX: Bool {
        panels.allSatisfy { panel in
            panel.series.allSatisfy { series in series.x?.allSatisfy { !$0.isFinite || $0 == $0.rounded() } ?? true }
        }
    }

    /// The x interval of all panels, after checking that there is something to draw in each.
    private func checkedDomain() throws(PlotError) -> Domain {
        guard !panels.isEmpty else { throw PlotError(.noData, reason: "a line plot without a panel") }
        var xs: [Double] = []
        for panel in panels {
            var isEmpty = true
            for series in panel.series {
                if let x = series.x, x.count != series.y.count {
                    throw PlotError(
                        .invalidData, reason: "series \"\(series.name)\" has \(x.count) x for \(series.y.count) y values")
                }
                for index in series.y.indices where series.y[index].isFinite && series.x(at: index).isFinite {
                    isEmpty = false
                    xs.append(series.x(at: index))
                }
            }
            if isEmpty { throw PlotError(.noData, reason: "no finite value to draw in panel \"\(panel.yLabel)\"") }
        }
        // The check above has found a finite x.
        return Domain.covering(xs, padding: 0.03) ?? Domain(0, 1)
    }

    private static func yDomain(of panel: Panel) -> Domain {
        if let range = panel.yRange, range.lowerBound.isFinite, range.upperBound.isFinite {
            return Domain(range.lowerBound, range.upperBound)
        }
        let values = panel.series.lazy.flatMap { series in
            series.y.indices.lazy.filter { series.x(at: $0).isFinite }.map { series.y[$0] }
        }
        return Domain.covering(values, padding: 0.06, restsOnZero: true) ?? Domain(0, 1)
    }

    // MARK: Style

    struct Style: Hashable {
        let stroke: Canvas.Stroke
        let marker: Marker
    }

    private static let dashes: [[Double]] = [[], [6, 3], [2, 2.5], [8, 3, 2, 3]]

    static func styles(of series: [Series]) -> [Style] {
        var groups: [String] = []
        for item in series where !groups.contains(item.group) { groups.append(item.group) }
        let colourByRole = groups.count == 1 && series.count == 2
        return series.enumerated().map { index, item in
            let slot = colourByRole ? index : groups.firstIndex(of: item.group) ?? index
            let dash =
                switch item.role {
                case .train: dashes[0]
                case .validation: dashes[1]
                // Seven dark colours, then again with another dash.
                case .single: dashes[slot / 7 % dashes.count]
                }
            return Style(
                stroke: .init(Palette.categorical(slot % 7), width: 2, dashes: dash),
                marker: Marker.categorical(item.role == .validation && !colourByRole ? slot + 1 : slot))
        }
    }

    /// Panels often hold the same pair; every name and style is explained once.
    private func legendEntries(_ styles: [[Style]]) -> [Legend.Entry] {
        var seen: Set<Legend.Entry> = []
        var entries: [Legend.Entry] = []
        for (panel, styles) in zip(panels, styles) {
            for (series, style) in zip(panel.series, styles) {
                let entry = Legend.Entry(
                    name: series.name, sample: .line(style.stroke, showsMarkers ? style.marker : nil))
                if seen.insert(entry).inserted { entries.append(entry) }
            }
        }
        return entries
    }

    /// Markers tell lines apart without colour while they are few enough not to hide them.
    private var showsMarkers: Bool {
        panels.allSatisfy { $0.series.allSatisfy { $0.y.count <= 30 } }
    }

    // MARK: Drawing

    private func draw(_ series: Series, _ style: Style, in axes: Axes, on canvas: Canvas) {
        var runs: [[Point]] = []
        var run: [Point] = []
        for index in series.y.indices {
            let (x, y) = (series.x(at: index), series.y[index])
            if x.isFinite && y.isFinite {
                run.append(axes.position(x: x, y: y))
            } else if !run.isEmpty {
                runs.append(run)
                run = []
            }
        }
        if !run.isEmpty { runs.append(run) }

        // A little more than the area, so that a line along its edge keeps its width and its markers their shape.
        canvas.clipped(to: axes.area.inset(left: -6, top: -6, right: -6, bottom: -6)) {
            for run in runs {
                canvas.line(run, style.stroke)
                // A single value between two gaps has no line to show it.
                for point in run where showsMarkers || run.count == 1 {
                    canvas.marker(
                        style.marker, at: point, radius: 3.4, fill: style.stroke.colour,
                        outline: .init(.white, width: 1))
                }
            }
        }
    }
}

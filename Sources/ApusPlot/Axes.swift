/// One numeric axis before it has a place.
struct NumericAxis {
    var domain: Domain
    var label: String
    /// Whole-number ticks only, as for epochs.
    var integersOnly = false
    var showsTickLabels = true
}

/// A pair of numeric axes in place: the rectangle data are drawn in, and the way from values to positions.
struct Axes {
    let area: Rect
    let x: Domain
    let y: Domain

    static let tickLength = 4.0
    static let labelGap = 6.0

    func position(x valueX: Double, y valueY: Double) -> Point {
        Point(x: positionX(valueX), y: positionY(valueY))
    }

    func positionX(_ value: Double) -> Double { area.x + x.fraction(of: value) * area.width }
    func positionY(_ value: Double) -> Double { area.maxY - y.fraction(of: value) * area.height }

    // MARK: Measuring

    /// The room a y axis needs to the left of the data: label, tick labels, ticks.
    static func leftMargin(_ axis: NumericAxis, height: Double, canvas: Canvas) -> Double {
        let widest = yTicks(axis, height: height, canvas: canvas).map { canvas.width(of: $0.label, .tick) }.max() ?? 0
        return (axis.label.isEmpty ? 0 : canvas.lineHeight(.axisLabel) + labelGap) + widest + labelGap + tickLength
    }

    /// The room an x axis needs below the data.
    static func bottomMargin(_ axis: NumericAxis, canvas: Canvas) -> Double {
        tickLength + (axis.showsTickLabels ? canvas.lineHeight(.tick) + 3 : 0)
            + (axis.label.isEmpty ? 0 : canvas.lineHeight(.axisLabel) + 3)
    }

    static func yTicks(_ axis: NumericAxis, height: Double, canvas: Canvas) -> [Tick] {
        let target = min(max(Int(height / 38), 2), 10)
        return Ticks.nice(in: axis.domain, target: target, integersOnly: axis.integersOnly)
    }

    /// As many ticks as there is room for their labels side by side.
    static func xTicks(_ axis: NumericAxis, width: Double, canvas: Canvas) -> [Tick] {
        var target = min(max(Int(width / 48), 2), 12)
        while true {
            let ticks = Ticks.nice(in: axis.domain, target: target, integersOnly: axis.integersOnly)
            let widest = ticks.map { canvas.width(of: $0.label, .tick) }.max() ?? 0
            let steps = ticks.count > 1
                ? (axis.domain.fraction(of: ticks[1].value) - axis.domain.fraction(of: ticks[0].value)) * width
                : width
            if widest + 12 <= steps || target <= 1 { return ticks }
            target -= 1
        }
    }

    /// How far the last tick label, centred below its tick, stands out to the right of an area of the given width.
    static func overhang(of tick: Tick?, in domain: Domain, width: Double, canvas: Canvas) -> Double {
        guard let tick else { return 0 }
        return max(canvas.width(of: tick.label, .tick) / 2 - (1 - domain.fraction(of: tick.value)) * width, 0)
    }

    // MARK: Drawing

    /// Lays the axes out in a rectangle and draws grid, spines, ticks and labels.
    ///
    /// - Parameter leftMargin: the room for the y axis where several panels share it; nil for what this one needs.
    /// - Throws: `PlotError` (`unsuitableSize`) when labels leave no room for data.
    static func draw(
        x: NumericAxis, y: NumericAxis, in outer: Rect, leftMargin: Double? = nil, on canvas: Canvas
    ) throws(PlotError) -> Axes {
        let bottom = bottomMargin(x, canvas: canvas)
        let left = leftMargin ?? Self.leftMargin(y, height: outer.height - bottom, canvas: canvas)
        let ticks = xTicks(x, width: outer.width - left, canvas: canvas)
        // Panels above each other keep the room for the labels only the lowest shows, so that their areas line up.
        let right = overhang(of: ticks.last, in: x.domain, width: outer.width - left, canvas: canvas)
        let area = outer.inset(left: left, top: 6, right: right, bottom: bottom)
        try area.requireRoom()
        let axes = Axes(area: area, x: x.domain, y: y.domain)
        let yTicks = Self.yTicks(y, height: area.height, canvas: canvas)
        axes.drawGridX(ticks, on: canvas)
        axes.drawGridY(yTicks, on: canvas)
        axes.drawXAxis(x, ticks: ticks, on: canvas)
        axes.drawYAxis(y, ticks: yTicks, left: outer.x, on: canvas)
        return axes
    }

    func drawGridX(_ ticks: [Tick], on canvas: Canvas) {
        for tick in ticks {
            let x = positionX(tick.value).onHalfPixel
            canvas.line(from: Point(x: x, y: area.y), to: Point(x: x, y: area.maxY), .init(Palette.grid))
        }
    }

    func drawGridY(_ ticks: [Tick], on canvas: Canvas) {
        for tick in ticks {
            let y = positionY(tick.value).onHalfPixel
            canvas.line(from: Point(x: area.x, y: y), to: Point(x: area.maxX, y: y), .init(Palette.grid))
        }
    }

    func drawXAxis(_ axis: NumericAxis, ticks: [Tick], on canvas: Canvas) {
        let base = area.maxY.onHalfPixel
        canvas.line(
            from: Point(x: area.x.onHalfPixel, y: base), to: Point(x: area.maxX, y: base), .init(Palette.spine))
        let labelY = base + Self.tickLength + 3 + canvas.lineHeight(.tick) / 2
        for tick in ticks {
            let x = positionX(tick.value).onHalfPixel
            canvas.line(from: Point(x: x, y: base), to: Point(x: x, y: base + Self.tickLength), .init(Palette.spine))
            if axis.showsTickLabels {
                canvas.text(
                    tick.label, at: Point(x: x, y: labelY), .tick, colour: Palette.softInk, anchor: .centre)
            }
        }
        let below = axis.showsTickLabels ? canvas.lineHeight(.tick) + 3 : 0
        canvas.text(
            canvas.fitted(axis.label, .axisLabel, width: area.width),
            at: Point(x: area.midX, y: base + Self.tickLength + below + 3 + canvas.lineHeight(.axisLabel) / 2),
            .axisLabel, anchor: .centre)
    }

    func drawYAxis(_ axis: NumericAxis, ticks: [Tick], left: Double, on canvas: Canvas) {
        let base = area.x.onHalfPixel
        canvas.line(
            from: Point(x: base, y: area.y), to: Point(x: base, y: area.maxY.onHalfPixel), .init(Palette.spine))
        for tick in ticks {
            let y = positionY(tick.value).onHalfPixel
            canvas.line(from: Point(x: base - Self.tickLength, y: y), to: Point(x: base, y: y), .init(Palette.spine))
            canvas.text(
                tick.label, at: Point(x: base - Self.tickLength - Self.labelGap + 2, y: y), .tick,
                colour: Palette.softInk, anchor: .right)
        }
        canvas.text(
            canvas.fitted(axis.label, .axisLabel, width: area.height),
            at: Point(x: left + canvas.lineHeight(.axisLabel) / 2, y: area.midY), .axisLabel, anchor: .centre,
            quarterTurns: 1)
    }
}

extension Rect {
    /// Throws when labels and margins have left less than 24 logical pixels a side for the data.
    func requireRoom() throws(PlotError) {
        guard width >= 24, height >= 24 else {
            throw PlotError(.unsuitableSize, reason: "the plot is too small for its title, legend and labels")
        }
    }
}

extension Double {
    /// The nearest middle of a pixel: a line one pixel wide is sharp there at any whole scale.
    var onHalfPixel: Double { rounded(.down) + 0.5 }
}

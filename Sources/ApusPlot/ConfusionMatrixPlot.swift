/// Actual against predicted classes: in every cell the count and its share of the row, the shade showing the share.
public struct ConfusionMatrixPlot: Plot {
    /// Drawn above the plot; may be empty.
    public var title: String
    /// `counts[actual][predicted]`, k × k.
    public var counts: [[Int]]
    /// The k names, in the order of the counts.
    public var classes: [String]
    /// The size of the whole, in logical pixels.
    public var size: PlotSize

    /// - Parameters:
    ///   - counts: `counts[actual][predicted]`, k × k with k the number of class names; checked when it is drawn.
    ///   - size: nil for one that goes with the number and the names of the classes.
    public init(title: String, counts: [[Int]], classes: [String], size: PlotSize? = nil) {
        self.title = title
        self.counts = counts
        self.classes = classes
        self.size = size ?? Canvas.measuring { Layout.naturalSize(title: title, classes: classes, canvas: $0) }
    }

    /// Counts the pairs of actual and predicted class.
    ///
    /// - Throws: `PlotError` (`invalidData`) for counts that differ and class numbers without a name.
    public init(
        title: String, actual: [Int], predicted: [Int], classes: [String], size: PlotSize? = nil
    ) throws(PlotError) {
        guard actual.count == predicted.count else {
            throw PlotError(
                .invalidData, reason: "\(actual.count) actual classes for \(predicted.count) predicted ones")
        }
        var counts = [[Int]](repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
        for (index, (row, column)) in zip(actual, predicted).enumerated() {
            guard classes.indices.contains(row), classes.indices.contains(column) else {
                throw PlotError(
                    .invalidData,
                    reason: "example \(index) is of class \(row), predicted \(column), but \(classes.count) classes have names")
            }
            counts[row][column] += 1
        }
        self.init(title: title, counts: counts, classes: classes, size: size)
    }

    public var summary: String {
        var right = 0.0
        var all = 0.0
        for (row, values) in counts.enumerated() {
            for (column, count) in values.enumerated() {
                all += Double(count)
                if row == column { right += Double(count) }
            }
        }
        let share = all > 0 ? " \(NumberText.fixed(100 * right / all, decimals: 1)) % on the diagonal." : ""
        return "Confusion matrix of \(classes.count) classes: \(classes.joined(separator: "; ")).\(share)"
    }

    public func draw(on canvas: Canvas) throws(PlotError) {
        try check()
        let k = classes.count
        let outer = Rect(x: 0, y: 0, width: size.width, height: size.height)
            .inset(left: plotMargin, top: plotMargin, right: plotMargin, bottom: plotMargin - 4)
        let heading = Heading(title: title, entries: [], width: outer.width, canvas: canvas)
        heading.draw(on: canvas, x: outer.x, y: outer.y)
        let box = outer.inset(top: heading.height + Layout.headingGap)

        let layout = try Layout(box: box, classes: classes, canvas: canvas)
        let font = layout.cellFont(counts: counts, canvas: canvas)
        for row in 0..<k {
            let total = counts[row].reduce(0.0) { $0 + Double($1) }
            for column in 0..<k {
                let share = total > 0 ? Double(counts[row][column]) / total : 0
                let cell = layout.cell(row: row, column: column)
                let fill = Palette.sequential(share)
                canvas.rectangle(cell, fill: fill)
                guard let font else { continue }
                let percent = total > 0 ? NumberText.fixed(100 * share, decimals: share > 0 && share < 1 ? 1 : 0) + " %" : "–"
                Self.write(
                    count: String(counts[row][column]), percent: percent, in: cell, font: font, ink: fill.readableInk,
                    on: canvas)
            }
        }
        layout.drawFrame(on: canvas)
        layout.drawLabels(on: canvas)
        layout.drawScale(on: canvas)
    }

    private func check() throws(PlotError) {
        let k = classes.count
        guard k > 0 else { throw PlotError(.noData, reason: "a confusion matrix without classes") }
        guard counts.count == k, counts.allSatisfy({ $0.count == k }) else {
            throw PlotError(
                .invalidData,
                reason: "a confusion matrix of \(k) classes needs \(k) × \(k) counts; rows: \(counts.map(\.count))")
        }
        guard counts.allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else {
            throw PlotError(.invalidData, reason: "a confusion matrix with a negative count")
        }
    }

    private static func write(
        count: String, percent: String, in cell: Rect, font: Layout.CellFont, ink: Colour, on canvas: Canvas
    ) {
        let centre = Point(x: cell.midX, y: cell.midY)
        guard let small = font.percent else {
            canvas.text(count, at: centre, font.count, colour: ink, anchor: .centre)
            return
        }
        let apart = (font.count.size + small.size) * 0.34
        canvas.text(count, at: Point(x: centre.x, y: centre.y - apart), font.count, colour: ink, anchor: .centre)
        canvas.text(percent, at: Point(x: centre.x, y: centre.y + apart), small, colour: ink, anchor: .centre)
    }
}

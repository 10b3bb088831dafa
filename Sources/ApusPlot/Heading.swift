/// The title and the legend at the top of a plot, flush left with each other.
struct Heading {
    private let lines: [String]
    private let legend: Legend
    private let lineHeight: Double

    /// The height of both and the gap beneath; 0 when there is neither.
    let height: Double

    init(title: String, entries: [Legend.Entry], width: Double, canvas: Canvas, legendRows: Int = 4) {
        lines = canvas.wrapped(title, .title, width: width, maximumLines: 3)
        legend = Legend(entries, width: width, maximumRows: legendRows, canvas: canvas)
        lineHeight = canvas.lineHeight(.title)
        let titleHeight = Double(lines.count) * lineHeight
        height = titleHeight + (titleHeight > 0 ? 6 : 0) + legend.height + (legend.height > 0 ? 6 : 0)
    }

    func draw(on canvas: Canvas, x: Double, y: Double) {
        for (index, line) in lines.enumerated() {
            canvas.text(line, at: Point(x: x, y: y + (Double(index) + 0.5) * lineHeight), .title)
        }
        let titleHeight = Double(lines.count) * lineHeight
        legend.draw(on: canvas, x: x, y: y + titleHeight + (titleHeight > 0 ? 6 : 0))
    }
}

/// The white border around every plot.
let plotMargin = 16.0

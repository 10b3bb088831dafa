/// Names and samples in rows above a plot, where they can cover no data.
struct Legend {
    struct Entry: Hashable {
        enum Sample: Hashable {
            case marker(Marker, fill: Colour, outline: Canvas.Stroke?)
            case line(Canvas.Stroke, Marker?)
            case swatch(Colour)
        }
        let name: String
        let sample: Sample
    }

    private struct Placed {
        let entry: Entry
        let text: String
        let x: Double
        let row: Int
    }

    private static let rowHeight = 20.0
    private static let entryGap = 20.0
    private static let sampleGap = 7.0

    private let placed: [Placed]
    private let overflow: (text: String, x: Double, row: Int)?

    /// The height of all rows; 0 without entries.
    let height: Double

    /// Entries without a name are left out. More than `maximumRows` of them end in "+ n more".
    init(_ entries: [Entry], width: Double, maximumRows: Int = 4, canvas: Canvas) {
        let entries = entries.filter { !$0.name.isEmpty }
        var placed: [Placed] = []
        var (x, row) = (0.0, 0)
        // Room for "+ 100 more" at the end of the last row, taken only when entries are left.
        let reserve = canvas.width(of: "+ 1000 more", .legend) + Self.entryGap
        var overflow: (String, Double, Int)?
        for (index, entry) in entries.enumerated() {
            let sample = Self.sampleWidth(entry.sample) + Self.sampleGap
            let text = canvas.fitted(entry.name, .legend, width: min(width - sample, max(width * 0.45, 120)))
            let needed = sample + canvas.width(of: text, .legend)
            let isLast = index == entries.count - 1
            if x > 0 && x + needed > width {
                (x, row) = (0, row + 1)
            }
            if row >= maximumRows || (row == maximumRows - 1 && !isLast && x + needed + reserve > width) {
                let left = entries.count - placed.count
                overflow = row >= maximumRows
                    ? ("+ \(left) more", placed.last.map { Self.end(of: $0, canvas) } ?? 0, maximumRows - 1)
                    : ("+ \(left) more", x, row)
                break
            }
            placed.append(Placed(entry: entry, text: text, x: x, row: row))
            x += needed + Self.entryGap
        }
        self.placed = placed
        self.overflow = overflow
        let rows = max(placed.last.map { $0.row + 1 } ?? 0, overflow.map { $0.2 + 1 } ?? 0)
        height = Double(rows) * Self.rowHeight
    }

    func draw(on canvas: Canvas, x: Double, y: Double) {
        for item in placed {
            let middle = y + (Double(item.row) + 0.5) * Self.rowHeight
            let left = x + item.x
            let width = Self.sampleWidth(item.entry.sample)
            switch item.entry.sample {
            case .marker(let marker, let fill, let outline):
                canvas.marker(
                    marker, at: Point(x: left + width / 2, y: middle), radius: 4.5, fill: fill, outline: outline)
            case .line(let stroke, let marker):
                canvas.line(from: Point(x: left, y: middle), to: Point(x: left + width, y: middle), stroke)
                if let marker {
                    canvas.marker(
                        marker, at: Point(x: left + width / 2, y: middle), radius: 3.4, fill: stroke.colour,
                        outline: .init(.white, width: 1))
                }
            case .swatch(let colour):
                canvas.rectangle(Rect(x: left, y: middle - 5, width: width, height: 10), fill: colour)
            }
            canvas.text(
                item.text, at: Point(x: left + width + Self.sampleGap, y: middle), .legend, colour: Palette.ink)
        }
        if let overflow {
            canvas.text(
                overflow.text,
                at: Point(x: x + overflow.x, y: y + (Double(overflow.row) + 0.5) * Self.rowHeight), .legend,
                colour: Palette.softInk)
        }
    }

    private static func sampleWidth(_ sample: Entry.Sample) -> Double {
        switch sample {
        case .marker: 11
        case .line: 28
        case .swatch: 14
        }
    }

    private static func end(of item: Placed, _ canvas: Canvas) -> Double {
        item.x + sampleWidth(item.entry.sample) + sampleGap + canvas.width(of: item.text, .legend) + entryGap
    }
}

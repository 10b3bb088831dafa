extension ConfusionMatrixPlot {
    /// Where the parts of a confusion matrix are: row labels and axis title to the left, column labels and axis title
    /// below, the scale of shades to the right.
    struct Layout {
        struct CellFont {
            let count: Font
            /// nil where cells are too small for a second line.
            let percent: Font?
        }

        let grid: Rect
        private let side: Double
        private let classCount: Int
        private let rowLabels: [String]
        private let columnLabels: [String]
        /// Every n-th label is shown.
        private let stride: Int
        private let columnsStand: Bool
        private let columnLabelHeight: Double

        private static let labelFont = Font(size: 11.5)
        private static let scaleGap = 22.0
        private static let scaleWidth = 12.0
        static let headingGap = 4.0

        /// The room for the axis title left of the row labels, and for the one below the column labels.
        private static func titleRoom(_ canvas: Canvas) -> Double { canvas.lineHeight(.axisLabel) + 8 }

        private static func scaleRoom(_ canvas: Canvas) -> Double {
            scaleGap + scaleWidth + 6 + canvas.width(of: "100 %", .tick) + 4 + canvas.lineHeight(.axisLabel)
        }

        /// The size at which cells are 66 logical pixels wide, or as much as keeps the whole matrix within 220 to 620,
        /// and nothing is left over beside them.
        static func naturalSize(title: String, classes: [String], canvas: Canvas) -> PlotSize {
            let k = Double(max(classes.count, 1))
            let side = (min(max(k * 66, 220), 620) / k).rounded()
            let extent = max(side, 1) * k
            let widest = min(classes.map { canvas.width(of: $0, labelFont) }.max() ?? 0, 160)
            let width = 2 * plotMargin + titleRoom(canvas) + widest + 8 + extent + scaleRoom(canvas)
            let heading = Heading(title: title, entries: [], width: width - 2 * plotMargin, canvas: canvas)
            let labels = widest + 6 > side ? widest + 2 : canvas.lineHeight(labelFont)
            let height =
                2 * plotMargin - 4 + heading.height + headingGap + extent + 6 + labels + titleRoom(canvas)
            return PlotSize(width: width.rounded(.up), height: height.rounded(.up) + 1)
        }

        init(box: Rect, classes: [String], canvas: Canvas) throws(PlotError) {
            let k = classes.count
            let title = Self.titleRoom(canvas)
            rowLabels = classes.map { canvas.fitted($0, Self.labelFont, width: min(box.width * 0.35, 160)) }
            let rowRoom = (rowLabels.map { canvas.width(of: $0, Self.labelFont) }.max() ?? 0) + 8
            let scaleRoom = Self.scaleRoom(canvas)

            // Column labels stand upright when the widest does not fit its cell, which the height then pays for.
            let line = canvas.lineHeight(Self.labelFont)
            let widthLimit = box.width - title - rowRoom - scaleRoom
            let lyingSide = min(widthLimit, box.height - title - line - 6) / Double(k)
            let widestLabel = classes.map { canvas.width(of: $0, Self.labelFont) }.max() ?? 0
            columnsStand = k > 1 && widestLabel + 6 > lyingSide
            let standing = classes.map { canvas.fitted($0, Self.labelFont, width: min(box.height * 0.35, 160)) }
            let lying = classes.map { canvas.fitted($0, Self.labelFont, width: max(lyingSide * 1.1, 24)) }
            columnLabels = columnsStand ? standing : lying
            columnLabelHeight =
                columnsStand ? (standing.map { canvas.width(of: $0, Self.labelFont) }.max() ?? 0) + 2 : line
            let heightLimit = box.height - title - columnLabelHeight - 6
            // Whole pixels, so that cells meet without seams.
            let free = min(widthLimit, heightLimit) / Double(k)
            side = free >= 4 ? free.rounded(.down) : free
            guard side >= 0.25 else {
                throw PlotError(
                    .unsuitableSize, reason: "the plot is too small for \(k) classes, its title and its labels")
            }
            classCount = k
            stride = max(1, Int((line * 0.9 / side).rounded(.up)))
            let extent = side * Double(k)
            let spare = max(0, widthLimit - extent)
            grid = Rect(
                x: (box.x + title + rowRoom + spare / 2).rounded(), y: box.y.rounded(), width: extent, height: extent)
            try grid.requireRoom()
        }

        func cell(row: Int, column: Int) -> Rect {
            Rect(x: grid.x + Double(column) * side, y: grid.y + Double(row) * side, width: side, height: side)
        }

        /// The largest fonts with which every cell's text fits, nil when the smallest legible does not.
        func cellFont(counts: [[Int]], canvas: Canvas) -> CellFont? {
            let widest = String(repeating: "0", count: counts.joined().map { String($0).count }.max() ?? 1)
            func fits(_ text: String, _ font: Font) -> Bool { canvas.width(of: text, font) <= side - 6 }
            let large = min(max(side * 0.24, 8), 17)
            for size in Swift.stride(from: large, through: 8, by: -0.5) {
                let font = CellFont(count: Font(size: size, isBold: true), percent: Font(size: max(size * 0.74, 7.5)))
                if side >= size * 2.6, fits(widest, font.count), fits("100.0 %", font.percent ?? font.count) {
                    return font
                }
            }
            for size in Swift.stride(from: large, through: 7, by: -0.5) {
                let font = Font(size: size)
                if side >= size * 1.4, fits(widest, font) { return CellFont(count: font, percent: nil) }
            }
            return nil
        }

        func drawFrame(on canvas: Canvas) {
            // Thin white seams between cells while they are large enough to spare them.
            if side >= 12 {
                for index in 1..<max(classCount, 1) {
                    let offset = Double(index) * side
                    canvas.line(
                        from: Point(x: grid.x + offset, y: grid.y), to: Point(x: grid.x + offset, y: grid.maxY),
                        .init(.white, width: 1))
                    canvas.line(
                        from: Point(x: grid.x, y: grid.y + offset), to: Point(x: grid.maxX, y: grid.y + offset),
                        .init(.white, width: 1))
                }
            }
            let frame = grid.inset(left: -0.5, top: -0.5, right: -0.5, bottom: -0.5)
            canvas.rectangle(frame, fill: nil, outline: .init(Palette.spine, width: 1))
        }

        func drawLabels(on canvas: Canvas) {
            for index in Swift.stride(from: 0, to: classCount, by: stride) {
                let middle = (Double(index) + 0.5) * side
                canvas.text(
                    rowLabels[index], at: Point(x: grid.x - 8, y: grid.y + middle), Self.labelFont, anchor: .right)
                if columnsStand {
                    canvas.text(
                        columnLabels[index], at: Point(x: grid.x + middle, y: grid.maxY + 8), Self.labelFont,
                        anchor: .right, quarterTurns: 1)
                } else {
                    canvas.text(
                        columnLabels[index],
                        at: Point(x: grid.x + middle, y: grid.maxY + 6 + canvas.lineHeight(Self.labelFont) / 2),
                        Self.labelFont, anchor: .centre)
                }
            }
            let widest = rowLabels.map { canvas.width(of: $0, Self.labelFont) }.max() ?? 0
            canvas.text(
                "Actual", at: Point(x: grid.x - 8 - widest - 8 - canvas.lineHeight(.axisLabel) / 2, y: grid.midY),
                .axisLabel, anchor: .centre, quarterTurns: 1)
            canvas.text(
                "Predicted",
                at: Point(x: grid.midX, y: grid.maxY + 6 + columnLabelHeight + 8 + canvas.lineHeight(.axisLabel) / 2),
                .axisLabel, anchor: .centre)
        }

        /// The scale of shades: the share of the row, 0 to 100 %.
        func drawScale(on canvas: Canvas) {
            let bar = Rect(x: grid.maxX + Self.scaleGap, y: grid.y, width: Self.scaleWidth, height: grid.height)
            let steps = 100
            for step in 0..<steps {
                let share = (Double(step) + 0.5) / Double(steps)
                let bottom = bar.maxY - bar.height * Double(step) / Double(steps)
                let height = bar.height / Double(steps)
                // Each a little taller than its step, so that no white shows between two.
                canvas.rectangle(
                    Rect(x: bar.x, y: bottom - height, width: bar.width, height: step == 0 ? height : height + 0.7),
                    fill: Palette.sequential(share))
            }
            let frame = bar.inset(left: -0.5, top: -0.5, right: -0.5, bottom: -0.5)
            canvas.rectangle(frame, fill: nil, outline: .init(Palette.spine, width: 1))
            for percent in grid.height >= 120 ? [0, 25, 50, 75, 100] : [0, 100] {
                let y = bar.maxY - bar.height * Double(percent) / 100
                canvas.text(
                    "\(percent) %", at: Point(x: bar.maxX + 6, y: y), .tick, colour: Palette.softInk)
            }
            let right = bar.maxX + 6 + canvas.width(of: "100 %", .tick) + 4 + canvas.lineHeight(.axisLabel) / 2
            canvas.text(
                canvas.fitted("Share of the actual class", .axisLabel, width: grid.height),
                at: Point(x: right, y: grid.midY), .axisLabel, anchor: .centre, quarterTurns: 1)
        }
    }
}

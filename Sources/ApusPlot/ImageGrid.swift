/// Small images in rows and columns, each with a caption: samples, reconstructions, filters.
public struct ImageGrid: Plot {
    /// One image, grey or RGB.
    public struct Tile: Hashable, Sendable {
        /// Pixels a row.
        public let width: Int
        /// The number of rows.
        public let height: Int
        /// 1 for grey, 3 for RGB.
        public let channels: Int
        /// `height × width × channels` values, channels last, from 0 (dark) to 1; values outside are cut. A value that
        /// is not a number shows in reddish purple, lest it pass for a shade.
        public let pixels: [Double]
        /// Written below the image; empty for none.
        public let caption: String

        /// - Throws: `PlotError` (`invalidData`) when the number of values does not go with the shape, the shape is
        ///   empty or over 4096 pixels a side, or there are neither 1 nor 3 channels.
        public init(
            width: Int, height: Int, channels: Int = 1, pixels: [Double], caption: String = ""
        ) throws(PlotError) {
            guard (1...4096).contains(width), (1...4096).contains(height), channels == 1 || channels == 3 else {
                throw PlotError(
                    .invalidData,
                    reason: "an image of shape (\(height), \(width), \(channels)); sides are 1 to 4096, channels 1 or 3")
            }
            guard pixels.count == width * height * channels else {
                throw PlotError(
                    .invalidData,
                    reason: "\(pixels.count) values for an image of shape (\(height), \(width), \(channels))")
            }
            self.width = width
            self.height = height
            self.channels = channels
            self.pixels = pixels
            self.caption = caption
        }

        var colours: [Colour] {
            (0..<width * height).map { index in
                let values = pixels[index * channels..<(index + 1) * channels]
                if values.contains(where: \.isNaN) { return Palette.reddishPurple }
                let first = values.startIndex
                return Colour(
                    red: values[first], green: values[first + channels / 2], blue: values[first + channels - 1])
            }
        }
    }

    /// Drawn above the plot; may be empty.
    public var title: String
    /// Row by row, from the left.
    public var tiles: [Tile]
    /// Images a row.
    public var columns: Int
    /// Names to the left of the rows, the first for the first row; rows beyond them have none.
    public var rowLabels: [String]
    /// The side of the square each image is fitted into, in logical pixels. Images smaller than that are enlarged by a
    /// whole factor.
    public var tileSide: Double

    /// Images in rows of `columns`.
    public init(
        title: String, tiles: [Tile], columns: Int, rowLabels: [String] = [], tileSide: Double = 84
    ) {
        self.title = title
        self.tiles = tiles
        self.columns = columns
        self.rowLabels = rowLabels
        self.tileSide = tileSide
    }

    public var summary: String {
        let captions = tiles.prefix(100).map(\.caption).filter { !$0.isEmpty }
        let rows = rowLabels.isEmpty ? "" : " Rows: \(rowLabels.joined(separator: "; "))."
        return "\(tiles.count) images in \(columns) columns.\(rows)"
            + (captions.isEmpty ? "" : " Captions: \(captions.joined(separator: "; ")).")
    }

    public var size: PlotSize {
        Canvas.measuring { layout($0).size }
    }

    public func draw(on canvas: Canvas) throws(PlotError) {
        guard !tiles.isEmpty else { throw PlotError(.noData, reason: "an image grid without images") }
        guard columns > 0 else { throw PlotError(.invalidData, reason: "an image grid of \(columns) columns") }
        guard tileSide >= 8 else {
            throw PlotError(.unsuitableSize, reason: "images of \(tileSide) logical pixels; 8 is the least")
        }
        let layout = layout(canvas)
        layout.heading.draw(on: canvas, x: plotMargin, y: plotMargin)
        for (index, tile) in tiles.enumerated() {
            let (row, column) = (index / columns, index % columns)
            let left = layout.origin.x + Double(column) * layout.pitch.x
            let top = layout.origin.y + Double(row) * layout.pitch.y
            let shown = Self.shownSize(of: tile, in: tileSide)
            let rect = Rect(
                x: (left + (layout.cell.x - shown.x) / 2).rounded(), y: (top + (layout.cell.y - shown.y) / 2).rounded(),
                width: shown.x, height: shown.y)
            canvas.image(tile.colours, width: tile.width, height: tile.height, in: rect)
            canvas.rectangle(
                rect.inset(left: -0.5, top: -0.5, right: -0.5, bottom: -0.5), fill: nil,
                outline: .init(Palette.spine.mixed(with: .white, share: 0.4), width: 1))
            canvas.text(
                canvas.fitted(tile.caption, Self.captionFont, width: layout.pitch.x - 4),
                at: Point(x: left + layout.cell.x / 2, y: top + layout.cell.y + 3 + canvas.lineHeight(Self.captionFont) / 2),
                Self.captionFont, colour: Palette.softInk, anchor: .centre)
            if column == 0, row < rowLabels.count {
                canvas.text(
                    canvas.fitted(rowLabels[row], .legend, width: Self.rowLabelLimit),
                    at: Point(x: layout.origin.x - 12, y: top + layout.cell.y / 2), .legend, anchor: .right)
            }
        }
    }

    // MARK: Layout

    private struct Layout {
        let heading: Heading
        /// The top left corner of the first image's square.
        let origin: Point
        /// From one image to the next, across and down.
        let pitch: Point
        /// The largest image as shown.
        let cell: Point
        let size: PlotSize
    }

    private static let captionFont = Font(size: 10.5)
    private static let rowLabelLimit = 160.0

    private func layout(_ canvas: Canvas) -> Layout {
        let shown = tiles.map { Self.shownSize(of: $0, in: tileSide) }
        let cell = Point(x: shown.map(\.x).max() ?? tileSide, y: shown.map(\.y).max() ?? tileSide)
        let hasCaptions = tiles.contains { !$0.caption.isEmpty }
        let pitch = Point(
            x: cell.x + 10, y: cell.y + (hasCaptions ? canvas.lineHeight(Self.captionFont) + 12 : 10))
        let columns = max(min(self.columns, tiles.count), 1)
        let rows = max((tiles.count + columns - 1) / columns, 1)
        let widest = rowLabels.prefix(rows).map {
            canvas.width(of: canvas.fitted($0, .legend, width: Self.rowLabelLimit), .legend)
        }.max()
        let left = plotMargin + (widest.map { $0 + 12 } ?? 0)
        // Wide enough for a title that is not broken over many lines.
        let grid = left + Double(columns) * pitch.x - 10 + plotMargin
        let width = max(grid, min(canvas.width(of: title, .title) + 2 * plotMargin, 420)).rounded(.up)
        let heading = Heading(title: title, entries: [], width: width - 2 * plotMargin, canvas: canvas)
        let top = plotMargin + heading.height + (heading.height > 0 ? 4 : 0)
        let bottom = hasCaptions ? plotMargin - 6 : plotMargin - 10
        return Layout(
            heading: heading, origin: Point(x: left.rounded(), y: top.rounded()), pitch: pitch, cell: cell,
            size: PlotSize(width: width, height: (top + Double(rows) * pitch.y + bottom).rounded(.up)))
    }

    /// A small image grows by a whole factor, so that all its pixels are of one size; a large one shrinks to fit.
    private static func shownSize(of tile: Tile, in side: Double) -> Point {
        let fit = side / Double(max(tile.width, tile.height))
        let factor = fit >= 1 ? fit.rounded(.down) : fit
        return Point(x: max((Double(tile.width) * factor).rounded(), 1), y: max((Double(tile.height) * factor).rounded(), 1))
    }
}

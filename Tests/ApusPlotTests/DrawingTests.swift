import Testing

@testable import ApusPlot

/// What the pixels say: the right colours in the right places and proportions.
@Suite struct DrawingTests {
    @Test func barsAreInProportion() throws {
        let plot = BarPlot(title: "", bars: [.init("a", 3), .init("b", -1.5)], valueLabel: "v", showsValues: false)
        let picture = try Picture(plot, scale: 2)
        let positive = try picture.bounds(of: 0x0072B2)
        let negative = try picture.bounds(of: 0xD55E00)
        let ratio = Double(positive.x.count) / Double(negative.x.count)
        #expect(abs(ratio - 2) < 0.03, "\(ratio)")
        // Both end at zero, the positive one to its right, and the first bar is on top.
        #expect(abs(positive.x.lowerBound - negative.x.upperBound) <= 4)
        #expect(positive.y.upperBound < negative.y.lowerBound)
    }

    /// The axis starts at zero although no value is near it: it is lengths, not ends, that bars compare.
    @Test(arguments: [BarPlot.Direction.lying, .upright])
    func barsStartAtZero(direction: BarPlot.Direction) throws {
        let plot = BarPlot(
            title: "", direction: direction, bars: [.init("a", 10), .init("b", 8)], valueLabel: "v", showsValues: false)
        let picture = try Picture(plot, scale: 2)
        let blue = picture.places(of: 0x0072B2)
        let box = try picture.bounds(of: 0x0072B2)
        // One line of pixels along each bar, ten inwards from the outer edge of the first and of the second.
        func length(first: Bool) -> Int {
            switch direction {
            case .lying: blue.filter { $0.y == (first ? box.y.lowerBound + 10 : box.y.upperBound - 10) }.count
            case .upright: blue.filter { $0.x == (first ? box.x.lowerBound + 10 : box.x.upperBound - 10) }.count
            }
        }
        #expect(abs(Double(length(first: false)) / Double(length(first: true)) - 0.8) < 0.01)
    }

    @Test func uprightBarsGrowUpwards() throws {
        let plot = BarPlot(
            title: "", direction: .upright, bars: [.init("a", 4), .init("b", -2)], valueLabel: "v", showsValues: false)
        let picture = try Picture(plot, scale: 2)
        let positive = try picture.bounds(of: 0x0072B2)
        let negative = try picture.bounds(of: 0xD55E00)
        #expect(abs(Double(positive.y.count) / Double(negative.y.count) - 2) < 0.03)
        #expect(positive.y.upperBound <= negative.y.lowerBound + 4)
        #expect(positive.x.upperBound < negative.x.lowerBound)
    }

    /// Four classes of one point each: their places are an affine image of their coordinates, y upwards.
    @Test func pointsAreWhereTheirCoordinatesSay() throws {
        let xs = [0.0, 1, 3, 4]
        let ys = [10.0, 40, 20, 50]
        let plot = ScatterPlot(
            title: "", xLabel: "x", yLabel: "y", groups: zip(xs, ys).map { .init("", x: [$0], y: [$1]) })
        let picture = try Picture(plot, scale: 2)
        let centres = try (0..<4).map { index -> (x: Double, y: Double) in
            let box = try picture.bounds(of: Palette.categorical(index).withAlpha(0.82).overWhite, within: 1)
            return (
                Double(box.x.lowerBound + box.x.upperBound) / 2, Double(box.y.lowerBound + box.y.upperBound) / 2
            )
        }
        let unitX = (centres[3].x - centres[0].x) / 4
        let unitY = (centres[0].y - centres[3].y) / 40
        #expect(unitX > 50 && unitY > 5)
        for index in 0..<4 {
            #expect(abs(centres[index].x - centres[0].x - unitX * xs[index]) < 2)
            // Triangles have their middle a little off their point.
            #expect(abs(centres[0].y - centres[index].y - unitY * (ys[index] - 10)) < 5)
        }
    }

    @Test func cellsHaveTheShadeOfTheirRowsShare() throws {
        let plot = ConfusionMatrixPlot(title: "", counts: [[75, 25], [0, 10]], classes: ["a", "b"])
        let picture = try Picture(plot, scale: 1)
        // The scale to the right holds shades near all of these, but each cell is far larger than any step of it.
        func area(_ share: Double) -> Int { picture.places(of: Palette.sequential(share).overWhite, within: 1).count }
        for share in [0.75, 0.25, 0, 1] { #expect(area(share) > 5000, "share \(share)") }
        func middle(_ share: Double) -> (x: Int, y: Int) {
            let places = picture.places(of: Palette.sequential(share).overWhite, within: 1)
            return (places.map(\.x).reduce(0, +) / places.count, places.map(\.y).reduce(0, +) / places.count)
        }
        // Cells are 110 wide. Predicted b is right of predicted a, the row of class b below that of class a.
        let step = (x: middle(0.25).x - middle(0.75).x, y: middle(0.25).y - middle(0.75).y)
        #expect(abs(step.x - 110) < 12 && abs(step.y) < 12, "\(step)")
        let down = (x: middle(0).x - middle(0.75).x, y: middle(0).y - middle(0.75).y)
        #expect(abs(down.x) < 12 && abs(down.y - 110) < 12, "\(down)")
        let across = (x: middle(1).x - middle(0).x, y: middle(1).y - middle(0).y)
        #expect(abs(across.x - 110) < 12 && abs(across.y) < 12, "\(across)")
    }

    @Test func tilesShowTheirPixels() throws {
        let tile = try ImageGrid.Tile(
            width: 3, height: 2, channels: 3, pixels: [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, .nan, 0, 0, 2, 1, -1])
        let picture = try Picture(ImageGrid(title: "", tiles: [tile], columns: 1, tileSide: 60), scale: 2)
        // 20 logical pixels a pixel, 40 × 40 at this scale, all sharp.
        let expected: [UInt32] = [0xFF0000, 0x00FF00, 0x0000FF, 0x00FFFF, 0xCC79A7, 0xFFFF00]
        let corner = try picture.bounds(of: 0xFF0000)
        for (index, colour) in expected.enumerated() {
            #expect(picture.places(of: colour).count >= 39 * 39, "pixel \(index)")
            let x = corner.x.lowerBound + 20 + 40 * (index % 3)
            let y = corner.y.lowerBound + 20 + 40 * (index / 3)
            #expect(picture[x, y] == colour, "pixel \(index)")
        }
    }

    @Test func greyTilesAreGrey() throws {
        let tile = try ImageGrid.Tile(width: 2, height: 1, pixels: [0, 0.5])
        let picture = try Picture(ImageGrid(title: "", tiles: [tile], columns: 1, tileSide: 40))
        #expect(picture.places(of: 0x808080).count >= 19 * 19)
        #expect(picture.places(of: 0x000000).count >= 19 * 19)
    }

    /// A value that is not finite parts the line; with finite values the same columns are covered.
    @Test func gapsStayEmpty() throws {
        func columns(_ middle: Double) throws -> Set<Int> {
            let plot = LinePlot(title: "", yLabel: "", series: [.init("", y: [1, 1, middle, 1, 1])])
            return Set(try Picture(plot).places(of: 0x0072B2).map(\.x))
        }
        let full = try columns(1)
        let parted = try columns(.nan)
        let missing = full.subtracting(parted)
        #expect(missing.count > full.count / 3 && missing.count < full.count * 2 / 3)
        #expect(try columns(.infinity) == parted)
    }

    @Test func aPairOfSeriesIsFullAndDashed() throws {
        let values = (1...40).map { _ in 1.0 }
        let plot = LinePlot(
            title: "", yLabel: "", series: LinePlot.Series.pair(train: values, validation: values.map { $0 + 1 }))
        let picture = try Picture(plot)
        let full = try picture.bounds(of: 0x0072B2)
        let dashed = try picture.bounds(of: 0xD55E00)
        // Below the legend, the rows of each line: the dashed one covers about two thirds of its columns.
        let train = Set(picture.places(of: 0x0072B2).filter { $0.y > full.y.lowerBound + 16 }.map(\.x))
        let validation = Set(picture.places(of: 0xD55E00).filter { $0.y > dashed.y.lowerBound + 16 }.map(\.x))
        #expect(train.count > 400)
        #expect((0.5...0.8).contains(Double(validation.count) / Double(train.count)))
    }

    @Test func severalPairsShareAColourEach() {
        let series = ["a", "b"].flatMap { LinePlot.Series.pair($0, train: [1], validation: [2]) }
        let styles = LinePlot.styles(of: series)
        #expect(styles[0].stroke.colour == styles[1].stroke.colour)
        #expect(styles[2].stroke.colour == styles[3].stroke.colour)
        #expect(styles[0].stroke.colour != styles[2].stroke.colour)
        #expect(styles.map(\.stroke.dashes.isEmpty) == [true, false, true, false])
    }

    @Test func learningCurvesLeaveOutWhatIsEmpty() {
        let all = LinePlot.learningCurves(
            title: "", trainLoss: [1], validationLoss: [2], trainAccuracy: [0.5], validationAccuracy: [0.4])
        #expect(all.panels.map(\.yLabel) == ["Loss", "Accuracy"])
        #expect(all.panels.map(\.series.count) == [2, 2])
        let some = LinePlot.learningCurves(title: "", trainLoss: [1])
        #expect(some.panels.map(\.yLabel) == ["Loss"])
        #expect(some.panels.map(\.series.count) == [1])
    }

    @Test func longTextIsFittedAndWrapped() {
        Canvas.measuring { canvas in
            let long = String(repeating: "wide words ", count: 40)
            let fitted = canvas.fitted(long, .tick, width: 100)
            #expect(fitted.hasSuffix("…") && canvas.width(of: fitted, .tick) <= 100)
            #expect(canvas.width(of: fitted, .tick) > 80)
            #expect(canvas.fitted("short", .tick, width: 100) == "short")
            #expect(canvas.fitted("short", .tick, width: 0) == "")
            let lines = canvas.wrapped(long, .title, width: 200, maximumLines: 3)
            #expect(lines.count == 3 && lines[2].hasSuffix("…") && !lines[0].hasSuffix("…"))
            #expect(lines.allSatisfy { canvas.width(of: $0, .title) <= 200 })
            #expect(canvas.wrapped("", .title, width: 200, maximumLines: 3).isEmpty)
            #expect(Canvas.singleLine("a\nb\u{0}c") == "a b c")
        }
    }
}

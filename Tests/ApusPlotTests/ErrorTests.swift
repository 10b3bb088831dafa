import Testing

@testable import ApusPlot

@Suite struct ErrorTests {
    private func expect(_ kind: PlotError.Kind, saying part: String, _ body: () throws -> Void) {
        #expect { try body() } throws: { error in
            guard let error = error as? PlotError else { return false }
            return error.kind == kind && error.description.contains(part)
        }
    }

    @Test func nothingToDraw() throws {
        expect(.noData, saying: "panel") { _ = try LinePlot(title: "", panels: []).svg() }
        expect(.noData, saying: "\"Loss\"") { _ = try LinePlot(title: "", yLabel: "Loss", series: []).svg() }
        expect(.noData, saying: "finite") {
            _ = try LinePlot(title: "", yLabel: "", series: [.init("", y: [.nan, .infinity])]).svg()
        }
        expect(.noData, saying: "finite") { _ = try ScatterPlot(title: "", xLabel: "", yLabel: "", groups: []).svg() }
        expect(.noData, saying: "no bars") { _ = try BarPlot(title: "", bars: [], valueLabel: "").svg() }
        expect(.noData, saying: "finite") { _ = try BarPlot(title: "", bars: [.init("", .nan)], valueLabel: "").svg() }
        expect(.noData, saying: "classes") { _ = try ConfusionMatrixPlot(title: "", counts: [], classes: []).svg() }
        expect(.noData, saying: "images") { _ = try ImageGrid(title: "", tiles: [], columns: 2).svg() }
    }

    @Test func contradictions() throws {
        expect(.invalidData, saying: "2 x for 1 y") {
            _ = try LinePlot(title: "", yLabel: "", series: [.init("", y: [1], x: [1, 2])]).svg()
        }
        expect(.invalidData, saying: "1 x for 2 y") {
            _ = try ScatterPlot(title: "", xLabel: "", yLabel: "", groups: [.init("", x: [1], y: [1, 2])]).svg()
        }
        expect(.invalidData, saying: "point 1 has class 3") {
            _ = try ScatterPlot(
                title: "", xLabel: "", yLabel: "", x: [1, 2], y: [1, 2], classes: [0, 3], classNames: ["a", "b"])
        }
        expect(.invalidData, saying: "2 x, 1 y and 2 classes") {
            _ = try ScatterPlot(title: "", xLabel: "", yLabel: "", x: [1, 2], y: [1], classes: [0, 0], classNames: ["a"])
        }
        expect(.invalidData, saying: "2 values for 1 bars") {
            _ = try BarPlot(
                title: "", bars: [.init("", 1)], valueLabel: "", overlay: .init("total", values: [1, 2])
            ).svg()
        }
        expect(.invalidData, saying: "2 × 2") {
            _ = try ConfusionMatrixPlot(title: "", counts: [[1, 2], [3]], classes: ["a", "b"]).svg()
        }
        expect(.invalidData, saying: "negative") {
            _ = try ConfusionMatrixPlot(title: "", counts: [[-1]], classes: ["a"]).svg()
        }
        expect(.invalidData, saying: "example 1") {
            _ = try ConfusionMatrixPlot(title: "", actual: [0, 1], predicted: [0, 0], classes: ["a"])
        }
        expect(.invalidData, saying: "2 actual classes for 1") {
            _ = try ConfusionMatrixPlot(title: "", actual: [0, 0], predicted: [0], classes: ["a"])
        }
        expect(.invalidData, saying: "3 values for an image of shape (2, 2, 1)") {
            _ = try ImageGrid.Tile(width: 2, height: 2, pixels: [1, 2, 3])
        }
        expect(.invalidData, saying: "channels 1 or 3") {
            _ = try ImageGrid.Tile(width: 1, height: 1, channels: 2, pixels: [1, 2])
        }
        expect(.invalidData, saying: "0 columns") {
            _ = try ImageGrid(title: "", tiles: [.init(width: 1, height: 1, pixels: [1])], columns: 0).svg()
        }
        expect(.unsuitableSize, saying: "nan") {
            let tile = try ImageGrid.Tile(width: 1, height: 1, pixels: [1])
            _ = try ImageGrid(title: "", tiles: [tile], columns: 1, tileSide: .nan).svg()
        }
    }

    @Test func countsPairs() throws {
        let plot = try ConfusionMatrixPlot(
            title: "", actual: [0, 0, 1, 1, 1], predicted: [0, 1, 1, 1, 0], classes: ["ham", "spam"])
        #expect(plot.counts == [[1, 1], [1, 2]])
        #expect(plot.summary.contains("60.0 % on the diagonal"))
    }
}

import Testing

@testable import ApusPlot

@Suite struct SVGTests {
    @Test func namesItselfAndItsSize() throws {
        let plot = LinePlot(
            title: "Loss & \"accuracy\" <by epoch>\u{0}\u{1}", yLabel: "Loss",
            series: LinePlot.Series.pair(train: [3, 2], validation: [4, 3]), size: PlotSize(width: 500, height: 300))
        let svg = try SVG(plot.svg())
        let root = try #require(svg.elements.first)
        #expect(root.name == "svg")
        #expect(root.attributes["role"] == "img")
        #expect(root.attributes["width"] == "500px" && root.attributes["height"] == "300px")
        #expect(root.attributes["viewBox"] == "0 0 500 300")
        #expect(svg.all("title").map(\.text) == ["Loss & \"accuracy\" <by epoch>"])
        #expect(svg.all("desc").map(\.text) == ["Line plot of Loss (train; validation) against Epoch."])
    }

    /// Text becomes one glyph reference a character. What is drawn: title 1, legend 3, y label 1, x label 2, and ticks.
    @Test func drawsTextAsGlyphs() throws {
        func glyphs(title: String) throws -> Int {
            let plot = ScatterPlot(title: title, xLabel: "PC", yLabel: "Q", groups: [.init("abc", x: [1, 2], y: [1, 2])])
            return try SVG(plot.svg()).all("use").filter { $0.attributes["xlink:href"]?.hasPrefix("#glyph") == true }.count
        }
        let short = try glyphs(title: "A")
        #expect(short > 1 + 3 + 1 + 2)
        #expect(try glyphs(title: "ABCDE") - short == 4)
    }

    @Test func everyPointHasItsMarker() throws {
        let plot = ScatterPlot(
            title: "", xLabel: "x", yLabel: "y",
            groups: [.init("a", x: [1, 2, 3], y: [1, 2, 3]), .init("b", x: [4, 5, 6, .nan], y: [1, 2, 3, 4])])
        let svg = try SVG(plot.svg())
        // One more each: the sample in the legend.
        #expect(svg.filled(Palette.categorical(0)).count == 3 + 1)
        #expect(svg.filled(Palette.categorical(1)).count == 3 + 1)
        #expect(svg.filled(Palette.categorical(2)).isEmpty)
    }

    @Test func everyBarIsThere() throws {
        let plot = BarPlot(title: "", bars: [.init("a", 1), .init("b", -2), .init("c", 3)], valueLabel: "v")
        let svg = try SVG(plot.svg())
        #expect(svg.filled(Palette.blue).count == 2)
        #expect(svg.filled(Palette.vermillion).count == 1)
    }

    /// cairo numbers surfaces by a counter of the process, which must not show.
    @Test func sameBytesEveryTime() throws {
        let tile = try ImageGrid.Tile(width: 2, height: 2, pixels: [0, 0.3, 0.6, 1], caption: "tile")
        let grid = ImageGrid(title: "Grid", tiles: [tile, tile, tile], columns: 2)
        #expect(try grid.svg() == grid.svg())
        #expect(try samplePlot.svg() == samplePlot.svg())
        #expect(try samplePlot.png() == samplePlot.png())
    }

    @Test func renumberingKeepsReferencesTogether() {
        let text = "<g id=\"surface12\"/><image id=\"image7\"/><use href=\"#image7\"/><a id=\"surface\"/>\"image7x\" surface12 #"
        let expected =
            "<g id=\"surface1\"/><image id=\"image2\"/><use href=\"#image2\"/><a id=\"surface\"/>\"image2x\" surface12 #"
        #expect(SVGDocument.renumbered(Array(text.utf8)) == Array(expected.utf8))
    }

    @Test func everyKindIsWellFormed() throws {
        let tile = try ImageGrid.Tile(width: 1, height: 1, channels: 3, pixels: [0, 0.5, 1], caption: "a<b")
        _ = try SVG(ImageGrid(title: "]]>", tiles: [tile], columns: 1).svg())
        _ = try SVG(ConfusionMatrixPlot(title: "&", counts: [[1, 2], [3, 4]], classes: ["<", ">"]).svg())
        _ = try SVG(BarPlot.scree(title: "\u{FFFE}", ratios: [0.7, 0.3]).svg())
    }
}

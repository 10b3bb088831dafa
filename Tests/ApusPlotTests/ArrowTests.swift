import Testing

@testable import ApusPlot

@Suite struct ArrowTests {
    private func biplot(_ loadings: [ScatterPlot.Arrow], x: [Double] = [-2, 4, 1, 0], y: [Double] = [1, -1, 2, -4]) throws -> ScatterPlot {
        try ScatterPlot.biplot(
            title: "t", xLabel: "PC1", yLabel: "PC2", x: x, y: y, classes: [0, 1, 0, 1], classNames: ["a", "b"], loadings: loadings)
    }

    /// The longest that fits reaches nine tenths of the points' extent on its own side, rounded down to two digits.
    @Test func lengthening() throws {
        let plot = try biplot([.init("u", x: 0.5, y: 0.1), .init("v", x: 0, y: -0.8)])
        // u may grow to 4 / 0.5 = 8 to the right, v to 4 / 0.8 = 5 downwards.
        #expect(plot.arrows == [.init("v", x: 0, y: -3.6), .init("u", x: 2.25, y: 0.45)])
        #expect(plot.arrowsName == "loadings, × 4.5")
        #expect(plot.summary.hasSuffix("Arrows for v, u."))
    }

    @Test func onlyTheLongest() throws {
        let plot = try biplot((1...30).map { .init("c\($0)", x: Double($0) / 30, y: 0) })
        #expect(plot.arrows.map(\.name) == (19...30).reversed().map { "c\($0)" })
        #expect(plot.arrowsName.hasPrefix("12 longest of 30 loadings, × "))
    }

    /// The shaft is ink from the origin to the tip, and nothing like it is where no arrow points.
    @Test func shaft() throws {
        var plot = ScatterPlot(
            title: "", xLabel: "", yLabel: "", groups: [.init("", x: [-1, 1], y: [-1, 1])], size: PlotSize(width: 400, height: 300))
        let bare = try Picture(plot, scale: 2).places(of: Palette.ink.overWhite, within: 8).count
        plot.arrows = [.init("", x: 0.8, y: 0.8)]
        let picture = try Picture(plot, scale: 2)
        let ink = picture.places(of: Palette.ink.overWhite, within: 8)
        #expect(ink.count > bare + 300)
        let bounds = try picture.bounds(of: Palette.ink.overWhite, within: 8)
        #expect(bounds.x.count > 200 && bounds.y.count > 150)
        // Up and to the right: x grows as y falls.
        let left = try #require(ink.min { $0.x < $1.x }), right = try #require(ink.max { $0.x < $1.x })
        #expect(left.y > right.y)
    }

    @Test(arguments: [
        [], [.init("nan", x: .nan, y: 1)], [.init("zero", x: 0, y: 0)], [.init("huge", x: 1e300, y: -1e300)],
        [.init("tiny", x: 1e-300, y: 1e-300)], [.init("", x: 1, y: 1), .init(String(repeating: "long ", count: 60), x: 1, y: 1)],
        (0..<12).map { .init("the same \($0)", x: 0.3, y: 0.3) },
    ] as [[ScatterPlot.Arrow]])
    func awkward(loadings: [ScatterPlot.Arrow]) throws {
        _ = try Picture(try biplot(loadings))
        _ = try Picture(try biplot(loadings, x: [0, 0, 0, 0], y: [0, 0, 0, 0]))
        _ = try SVG(try biplot(loadings, x: [1e9, 1e9, 1e9, 1e9], y: [.nan, 1, 2, 3]).svg())
    }

    @Test func contradictions() {
        #expect(throws: PlotError.self) { try biplot([.init("u", x: 1, y: 1)], x: [1, 2, 3]) }
    }
}

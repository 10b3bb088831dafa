import Testing

@testable import ApusPlot

/// Data no one plans for: a plot or a clear error, never a crash.
@Suite struct AwkwardDataTests {
    static let columns: [[Double]] = [
        [0], [1], [-5], [2, 2, 2], [0, 0], [.nan, 1], [.infinity, 1, -.infinity, 2], [1e308, -1e308], [5e-324, 0],
        [1e-300, 2e-300], [1e16, 1e16 + 2], [-0.0, 0.0], (0..<2000).map { Double($0 % 37) },
        [Double.greatestFiniteMagnitude, -Double.greatestFiniteMagnitude], [1, 1 + 1e-15],
    ]

    static let texts = [
        "", " ", "\u{0}", "a\nb", String(repeating: "W", count: 5000), "漢字 🙂 مرحبا", "e\u{301}\u{302}\u{303}",
        String(String.UnicodeScalarView([0xFFFE, 0xFDD0, 0x1FFFF].compactMap { Unicode.Scalar($0 as UInt32) })),
    ]

    @Test(arguments: columns)
    func lines(values: [Double]) throws {
        try render(LinePlot(title: "t", yLabel: "y", series: [.init("s", y: values)]))
        try render(LinePlot(title: "t", yLabel: "y", series: [.init("s", y: values, x: values)]))
    }

    @Test(arguments: columns)
    func points(values: [Double]) throws {
        try render(ScatterPlot(title: "t", xLabel: "x", yLabel: "y", groups: [.init("s", x: values, y: values)]))
    }

    @Test(arguments: columns)
    func bars(values: [Double]) throws {
        let bars = values.enumerated().map { BarPlot.Bar("bar \($0)", $1) }
        try render(BarPlot(title: "t", direction: .lying, bars: bars, valueLabel: "v"))
        try render(
            BarPlot(
                title: "t", direction: .upright, bars: bars, valueLabel: "v", overlay: .init("line", values: values)))
    }

    @Test(arguments: texts)
    func textsOfAllKinds(text: String) throws {
        try render(
            LinePlot(
                title: text, xLabel: text, panels: (0..<3).map { _ in .init(yLabel: text, series: [.init(text, y: [1, 2])]) }))
        try render(ScatterPlot(title: text, xLabel: text, yLabel: text, groups: [.init(text, x: [1], y: [1])]))
        try render(
            BarPlot(
                title: text, bars: [.init(text, 1), .init(text, -1)], categoryLabel: text, valueLabel: text,
                positiveName: text, negativeName: text))
        try render(
            BarPlot(
                title: text, direction: .upright, bars: [.init(text, 1), .init(text, -1)], categoryLabel: text,
                valueLabel: text))
        try render(ConfusionMatrixPlot(title: text, counts: [[1, 2], [3, 4]], classes: [text, text]))
        let tile = try ImageGrid.Tile(width: 1, height: 1, pixels: [0.5], caption: text)
        try render(ImageGrid(title: text, tiles: [tile], columns: 3, rowLabels: [text, text]))
    }

    @Test(arguments: [1, 2, 3, 30, 150])
    func matricesOfAllSizes(k: Int) throws {
        let counts = (0..<k).map { row in (0..<k).map { row == $0 ? 123_456_789 : 0 } }
        try render(ConfusionMatrixPlot(title: "t", counts: counts, classes: (0..<k).map { "class \($0)" }))
    }

    @Test func extremeCounts() throws {
        try render(ConfusionMatrixPlot(title: "t", counts: [[.max, .max], [0, 0]], classes: ["a", "b"]))
    }

    @Test func manyClassesAndManySeries() throws {
        try render(
            ScatterPlot(title: "t", xLabel: "x", yLabel: "y", groups: (0..<300).map { .init("class \($0)", x: [1], y: [1]) }))
        try render(LinePlot(title: "t", yLabel: "y", series: (0..<60).map { .init("series \($0)", y: [0, Double($0)]) }))
    }

    @Test func smallPlotsOfEveryKind() {
        let size = PlotSize(width: 40, height: 40)
        let plots: [any Plot] = [
            LinePlot(title: "t", yLabel: "y", series: [.init("s", y: [1, 2])], size: size),
            ScatterPlot(title: "t", xLabel: "x", yLabel: "y", groups: [.init("s", x: [1], y: [1])], size: size),
            BarPlot(title: "t", bars: [.init("s", 1)], valueLabel: "v", size: size),
            BarPlot(title: "t", direction: .upright, bars: [.init("s", 1)], valueLabel: "v", size: size),
            ConfusionMatrixPlot(title: "t", counts: [[1]], classes: ["a"], size: size),
        ]
        for plot in plots {
            #expect { try plot.png() } throws: { ($0 as? PlotError)?.kind == .unsuitableSize }
        }
    }

    private func render(_ plot: some Plot) throws {
        let picture = try Picture(plot)
        // Something beside the white ground is there.
        #expect(picture.pixels.contains { $0 != 0xFFFFFF })
        _ = try SVG(plot.svg())
    }
}

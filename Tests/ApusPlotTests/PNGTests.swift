import Testing

@testable import ApusPlot

@Suite struct PNGTests {
    @Test(arguments: [(1.0, 640, 400), (2.0, 1280, 800), (1.5, 960, 600), (0.25, 160, 100)])
    func sizeFollowsTheScale(scale: Double, width: Int, height: Int) throws {
        let picture = try Picture(samplePlot, scale: scale)
        #expect(picture.width == width && picture.height == height)
        #expect(picture[0, 0] == 0xFFFFFF)
    }

    /// 96 dpi at scale 1: 3780 pixels a metre; 288 at scale 3.
    @Test(arguments: [(1.0, 3780), (3.0, 11339)])
    func resolutionFollowsTheScale(scale: Double, pixelsPerMetre: Int) throws {
        let png = try samplePlot.png(scale: scale)
        #expect(Array(png[37..<41]) == Array("pHYs".utf8))
        let number = png[41..<45].reduce(0) { $0 << 8 | Int($1) }
        #expect(number == pixelsPerMetre)
        #expect(Array(png[45..<49]) == Array(png[41..<45]) && png[49] == 1)
    }

    /// Every PNG ends in the same chunk, IEND with the check sum AE 42 60 82.
    @Test func checkSumIsPNGs() {
        #expect(PNGDocument.checkSum(Array("IEND".utf8)) == 0xAE42_6082)
    }

    @Test(arguments: [0, -1, Double.nan, .infinity, 1e6])
    func refusesScales(scale: Double) {
        #expect { try samplePlot.png(scale: scale) } throws: { ($0 as? PlotError)?.kind == .unsuitableSize }
    }

    @Test(arguments: [(0.0, 100.0), (.nan, 100), (100, .infinity), (-5, 100), (1e9, 100), (60, 60)])
    func refusesSizes(width: Double, height: Double) {
        var plot = samplePlot
        plot.size = PlotSize(width: width, height: height)
        #expect { try plot.png() } throws: { ($0 as? PlotError)?.kind == .unsuitableSize }
        #expect { try plot.svg() } throws: { ($0 as? PlotError)?.kind == .unsuitableSize }
    }
}

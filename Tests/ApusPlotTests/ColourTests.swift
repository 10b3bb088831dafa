import Testing

@testable import ApusPlot

@Suite struct ColourTests {
    /// The published values, in the order of the publication: black, orange, sky blue, bluish green, yellow, blue,
    /// vermillion, reddish purple.
    @Test func paletteIsOkabeAndItos() {
        let published: [UInt32] = [0x000000, 0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7]
        #expect(Set(Palette.okabeIto) == Set(published.map { Colour(hex: $0) }))
        #expect(Palette.okabeIto.count == published.count)
    }

    @Test func colourAndShapeTogetherNameAClass() {
        struct Pair: Hashable {
            let colour: Colour
            let marker: Marker
        }
        let pairs = (0..<56).map { Pair(colour: Palette.categorical($0), marker: Marker.categorical($0)) }
        #expect(Set(pairs).count == 56)
        // Without colour, the first seven still differ.
        #expect(Set(pairs.prefix(7).map(\.marker)).count == 7)
    }

    /// WCAG's own examples: black on white is 21 to 1, #767676 the lightest grey with 4.5 to 1 on white.
    @Test func contrastIsWCAGs() {
        #expect(abs(Colour.black.contrast(with: .white) - 21) < 1e-9)
        #expect(abs(Colour(hex: 0x767676).contrast(with: .white) - 4.54) < 0.005)
    }

    @Test func shadesFallInGreyscaleAndTextStaysReadable() {
        var last = 2.0
        for step in 0...1000 {
            let shade = Palette.sequential(Double(step) / 1000)
            #expect(shade.luminance < last)
            last = shade.luminance
            #expect(shade.contrast(with: shade.readableInk) >= 4.5)
        }
        #expect(Palette.sequential(.nan) == Palette.sequential(0))
        #expect(Palette.sequential(-3) == Palette.sequential(0))
        #expect(Palette.sequential(7) == Palette.sequential(1))
    }

    @Test func textColoursReachSevenToOne() {
        #expect(Palette.ink.contrast(with: .white) >= 7)
        #expect(Palette.softInk.contrast(with: .white) >= 7)
    }
}

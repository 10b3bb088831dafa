/// The colours of every plot, chosen so that no information is lost to colour-blindness or a grey printer.
public enum Palette {
    /// Okabe and Ito's eight colours, which the common forms of colour-blindness keep apart, in an order that puts the
    /// best contrast with white first. Source: M. Okabe, K. Ito, "Color Universal Design", 2002 (revised 2008).
    public static let okabeIto: [Colour] = [
        blue, vermillion, bluishGreen, reddishPurple, orange, skyBlue, Colour(hex: 0x000000), yellow,
    ]

    /// #0072B2.
    public static let blue = Colour(hex: 0x0072B2)
    /// #D55E00.
    public static let vermillion = Colour(hex: 0xD55E00)
    /// #009E73.
    public static let bluishGreen = Colour(hex: 0x009E73)
    /// #CC79A7.
    public static let reddishPurple = Colour(hex: 0xCC79A7)
    /// #E69F00.
    public static let orange = Colour(hex: 0xE69F00)
    /// #56B4E9.
    public static let skyBlue = Colour(hex: 0x56B4E9)
    /// #F0E442.
    public static let yellow = Colour(hex: 0xF0E442)

    /// Text and marks.
    public static let ink = Colour(hex: 0x1F2328)
    /// Tick labels and other secondary text; 7 to 1 on white.
    public static let softInk = Colour(hex: 0x50565E)
    /// Axes and ticks.
    public static let spine = Colour(hex: 0x6B7178)
    /// Grid lines.
    public static let grid = Colour(hex: 0xE4E7EA)

    /// The colour of the n-th class or series.
    public static func categorical(_ index: Int) -> Colour {
        okabeIto[((index % okabeIto.count) + okabeIto.count) % okabeIto.count]
    }

    /// A colour for a share from 0 to 1: white through blue to navy, its luminance falling all the way, so that it
    /// orders cells on a grey printer as well. A share that is not a number gives white.
    public static func sequential(_ share: Double) -> Colour {
        guard share == share else { return sequentialStops[0] }
        let t = min(max(share, 0), 1) * Double(sequentialStops.count - 1)
        let i = min(Int(t), sequentialStops.count - 2)
        return sequentialStops[i].mixed(with: sequentialStops[i + 1], share: t - Double(i))
    }

    private static let sequentialStops = [
        Colour(hex: 0xFAFCFE), Colour(hex: 0xD3E5F3), Colour(hex: 0x94C4E0), Colour(hex: 0x4A97C9),
        Colour(hex: 0x1B66A5), Colour(hex: 0x08336B),
    ]
}

internal import CCairo

/// A sans-serif face at a size in logical pixels.
public struct Font: Hashable, Sendable {
    /// The em, in logical pixels.
    public var size: Double
    /// Whether it is the bold face.
    public var isBold: Bool

    /// A font; the regular face unless told otherwise.
    public init(size: Double, isBold: Bool = false) {
        self.size = size
        self.isBold = isBold
    }

    static let title = Font(size: 15, isBold: true)
    static let axisLabel = Font(size: 12)
    static let tick = Font(size: 11)
    static let legend = Font(size: 11.5)
}

/// Which side of a text lies at the given position.
public enum HorizontalAnchor: Sendable {
    /// The text begins, is centred, or ends there.
    case left, centre, right
}

extension Canvas {
    /// The advance width of a text on one line, in logical pixels.
    public func width(of text: String, _ font: Font) -> Double {
        select(font)
        return rawWidth(Self.singleLine(text))
    }

    /// The height of a capital, by which texts are centred: descenders would shift them from label to label.
    public func capHeight(_ font: Font) -> Double {
        select(font)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, "H", &extents)
        return extents.height
    }

    /// The distance between two baselines.
    public func lineHeight(_ font: Font) -> Double {
        (font.size * 1.3).rounded()
    }

    /// Draws a text on one line, its capitals centred vertically on the position.
    ///
    /// `quarterTurns` turns it anticlockwise about the position, 90 degrees each. Line breaks and control characters
    /// are drawn as spaces; a character the font lacks shows as the font's empty box.
    public func text(
        _ text: String, at position: Point, _ font: Font, colour: Colour = Palette.ink,
        anchor: HorizontalAnchor = .left, quarterTurns: Int = 0
    ) {
        let line = Self.singleLine(text)
        guard !line.isEmpty else { return }
        let halfCap = capHeight(font) / 2
        let width = rawWidth(line)
        let shift =
            switch anchor {
            case .left: 0.0
            case .centre: width / 2
            case .right: width
            }
        cairo_save(context)
        cairo_translate(context, position.x, position.y)
        if quarterTurns != 0 { cairo_rotate(context, -Double(quarterTurns) * Double.pi / 2) }
        setSource(colour)
        cairo_move_to(context, -shift, halfCap)
        cairo_show_text(context, line)
        cairo_restore(context)
        cairo_new_path(context)
    }

    /// The text itself where it is no wider than the limit, otherwise as much of its beginning as fits and an ellipsis.
    public func fitted(_ text: String, _ font: Font, width limit: Double) -> String {
        let line = Self.singleLine(text)
        select(font)
        if rawWidth(line) <= limit { return line }
        let characters = Array(line)
        var fits = 0
        var fails = characters.count
        while fails - fits > 1 {
            let middle = (fits + fails) / 2
            if rawWidth(String(characters[..<middle]) + "…") <= limit { fits = middle } else { fails = middle }
        }
        if fits == 0 { return rawWidth("…") <= limit ? "…" : "" }
        return Self.trimmed(String(characters[..<fits])) + "…"
    }

    /// The text broken between words into lines no wider than the limit; what does not fit on the last allowed line
    /// ends in an ellipsis.
    public func wrapped(_ text: String, _ font: Font, width limit: Double, maximumLines: Int) -> [String] {
        var lines: [String] = []
        var words = Self.singleLine(text).split(separator: " ").map(String.init)[...]
        while !words.isEmpty && lines.count < maximumLines {
            if lines.count == maximumLines - 1 {
                lines.append(fitted(words.joined(separator: " "), font, width: limit))
                break
            }
            var line = words.removeFirst()
            while let next = words.first, width(of: line + " " + next, font) <= limit {
                line += " " + next
                words.removeFirst()
            }
            lines.append(fitted(line, font, width: limit))
        }
        return lines
    }

    /// What cairo can be given: one line of bounded length, without control characters (a NUL would end the C string)
    /// and Unicode's noncharacters (cairo refuses the whole drawing over one).
    static func singleLine(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(1000) {
            if scalar.properties.isNoncharacterCodePoint {
                scalars.append("\u{FFFD}")
                continue
            }
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    private func rawWidth(_ line: String) -> Double {
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, line, &extents)
        return extents.x_advance
    }

    private func select(_ font: Font) {
        cairo_select_font_face(
            context, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
            font.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, font.size)
    }
}

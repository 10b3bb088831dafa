#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An sRGB colour, components from 0 to 1, not premultiplied.
public struct Colour: Hashable, Sendable {
    /// Red, 0 to 1.
    public var red: Double
    /// Green, 0 to 1.
    public var green: Double
    /// Blue, 0 to 1.
    public var blue: Double
    /// Opacity: 0 is clear, 1 covers.
    public var alpha: Double

    /// A colour from its components.
    public init(red: Double, green: Double, blue: Double, alpha: Double = 1) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    /// A colour from 0xRRGGBB.
    public init(hex: UInt32, alpha: Double = 1) {
        self.init(
            red: Double(hex >> 16 & 0xFF) / 255,
            green: Double(hex >> 8 & 0xFF) / 255,
            blue: Double(hex & 0xFF) / 255,
            alpha: alpha)
    }

    /// #FFFFFF.
    public static let white = Colour(hex: 0xFFFFFF)
    /// #000000.
    public static let black = Colour(hex: 0x000000)

    /// The colour with another opacity.
    public func withAlpha(_ alpha: Double) -> Colour {
        Colour(red: red, green: green, blue: blue, alpha: alpha)
    }

    /// The colour a share of the way to another, in sRGB.
    public func mixed(with other: Colour, share: Double) -> Colour {
        Colour(
            red: red + (other.red - red) * share,
            green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share,
            alpha: alpha + (other.alpha - alpha) * share)
    }

    /// Relative luminance, 0 (black) to 1 (white). Source: WCAG 2.1, definition of relative luminance.
    public var luminance: Double {
        func linear(_ c: Double) -> Double {
            c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// Contrast ratio, 1 to 21. Source: WCAG 2.1, definition of contrast ratio.
    public func contrast(with other: Colour) -> Double {
        let (a, b) = (luminance, other.luminance)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    /// The text colour for this ground: near-black where it is readable, else black or white. At least 4.5 to 1.
    public var readableInk: Colour {
        if contrast(with: Palette.ink) >= 4.5 { return Palette.ink }
        return contrast(with: .black) >= contrast(with: .white) ? .black : .white
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Numbers as text for labels: no locale, a true minus sign, powers of ten as superscripts.
enum NumberText {
    static let minus = "\u{2212}"

    /// `mantissa · 10^exponent` written out in full, exactly.
    static func plain(mantissa: Int, exponent: Int) -> String {
        var digits = String(mantissa.magnitude)
        if exponent >= 0 {
            if mantissa != 0 { digits += String(repeating: "0", count: exponent) }
        } else {
            let decimals = -exponent
            if digits.count <= decimals {
                digits = String(repeating: "0", count: decimals + 1 - digits.count) + digits
            }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
        }
        return (mantissa < 0 ? minus : "") + digits
    }

    /// "×10⁵" and the like.
    static func powerOfTen(_ exponent: Int) -> String {
        let superscripts: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
        let digits = String(exponent.magnitude).compactMap { $0.wholeNumberValue.map { superscripts[$0] } }
        return "×10" + (exponent < 0 ? "⁻" : "") + String(digits)
    }

    /// A value with a fixed number of decimals, or in powers of ten when it is too large for that; "n/a" when it is no
    /// finite number.
    static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return "n/a" }
        let scaled = (value * pow(10, Double(decimals))).rounded()
        guard abs(scaled) < 9e15 else { return scientific(value) }
        return plain(mantissa: Int(scaled), exponent: -decimals)
    }

    /// Three significant digits and a power of ten.
    static func scientific(_ value: Double) -> String {
        guard value.isFinite else { return "n/a" }
        guard value != 0 else { return "0" }
        var exponent = Int(floor(log10(abs(value))))
        // Two steps: 10^308 times a mantissa would overflow, and 10^-320 would lose its digits.
        let half = exponent / 2
        var scaled = (value / pow(10, Double(half)) / pow(10, Double(exponent - half)) * 100).rounded()
        if abs(scaled) >= 1000 {
            scaled /= 10
            exponent += 1
        }
        return plain(mantissa: Int(scaled), exponent: -2) + powerOfTen(exponent)
    }

    /// The same form for every value of a set: enough decimals for three significant digits of the largest.
    static func consistent(_ values: [Double]) -> [String] {
        let largest = values.lazy.filter(\.isFinite).map(abs).max() ?? 0
        guard largest > 0 else { return values.map { fixed($0, decimals: 0) } }
        let exponent = Int(floor(log10(largest)))
        guard (-4...5).contains(exponent) else { return values.map(scientific) }
        let wholes = values.allSatisfy { !$0.isFinite || $0 == $0.rounded() }
        return values.map { fixed($0, decimals: wholes ? 0 : max(0, 2 - exponent)) }
    }
}

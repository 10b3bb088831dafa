#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A labelled position on an axis.
struct Tick: Hashable, Sendable {
    let value: Double
    let label: String
}

/// Tick positions at multiples of 1, 2 or 5 times a power of ten.
enum Ticks {
    /// The ticks inside an interval: at most `target` steps of them, the fewest being two fifths of that.
    ///
    /// Positions and labels are both made from the whole number of units of the last decimal place, so a label is the
    /// exact position (0.3, never 0.30000000000000004). `integersOnly` keeps to whole numbers (epochs), which can leave
    /// no tick at all in an interval narrower than 1.
    static func nice(in domain: Domain, target: Int, integersOnly: Bool = false) -> [Tick] {
        let wanted = Double(max(target, 1))
        let raw = domain.upper / wanted - domain.lower / wanted
        var exponent = Int(floor(log10(raw)))
        var multiple = 10
        // A hair of tolerance: raw / 10^e comes out as 2.0000000000000004 as readily as 2.
        for candidate in [1, 2, 5] where raw / pow(10, Double(exponent)) <= Double(candidate) * (1 + 1e-9) {
            multiple = candidate
            break
        }
        if multiple == 10 {
            multiple = 1
            exponent += 1
        }
        if integersOnly && exponent < 0 {
            multiple = 1
            exponent = 0
        }
        guard let step = Double("\(multiple)e\(exponent)"), step > 0 else { return [] }
        let first = (domain.lower / step - 1e-9).rounded(.up)
        let last = (domain.upper / step + 1e-9).rounded(.down)
        guard abs(first) < 1e15, abs(last) < 1e15, first <= last else { return [] }

        let mantissas = (Int(first)...Int(last)).map { $0 * multiple }
        let labels = texts(of: mantissas, exponent: exponent)
        return zip(mantissas, labels).compactMap { mantissa, label in
            guard let value = Double("\(mantissa)e\(exponent)"), value.isFinite else { return nil }
            return Tick(value: value, label: label)
        }
    }

    /// One form for a whole axis: written out between 0.0001 and 999 999, otherwise with a shared power of ten unless
    /// that is longer (1000000003 for 1.000000003×10⁹).
    private static func texts(of mantissas: [Int], exponent: Int) -> [String] {
        let largest = mantissas.map(\.magnitude).max() ?? 0
        let leading = String(largest).count - 1 + exponent
        func plain() -> [String] { mantissas.map { NumberText.plain(mantissa: $0, exponent: exponent) } }
        if largest == 0 || (-4...5).contains(leading) { return plain() }
        let scientific = powerTexts(of: mantissas, exponent: exponent, leading: leading)
        guard abs(leading) < 16 else { return scientific }
        func longest(_ texts: [String]) -> Int { texts.map(\.count).max() ?? 0 }
        return longest(plain()) < longest(scientific) ? plain() : scientific
    }

    private static func powerTexts(of mantissas: [Int], exponent: Int, leading: Int) -> [String] {
        // When every mantissa ends in zeros they would show as idle decimals ("2.0×10⁶").
        var shift = 0
        var reduced = mantissas
        while reduced.allSatisfy({ $0 % 10 == 0 }), exponent + shift < leading {
            reduced = reduced.map { $0 / 10 }
            shift += 1
        }
        return reduced.map { mantissa in
            mantissa == 0
                ? "0"
                : NumberText.plain(mantissa: mantissa, exponent: exponent + shift - leading)
                    + NumberText.powerOfTen(leading)
        }
    }
}

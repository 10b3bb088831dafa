import Testing

@testable import ApusPlot

@Suite struct TicksTests {
    struct Case: Sendable {
        let low: Double
        let high: Double
        let target: Int
        let labels: [String]
    }

    static let cases: [Case] = [
        Case(low: 0.0, high: 1.0, target: 5, labels: ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        Case(low: 0.0, high: 10.0, target: 5, labels: ["0", "2", "4", "6", "8", "10"]),
        Case(low: -1.0, high: 1.0, target: 4, labels: ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
        Case(low: 0.13, high: 0.42, target: 6, labels: ["0.15", "0.20", "0.25", "0.30", "0.35", "0.40"]),
        Case(low: 0.0, high: 3e6, target: 3, labels: ["0", "1×10⁶", "2×10⁶", "3×10⁶"]),
        Case(low: 0.0, high: 25e6, target: 5, labels: ["0", "0.5×10⁷", "1.0×10⁷", "1.5×10⁷", "2.0×10⁷", "2.5×10⁷"]),
        Case(low: 0.0, high: 2e-6, target: 4, labels: ["0", "0.5×10⁻⁶", "1.0×10⁻⁶", "1.5×10⁻⁶", "2.0×10⁻⁶"]),
        Case(low: 1e9 + 1, high: 1e9 + 3, target: 2, labels: ["1000000001", "1000000002", "1000000003"]),
        Case(low: 995.0, high: 1005.0, target: 2, labels: ["995", "1000", "1005"]),
    ]

    @Test(arguments: cases)
    func knownTicks(known: Case) {
        #expect(Ticks.nice(in: Domain(known.low, known.high), target: known.target).map(\.label) == known.labels)
    }

    @Test func labelsAreExactPositions() {
        // 3 × 0.1 in binary would be 0.30000000000000004.
        let ticks = Ticks.nice(in: Domain(0, 0.5), target: 5)
        #expect(ticks.map(\.value) == [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    }

    /// Properties over many intervals: inside, ascending, evenly spaced by 1, 2 or 5 times a power of ten, and neither
    /// more nor far fewer than asked.
    @Test func everyIntervalHasNiceTicks() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let exponent = Double.random(in: -250...250, using: &generator)
            let width = 10 * exponentiated(exponent)
            let low = width * Double.random(in: -50...50, using: &generator)
            let domain = Domain(low, low + width)
            let target = Int.random(in: 3...12, using: &generator)
            let ticks = Ticks.nice(in: domain, target: target)
            let note = Comment(rawValue: "\(domain) target \(target): \(ticks.map(\.value))")
            #expect(ticks.count <= target + 1, note)
            #expect(Double(ticks.count) >= Double(target) * 0.4 - 1, note)
            #expect(Set(ticks.map(\.label)).count == ticks.count, note)
            for tick in ticks {
                #expect(domain.fraction(of: tick.value) > -1e-6 && domain.fraction(of: tick.value) < 1 + 1e-6, note)
            }
            for (a, b) in zip(ticks, ticks.dropFirst()) {
                let step = b.value - a.value
                #expect(step > 0, note)
                let mantissa = step / exponentiated((log10Floor(step * 1.0001)))
                #expect([1, 2, 5].contains { abs(mantissa - $0) < 1e-3 }, note)
            }
        }
    }

    @Test func wholeNumbersOnly() {
        #expect(Ticks.nice(in: Domain(1, 3), target: 10, integersOnly: true).map(\.label) == ["1", "2", "3"])
        #expect(Ticks.nice(in: Domain(0.9, 1.1), target: 10, integersOnly: true).map(\.label) == ["1"])
        #expect(Ticks.nice(in: Domain(0.2, 0.8), target: 10, integersOnly: true).isEmpty)
    }

    @Test(arguments: [
        (-Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude), (0.0, 5e-324), (1e16, 1e16 + 2), (-1e-300, 1e-300),
        (0.0, 0.0), (1.0, 1.0), (1.7e308, 1.79e308), (-0.0, 0.0),
    ] as [(Double, Double)])
    func extremeIntervals(low: Double, high: Double) {
        let domain = Domain(low, high)
        #expect(domain.lower < domain.upper && domain.lower.isFinite && domain.upper.isFinite)
        let ticks = Ticks.nice(in: domain, target: 6)
        #expect(ticks.count >= 2)
        #expect(ticks.allSatisfy { $0.value.isFinite })
    }

    private func exponentiated(_ exponent: Double) -> Double {
        Double("1e\(Int(exponent.rounded(.down)))")!
    }

    private func log10Floor(_ value: Double) -> Double {
        // From the decimal text, so that it does not share the tick code's logarithm.
        var exponent = 0
        while Double("1e\(exponent)")! > value { exponent -= 1 }
        while Double("1e\(exponent + 1)")! <= value { exponent += 1 }
        return Double(exponent)
    }
}

@Suite struct DomainTests {
    @Test func coversFiniteValuesOnly() throws {
        let domain = try #require(Domain.covering([.nan, 2, .infinity, 6, -.infinity], padding: 0))
        #expect(domain == Domain(2, 6))
        #expect(Domain.covering([Double.nan, .infinity], padding: 0.1) == nil)
        #expect(Domain.covering([Double](), padding: 0.1) == nil)
    }

    @Test func paddingIsAShareOfTheWidth() throws {
        let domain = try #require(Domain.covering([0, 10], padding: 0.1))
        #expect(abs(domain.lower + 1) < 1e-12 && abs(domain.upper - 11) < 1e-12)
    }

    @Test func lossesRestOnZero() throws {
        #expect(try #require(Domain.covering([0.1, 2], padding: 0.1, restsOnZero: true)).lower == 0)
        #expect(try #require(Domain.covering([0.9, 1], padding: 0.1, restsOnZero: true)).lower > 0.8)
        #expect(try #require(Domain.covering([-0.1, 1], padding: 0.1, restsOnZero: true)).lower < -0.1)
    }

    @Test func fractionsOfTheWidestInterval() {
        let limit = Double.greatestFiniteMagnitude
        let domain = Domain(-limit, limit)
        #expect(domain.fraction(of: -limit) == 0)
        #expect(domain.fraction(of: 0) == 0.5)
        #expect(domain.fraction(of: limit) == 1)
    }

    @Test func fractionsFarOutsideAreHeld() {
        #expect(Domain(0, 1).fraction(of: 1e300) == 100)
        #expect(Domain(0, 1).fraction(of: -1e300) == -100)
    }
}

@Suite struct NumberTextTests {
    @Test(arguments: [
        (5, 0, "5"), (5, 3, "5000"), (0, 3, "0"), (-25, -1, "−2.5"), (3, -3, "0.003"), (-3, -1, "−0.3"), (120, -2, "1.20"),
    ])
    func plain(mantissa: Int, exponent: Int, text: String) {
        #expect(NumberText.plain(mantissa: mantissa, exponent: exponent) == text)
    }

    @Test(arguments: [
        (1234.0, "1.23×10³"), (-0.000456, "−4.56×10⁻⁴"), (9.999e5, "1.00×10⁶"), (0.0, "0"), (.infinity, "n/a"),
        (1.7e308, "1.70×10³⁰⁸"), (5e-324, "4.94×10⁻³²⁴"),
    ])
    func scientific(value: Double, text: String) {
        #expect(NumberText.scientific(value) == text)
    }

    @Test func oneFormForASet() {
        #expect(NumberText.consistent([0.9246, 0.0531]) == ["0.925", "0.053"])
        #expect(NumberText.consistent([12, 3]) == ["12", "3"])
        #expect(NumberText.consistent([150.25, -3, .nan]) == ["150", "−3", "n/a"])
        #expect(NumberText.consistent([1e9, 1]) == ["1.00×10⁹", "1.00×10⁰"])
        #expect(NumberText.consistent([]).isEmpty)
        #expect(NumberText.consistent([0, .nan]) == ["0", "n/a"])
    }
}

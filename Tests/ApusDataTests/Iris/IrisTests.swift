import ApusData
import Testing

@Suite struct IrisTests {
    /// The columns' sums over some flowers, in whole millimetres and so exact.
    private func sums(_ iris: Iris, of flowers: Range<Int>) -> [Int] {
        (0..<4).map { column in flowers.map { Int((iris.features[$0 * 4 + column] * 10).rounded()) }.reduce(0, +) }
    }

    @Test func shape() {
        for iris in [Iris.fisher, Iris.uci] {
            #expect(iris.features.count == 600)
            #expect(iris.labels.count == 150)
            #expect((0..<3).map { species in iris.labels.count { $0 == species } } == [50, 50, 50])
        }
        #expect(Iris.featureNames.count == 4)
        #expect(Iris.species.count == 3)
        #expect(Iris.unit == "cm")
    }

    /// The means by species in Fisher's table II (1936).
    @Test func fishersMeans() {
        let means = [[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]]
        for species in 0..<3 {
            let flowers = species * 50..<(species + 1) * 50
            #expect(sums(.fisher, of: flowers) == means[species].map { Int(($0 * 500).rounded()) })
        }
    }

    /// The summary in UCI's iris.names: minimum, maximum, mean and standard deviation, two decimals.
    @Test func uciSummary() {
        let expected: [(minimum: Double, maximum: Double, mean: Double, deviation: Double)] = [
            (4.3, 7.9, 5.84, 0.83), (2.0, 4.4, 3.05, 0.43), (1.0, 6.9, 3.76, 1.76), (0.1, 2.5, 1.20, 0.76),
        ]
        for (column, summary) in expected.enumerated() {
            let values = (0..<150).map { Iris.uci.features[$0 * 4 + column] }
            let mean = values.reduce(0, +) / 150
            let deviation = (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 149).squareRoot()
            #expect(values.min() == summary.minimum)
            #expect(values.max() == summary.maximum)
            #expect(abs(mean - summary.mean) < 0.0051)
            #expect(abs(deviation - summary.deviation) < 0.0051)
        }
    }

    @Test func theTwoVersionsDiffer() {
        let differing = (0..<150).filter { Iris.fisher[$0] != Iris.uci[$0] }
        #expect(differing == [34, 37])
        #expect(Array(Iris.fisher[34]) == [4.9, 3.1, 1.5, 0.2])
        #expect(Array(Iris.fisher[37]) == [4.9, 3.6, 1.4, 0.1])
        #expect(Array(Iris.uci[34]) == [4.9, 3.1, 1.5, 0.1])
        #expect(Array(Iris.uci[37]) == [4.9, 3.1, 1.5, 0.1])
    }
}

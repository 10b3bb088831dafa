import ApusCore
import Testing

/// Philox4x32-10 as the paper states it (Salmon et al., 2011, section 3.3), to check the kernels with.
private func philox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var c = counter
    var k = key
    for round in 0..<10 {
        if round > 0 {
            k[0] &+= 0x9E37_79B9
            k[1] &+= 0xBB67_AE85
        }
        let a = UInt64(0xD251_1F53) * UInt64(c[0])
        let b = UInt64(0xCD9E_8D57) * UInt64(c[2])
        c = [
            UInt32(truncatingIfNeeded: b >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: b),
            UInt32(truncatingIfNeeded: a >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: a),
        ]
    }
    return c
}

private func low(_ x: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: x) }
private func high(_ x: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: x >> 32) }

/// The word of that number in a stream.
private func word(seed: UInt64, stream: UInt64, _ number: UInt64) -> UInt32 {
    let block = number / 4
    return philox([low(block), high(block), low(stream), high(stream)], [low(seed), high(seed)])[Int(number % 4)]
}

@Suite struct RandomStreamTests {
    /// Random123's kat_vectors.
    @Test func theReferenceGivesTheKnownAnswers() {
        #expect(philox([0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        #expect(
            philox([.max, .max, .max, .max], [.max, .max]) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
        #expect(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0])
                == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    @Test func aStreamBeginsWithTheKnownAnswer() {
        var random = RandomStream(seed: 0)
        #expect(random.next() == 0xe169_c58d_6627_e8d5)
        #expect(random.next() == 0x9b00_dbd8_bc57_ac4c)
    }

    @Test(arguments: [0, 1, 2, 3, 6, 1_000_001, 1 << 40] as [UInt64])
    func everyNumberFollowsFromSeedStreamAndPosition(start: UInt64) {
        let seed: UInt64 = 0x299f_31d0_a409_3822, stream: UInt64 = 0x0370_7344_1319_8a2e
        var random = RandomStream(seed: seed, stream: stream, position: start)
        // An odd position is rounded up to the next pair of words.
        var at = start + start % 2
        for _ in 0..<9 {
            let expected =
                UInt64(word(seed: seed, stream: stream, at)) | UInt64(word(seed: seed, stream: stream, at + 1)) << 32
            #expect(random.next() == expected)
            at += 2
            #expect(random.position == at)
        }
    }

    @Test func uniformNumbersAreTheWordsUpperBits() throws {
        var random = RandomStream(seed: 11, stream: 5)
        _ = random.next()
        let x = try random.uniform(0..<1, shape: [3, 7])
        #expect(x.shape == [3, 7])
        for (i, value) in x.scalars.enumerated() {
            #expect(value == Float(word(seed: 11, stream: 5, 2 + UInt64(i)) >> 8) / 16_777_216)
        }
        // What comes next begins with a block of its own, so it shares no word with these numbers.
        #expect(random.position == 24)
    }

    /// Stored so that another platform or kernel variant that gives other numbers is found out.
    @Test func storedValues() throws {
        var random = RandomStream(seed: 2026)
        let uniform = try random.uniform(-1..<1, shape: [4]).scalars
        let normal = try random.normal(shape: [4]).scalars
        let order = random.permutation(10)
        #expect(uniform.map(\.bitPattern) == [3_188_532_928, 1_027_012_544, 1_053_768_408, 3_201_325_316])
        #expect(normal.map(\.bitPattern) == [3_182_888_000, 3_190_232_306, 1_060_194_772, 1_057_511_335])
        #expect(order == [0, 1, 9, 4, 2, 5, 7, 3, 8, 6])
    }

    @Test func uniformNumbersHaveTheirMoments() throws {
        var random = RandomStream(seed: 3)
        let count = 100_000
        let x = try random.uniform(-2..<6, shape: [count]).scalars.map(Double.init)
        #expect(x.allSatisfy { $0 >= -2 && $0 < 6 })
        let mean = x.reduce(0, +) / Double(count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        // Five standard errors: of the mean sqrt(64/12/n), of the variance sqrt((m4 - s⁴)/n).
        #expect(abs(mean - 2) < 5 * (64.0 / 12 / Double(count)).squareRoot())
        #expect(abs(variance - 64.0 / 12) < 5 * ((4096.0 / 80 - 4096.0 / 144) / Double(count)).squareRoot())
    }

    @Test func normalNumbersHaveTheirMoments() throws {
        var random = RandomStream(seed: 4)
        let count = 100_000
        let x = try random.normal(mean: 3, standardDeviation: 0.5, shape: [count]).scalars
        let z = x.map { (Double($0) - 3) / 0.5 }
        func moment(_ power: Int) -> Double {
            z.reduce(0) { sum, value in sum + (0..<power).reduce(1.0) { p, _ in p * value } } / Double(count)
        }
        let n = Double(count).squareRoot()
        #expect(abs(moment(1)) < 5 / n)
        #expect(abs(moment(2) - 1) < 5 * 2.0.squareRoot() / n)
        #expect(abs(moment(3)) < 5 * 15.0.squareRoot() / n)
        #expect(abs(moment(4) - 3) < 5 * 96.0.squareRoot() / n)
        let within = z.count { abs($0) < 1 }
        #expect(abs(Double(within) / Double(count) - 0.682_689_492) < 5 * 0.4655 / n)
    }

    @Test func normalNumbersOfOneStreamDoNotRepeat() throws {
        var random = RandomStream(seed: 4)
        let first = try random.normal(shape: [6]).scalars
        let second = try random.normal(shape: [6]).scalars
        let uniform = try random.uniform(0..<1, shape: [6]).scalars
        #expect(Set(first + second + uniform).count == 18)
        var whole = RandomStream(seed: 4)
        #expect(try whole.normal(shape: [12]).scalars == first + second)
    }

    @Test func badBoundsAreRefused() {
        var random = RandomStream(seed: 1)
        let error = #expect(throws: KernelError.self) { try random.uniform(0..<Float.infinity, shape: [2, 3]) }
        #expect(error?.operation.contains("[2, 3]") == true)
        #expect(throws: KernelError.self) { try random.normal(standardDeviation: -1, shape: [2]) }
        #expect(throws: KernelError.self) { try random.normal(standardDeviation: .nan, shape: [2]) }
        #expect(random.position == 0, "what was refused must use no numbers")
    }

    @Test func nothingIsAskedForAndNothingGiven() throws {
        var random = RandomStream(seed: 1)
        #expect(try random.uniform(0..<1, shape: [0, 3]).count == 0)
        #expect(try random.normal(shape: [0]).count == 0)
        #expect(random.permutation(0).isEmpty)
        #expect(random.permutation(1) == [0])
    }

    @Test func permutationsArePermutationsAndAllOccur() {
        var random = RandomStream(seed: 9)
        for count in [2, 17, 1000] { #expect(random.permutation(count).sorted() == Array(0..<count)) }
        var seen: [[Int]: Int] = [:]
        let draws = 6000
        for _ in 0..<draws { seen[random.permutation(3), default: 0] += 1 }
        #expect(seen.count == 6)
        // Pearson's statistic with five degrees of freedom; 25.7 is passed once in ten thousand.
        let expected = Double(draws) / 6
        let statistic = seen.values.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        #expect(statistic < 25.7)
    }

    @Test func equalStreamsGiveEqualNumbers() throws {
        var a = RandomStream(seed: 5, stream: 2), b = RandomStream(seed: 5, stream: 2)
        #expect(a == b)
        #expect(a.permutation(100) == b.permutation(100))
        #expect(try a.uniform(0..<1, shape: [10]) == b.uniform(0..<1, shape: [10]))
        var other = RandomStream(seed: 6, stream: 2)
        #expect(a.permutation(100) != other.permutation(100))
    }

    @Test func forksAreIndependent() throws {
        let root = RandomStream(seed: 8)
        #expect(root.forked(1) == root.forked(1))
        #expect(root.forked(1).seed == 8)
        var used = root
        _ = used.next()
        #expect(used.forked(1) == root.forked(1), "a fork follows from the purpose, not from what was drawn")

        var streams = Set([root.stream])
        for purpose in 0..<200 as Range<UInt64> {
            streams.insert(root.forked(purpose).stream)
            for second in 0..<20 as Range<UInt64> { streams.insert(root.forked(purpose).forked(second).stream) }
        }
        #expect(streams.count == 1 + 200 + 4000)

        // The correlation of two forks' numbers has a standard error of 1/√n.
        let count = 20_000
        var a = root.forked(0), b = root.forked(1)
        let x = try a.normal(shape: [count]).scalars, y = try b.normal(shape: [count]).scalars
        let correlation = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / Double(count)
        #expect(abs(correlation) < 5 / Double(count).squareRoot())
    }

    @Test func servesSwiftsOwnAlgorithms() {
        var random = RandomStream(seed: 12)
        let values = (0..<1000).map { _ in Int.random(in: 0..<10, using: &random) }
        #expect(Set(values) == Set(0..<10))
        #expect([1, 2, 3, 4].shuffled(using: &random).sorted() == [1, 2, 3, 4])
    }
}

/// A word that some set has, as a small number.
struct KnownWord: Hashable, Sendable {
    let number: Int
    /// Every word that no set has.
    static let other = KnownWord(number: 0)
}

/// Some known words; asking for one costs a shift and a mask.
struct WordSet: Sendable {
    private var bits: [UInt64] = []

    mutating func insert(_ word: KnownWord) {
        let place = word.number / 64
        if place >= bits.count { bits += Array(repeating: 0, count: place + 1 - bits.count) }
        bits[place] |= 1 << UInt64(word.number % 64)
    }

    func contains(_ word: KnownWord) -> Bool {
        let place = word.number / 64
        return place < bits.count && bits[place] >> UInt64(word.number % 64) & 1 == 1
    }

    func subtracting(_ other: WordSet) -> WordSet {
        var result = self
        for place in 0..<min(bits.count, other.bits.count) { result.bits[place] &= ~other.bits[place] }
        return result
    }
}

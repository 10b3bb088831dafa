/// The n-grams of a comment as numbered buckets with counts, by the hashing trick (Weinberger et al.,
/// 2009): words and pairs of words, classes of words and pairs of them, runs of 2 to 5 scalars.
///
/// The bucket of a gram is its group's offset plus FNV-1a("group:gram") modulo the group's size.
struct HashedGrams: Sendable {
    /// A kind of grams with buckets of its own.
    enum Group: Int, CaseIterable, Sendable {
        case words, classes, scalars

        var size: Int {
            switch self {
            case .words: 16_384
            case .classes: 1_024
            case .scalars: 32_768
            }
        }
        var offset: Int {
            switch self {
            case .words: 0
            case .classes: 16_384
            case .scalars: 17_408
            }
        }
        fileprivate var start: FNV1a {
            var hash = FNV1a()
            switch self {
            case .words: hash.feed("w:")
            case .classes: hash.feed("c:")
            case .scalars: hash.feed("h:")
            }
            return hash
        }
        fileprivate func bucket(_ hash: FNV1a) -> UInt16 {
            UInt16(truncatingIfNeeded: UInt32(offset) + hash.value % UInt32(size))
        }

        init(bucket: Int32) {
            self = bucket < Group.classes.offset ? .words : bucket < Group.scalars.offset ? .classes : .scalars
        }
    }

    /// How many buckets there are in all.
    static let bucketCount = 50_176

    /// The buckets that grams fell into, ascending, and how many did.
    let counts: [(bucket: Int32, count: Int32)]

    init(_ tokens: [CommentToken], lexicon: CueLexicon) {
        var buckets: [UInt16] = []
        buckets.reserveCapacity(tokens.count * 24)
        HashedGrams.addWords(tokens, &buckets)
        HashedGrams.addClasses(tokens, lexicon, &buckets)
        HashedGrams.addScalars(tokens, &buckets)
        HashedGrams.sort(&buckets)
        var counts: [(bucket: Int32, count: Int32)] = []
        counts.reserveCapacity(buckets.count)
        for bucket in buckets {
            if let last = counts.last, last.bucket == Int32(bucket) {
                counts[counts.count - 1].count += 1
            } else {
                counts.append((Int32(bucket), 1))
            }
        }
        self.counts = counts
    }

    /// Radix sort by the low and then the high byte; a quarter of a comment's time went into comparing.
    private static func sort(_ keys: inout [UInt16]) {
        var sorted = keys
        for shift in [0, 8] as [UInt16] {
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { places in
                places.initialize(repeating: 0)
                for key in keys { places[Int(key >> shift & 0xFF)] += 1 }
                var next = 0
                for digit in 0..<256 { (places[digit], next) = (next, next + places[digit]) }
                for key in keys {
                    let digit = Int(key >> shift & 0xFF)
                    sorted[places[digit]] = key
                    places[digit] += 1
                }
            }
            swap(&keys, &sorted)
        }
    }

    /// Tokens and pairs of neighbours, with `<s>` before the first and `</s>` behind the last.
    private static func addWords(_ tokens: [CommentToken], _ buckets: inout [UInt16]) {
        let group = Group.words
        var previous = group.start
        previous.feed("<s>")
        buckets.append(group.bucket(previous))
        func add(_ feed: (inout FNV1a) -> Void) {
            var single = group.start
            feed(&single)
            buckets.append(group.bucket(single))
            previous.feed(UInt8(ascii: " "))
            feed(&previous)
            buckets.append(group.bucket(previous))
            previous = single
        }
        for token in tokens { add { $0.feed(token.text.utf8) } }
        add { $0.feed("</s>") }
    }

    /// The classes of words and, for each, "A>B" with each of the next three that are at most five words off.
    private static func addClasses(_ tokens: [CommentToken], _ lexicon: CueLexicon, _ buckets: inout [UInt16]) {
        let group = Group.classes
        var classed: [(place: Int, label: StaticString)] = []
        var place = 0
        for token in tokens where token.isWord {
            if let wordClass = lexicon.wordClass(of: token.known) { classed.append((place, wordClass.label)) }
            place += 1
        }
        for (number, (place, label)) in classed.enumerated() {
            var single = group.start
            single.feed(label)
            buckets.append(group.bucket(single))
            for (next, nextLabel) in classed[(number + 1)...].prefix(3) where next - place <= 5 {
                var pair = single
                pair.feed(UInt8(ascii: ">"))
                pair.feed(nextLabel)
                buckets.append(group.bucket(pair))
            }
        }
    }

    /// Every run of 2 to 5 scalars of the tokens, with a space between neighbours and at both ends.
    private static func addScalars(_ tokens: [CommentToken], _ buckets: inout [UInt16]) {
        let group = Group.scalars
        var s: [Unicode.Scalar] = [" "]
        for (place, token) in tokens.enumerated() {
            if place > 0 { s.append(" ") }
            s.append(contentsOf: token.text.unicodeScalars)
        }
        s.append(" ")
        for start in s.indices {
            var hash = group.start
            hash.feed(s[start])
            for scalar in s[(start + 1)...].prefix(4) {
                hash.feed(scalar)
                buckets.append(group.bucket(hash))
            }
        }
    }
}

import ApusData
import Foundation

/// What is learned from the training comments before the network is: which grams and words are known, how
/// rare each gram is, and how the features are spread.
///
/// A gram or word is known if it stands under at least two videos; what is said about one song tells
/// nothing about the next. Where all comments are on one video it must stand in two comments.
struct CueVectorizer: Sendable {
    /// How many tokens of a comment the network sees in their order.
    static let length = 60
    /// The index of what follows a comment's last token, and that of a word that is not known.
    static let padding: Int32 = 0, unknown: Int32 = 1
    /// Standardized features are cut off here.
    static let featureLimit: Float = 4
    /// The Euclidean length of each group of a comment's grams.
    static let gramLength = 3.0

    /// The known buckets of grams, ascending.
    let buckets: [Int32]
    /// ln((1 + comments) / (1 + comments with the gram)) + 1 of each known bucket.
    let rarities: [Float]
    /// The known words; the index of the first is 2.
    let vocabulary: [String]
    /// The mean of each feature, and its deviation plus 0.001.
    let means, deviations: [Float]

    private let columns: [Int32]
    private let indices: [String: Int32]

    /// - Parameters:
    ///   - documents: the training comments.
    ///   - sources: the video of each.
    init(fitting documents: [CueDocument], sources: [String]) {
        var numbers: [String: Int32] = [:]
        let videos = sources.map { source in
            let number = numbers[source] ?? Int32(numbers.count)
            numbers[source] = number
            return number
        }
        let byComments = numbers.count < 2

        var grams = [Occurrences](repeating: Occurrences(), count: HashedGrams.bucketCount)
        var words: [String: Occurrences] = [:]
        for (document, video) in zip(documents, videos) {
            for (bucket, _) in document.grams.counts { grams[Int(bucket)].add(video) }
            for word in Set(document.tokens.lazy.map(\.text)) { words[word, default: Occurrences()].add(video) }
        }
        let count = Double(documents.count)
        let kept = grams.indices.filter { grams[$0].isKnown(byComments: byComments) }
        let deviations = CueVectorizer.spread(of: documents)
        self.init(
            buckets: kept.map { Int32($0) },
            rarities: kept.map { Float(log((1 + count) / Double(1 + grams[$0].comments)) + 1) },
            vocabulary: words.filter { $0.value.isKnown(byComments: byComments) }.keys.sorted {
                $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
            },
            means: deviations.means, deviations: deviations.deviations)
    }

    private init(buckets: [Int32], rarities: [Float], vocabulary: [String], means: [Float], deviations: [Float]) {
        self.buckets = buckets
        self.rarities = rarities
        self.vocabulary = vocabulary
        self.means = means
        self.deviations = deviations
        var columns = [Int32](repeating: -1, count: HashedGrams.bucketCount)
        for (column, bucket) in buckets.enumerated() { columns[Int(bucket)] = Int32(column) }
        self.columns = columns
        indices = Dictionary(zip(vocabulary, 2...), uniquingKeysWith: { first, _ in first })
    }

    /// One that was saved.
    /// - Throws: ``SpamError/damagedModel(_:)`` for numbers that cannot be from one that was fitted.
    init(
        restoring buckets: [Int32], rarities: [Float], vocabulary: [String], means: [Float], deviations: [Float]
    ) throws {
        let features = CueFeature.allCases.count
        guard zip(buckets, buckets.dropFirst()).allSatisfy({ $0 < $1 }), buckets.first ?? 0 >= 0,
            Int(buckets.last ?? 0) < HashedGrams.bucketCount
        else { throw SpamError.damagedModel("its buckets of grams are out of order or range") }
        guard rarities.count == buckets.count else {
            throw SpamError.damagedModel("there are \(rarities.count) rarities of \(buckets.count) grams")
        }
        guard means.count == features, deviations.count == features, deviations.allSatisfy({ $0 > 0 }) else {
            throw SpamError.damagedModel(
                "\(features) features need as many means and deviations above 0; there are \(means.count) and "
                    + "\(deviations.count)")
        }
        self.init(
            buckets: buckets, rarities: rarities, vocabulary: vocabulary, means: means, deviations: deviations)
    }

    private struct Occurrences {
        var comments = 0
        private var firstVideo: Int32 = -1
        private var inSeveralVideos = false

        mutating func add(_ video: Int32) {
            comments += 1
            if firstVideo < 0 { firstVideo = video } else if firstVideo != video { inSeveralVideos = true }
        }

        func isKnown(byComments: Bool) -> Bool { byComments ? comments >= 2 : inSeveralVideos }
    }

    private static func spread(of documents: [CueDocument]) -> (means: [Float], deviations: [Float]) {
        let count = Double(max(1, documents.count))
        var means: [Float] = [], deviations: [Float] = []
        for feature in CueFeature.allCases {
            let mean = documents.reduce(0.0) { $0 + Double($1.features[feature]) } / count
            let variance = documents.reduce(0.0) { sum, document in
                let off = Double(document.features[feature]) - mean
                return sum + off * off
            }
            means.append(Float(mean))
            deviations.append(Float((variance / count).squareRoot() + 0.001))
        }
        return (means, deviations)
    }

    /// The rows of the embedding: known words, padding and the unknown word.
    var indexCount: Int { vocabulary.count + 2 }

    // MARK: Encoding

    /// The known grams of a comment as columns and values, each group of length ``gramLength``:
    /// (1 + ln count) · rarity.
    func grams(of document: CueDocument) -> [(column: Int32, value: Float)] {
        var known: [(column: Int32, value: Double, group: Int)] = []
        var squares = [Double](repeating: 0, count: HashedGrams.Group.allCases.count)
        for (bucket, count) in document.grams.counts {
            let column = columns[Int(bucket)]
            guard column >= 0 else { continue }
            let group = HashedGrams.Group(bucket: bucket).rawValue
            let value = (1 + log(Double(count))) * Double(rarities[Int(column)])
            squares[group] += value * value
            known.append((column, value, group))
        }
        let factors = squares.map { $0 > 0 ? CueVectorizer.gramLength / $0.squareRoot() : 0 }
        return known.map { ($0.column, Float($0.value * factors[$0.group])) }
    }

    /// The features in units of their deviation.
    func features(of document: CueDocument) -> [Float] {
        document.features.values.indices.map { i in
            let off = (document.features.values[i] - means[i]) / deviations[i]
            return min(max(off, -CueVectorizer.featureLimit), CueVectorizer.featureLimit)
        }
    }

    /// The indices of the first ``length`` tokens, padded behind.
    func indices(of document: CueDocument) -> [Int32] {
        var row = document.tokens.prefix(CueVectorizer.length).map { indices[$0.text] ?? CueVectorizer.unknown }
        row += Array(repeating: CueVectorizer.padding, count: CueVectorizer.length - row.count)
        return row
    }
}

import ApusCore
import CApus

/// All that is taken from a comment before anything is learned.
struct CueDocument: Sendable {
    let text: [Unicode.Scalar]
    let tokens: [CommentToken]
    let features: CueFeatures
    let grams: HashedGrams

    init(_ comment: String) {
        let rules = CueRules.shared
        text = CommentNormalizer.normalize(comment)
        let lowercased = CueDocument.lowercased(text)
        let pieces = CommentTokens(lowercased, lexicon: rules.lexicon)
        tokens = pieces.tokens
        features = CueFeatures(text: text, lowercased: lowercased, pieces: pieces, rules: rules)
        grams = HashedGrams(tokens, lexicon: rules.lexicon)
    }

    /// Scalar by scalar, by the full mappings.
    private static func lowercased(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count)
        for scalar in text {
            if scalar.isASCII {
                result.append(scalar.isASCIILetter ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar)
            } else {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    /// The documents of comments, in order, made on as many threads as kernels may use.
    static func documents(_ comments: some RandomAccessCollection<String>) throws -> [CueDocument] {
        let comments = Array(comments)
        return try Array(unsafeUninitializedCapacity: comments.count) { documents, initializedCount in
            guard let base = documents.baseAddress, !comments.isEmpty else { return }
            try comments.withUnsafeBufferPointer { comments in
                var work = Work(comments: comments, documents: base)
                try check(
                    apus_parallel_for(
                        comments.count, 16,
                        { context, begin, end in
                            guard let work = context?.assumingMemoryBound(to: Work.self).pointee else { return }
                            for i in begin..<end {
                                (work.documents + i).initialize(to: CueDocument(work.comments[i]))
                            }
                        }, &work),
                    "the features of \(comments.count) comments")
            }
            // The call either does all of its work or none.
            initializedCount = comments.count
        }
    }

    /// What the threads share: each writes the documents of its own comments.
    private struct Work {
        let comments: UnsafeBufferPointer<String>
        let documents: UnsafeMutablePointer<CueDocument>
    }
}

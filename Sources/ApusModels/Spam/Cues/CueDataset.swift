import ApusCore
import ApusNN

/// Comments as a ``CueNetwork`` sees them; views and pointers are good for the call they are given to.
struct CueBatch {
    /// The grams of comment i are the entries `offsets[i] ..< offsets[i + 1]`.
    let offsets: UnsafeBufferPointer<Int64>
    let columns: UnsafeBufferPointer<Int32>
    let values: UnsafeBufferPointer<Float>
    /// `[batch, features]`.
    let features: TensorView<Float>
    /// `[batch, length]`.
    let indices: TensorView<Int32>
    /// `[batch, 1]`.
    let targets: TensorView<Float>

    var count: Int { features.shape[0] }
}

/// Encoded comments, from which batches are gathered.
final class CueDataset: BatchSource {
    private let grams: [[(column: Int32, value: Float)]]
    private let features: [Float]
    private let indices: [Int32]
    private let targets: [Float]

    /// A batch's rows, whose memory is kept from call to call.
    private struct Rows {
        var offsets: [Int64] = []
        var columns: [Int32] = []
        var values: [Float] = []
        var features: [Float] = []
        var indices: [Int32] = []
        var targets: [Float] = []

        mutating func removeAll() {
            offsets.removeAll(keepingCapacity: true)
            columns.removeAll(keepingCapacity: true)
            values.removeAll(keepingCapacity: true)
            features.removeAll(keepingCapacity: true)
            indices.removeAll(keepingCapacity: true)
            targets.removeAll(keepingCapacity: true)
        }
    }
    private var kept = Rows()

    /// - Parameter targets: one for each document; all 0 where they are not known.
    init(_ documents: [CueDocument], targets: [Float]? = nil, vectorizer: CueVectorizer) {
        grams = documents.map(vectorizer.grams)
        features = documents.flatMap(vectorizer.features)
        indices = documents.flatMap(vectorizer.indices)
        self.targets = targets ?? Array(repeating: 0, count: documents.count)
        precondition(
            self.targets.count == documents.count, "\(self.targets.count) targets for \(documents.count) comments")
    }

    var itemCount: Int { grams.count }

    func withBatch<Result>(
        _ items: UnsafeBufferPointer<Int>, epoch: Int, _ body: (CueBatch) throws -> Result
    ) throws -> Result {
        let width = CueFeature.allCases.count, length = CueVectorizer.length
        // Taken out of the object, whose every access would be checked for exclusiveness.
        var rows = Rows()
        swap(&rows, &kept)
        defer { swap(&rows, &kept) }
        rows.removeAll()
        rows.offsets.append(0)
        for item in items {
            for (column, value) in grams[item] {
                rows.columns.append(column)
                rows.values.append(value)
            }
            rows.offsets.append(Int64(rows.columns.count))
            rows.features.append(contentsOf: features[item * width..<(item + 1) * width])
            rows.indices.append(contentsOf: indices[item * length..<(item + 1) * length])
            rows.targets.append(targets[item])
        }
        let count = items.count
        return try rows.offsets.withUnsafeBufferPointer { offsets in
            try rows.columns.withUnsafeBufferPointer { columns in
                try rows.values.withUnsafeBufferPointer { values in
                    try rows.features.withView([count, width]) { features in
                        try rows.indices.withView([count, length]) { indices in
                            try rows.targets.withView([count, 1]) { targets in
                                try body(
                                    CueBatch(
                                        offsets: offsets, columns: columns, values: values, features: features,
                                        indices: indices, targets: targets))
                            }
                        }
                    }
                }
            }
        }
    }
}

extension Array where Element: TensorScalar {
    /// Calls the closure with the elements as a tensor of `shape`.
    fileprivate func withView<Result>(_ shape: Shape, _ body: (TensorView<Element>) throws -> Result) throws -> Result {
        try withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                return try Tensor<Element>(zeros: shape).withView(body)
            }
            return try body(TensorView(pointer: base, shape: shape))
        }
    }
}

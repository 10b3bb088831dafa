import ApusCore
import ApusNN
import CApus

/// The wide and deep network (after Cheng et al., 2016) behind ``CueSpamModel``: what is counted goes
/// straight into the output, what needs combining goes through layers of its own first.
///
/// ```
/// tokens ── Embedding 32 ─ Conv1D 64×3, ReLU ─ global max pool ─ Dropout ½ ─┐
/// features ─┬─ Dense 64, ReLU ─ Dropout ½ ──────────────────────────────────┼─ Dense 1 ─┬─ logit
///           └─ Dropout 0.1 ─────────────────────────────────────────────────┘           │
/// grams ── Dropout 0.2 ─ weighted sum ──────────────────────────────────────────────────┘
/// ```
/// In training a token is unknown with probability 0.1.
final class CueNetwork {
    /// The sizes.
    struct Sizes: Codable, Hashable, Sendable {
        /// Known grams and rows of the embedding.
        var grams: Int
        var indices: Int
        var features = CueFeature.allCases.count
        var length = CueVectorizer.length
        var embedding = 32
        var filters = 64
        var hidden = 64

        /// What the output layer reads beside the grams.
        var joined: Int { features + hidden + filters }
    }

    /// What is dropped in training; all zero for a test of the gradient.
    struct Rates: Sendable {
        var tokens: Float = 0.1
        var grams: Float = 0.2
        var features: Float = 0.1
        var units: Float = 0.5
        static let none = Rates(tokens: 0, grams: 0, features: 0, units: 0)
    }

    let sizes: Sizes
    let rates: Rates
    /// `[length]` indices to `[filters]`.
    let words: Sequential<Int32>
    /// `[features]` to `[hidden]`.
    let features: Sequential<Float>
    /// `[features + hidden + filters]` to the part of the logit that is not the grams'.
    let output: Sequential<Float>
    /// A weight for each known gram, `[grams, 1]`.
    let gramWeights = Parameter("weights")
    private let random: RandomStream

    // What the backward pass reads, and the output's place; as large as the largest batch so far.
    private var inputs: Buffers
    private var batchSize = 0, entryCount = 0

    private struct Buffers {
        var batch = 0, entries = 0
        var indices = AlignedBuffer(byteCount: 0)
        var joined = AlignedBuffer(byteCount: 0)
        var logits = AlignedBuffer(byteCount: 0)
        var values = AlignedBuffer(byteCount: 0)
    }

    init(_ sizes: Sizes, rates: Rates = Rates(), seed: UInt64) throws {
        self.sizes = sizes
        self.rates = rates
        random = RandomStream(seed: seed).forked(0xC0E5)
        inputs = Buffers()
        // Every branch draws its weights and dropouts from a seed of its own.
        func branchSeed(_ branch: UInt64) -> UInt64 {
            var stream = RandomStream(seed: seed).forked(branch)
            return stream.next()
        }
        let embedding = Embedding(vocabulary: sizes.indices, width: sizes.embedding)
        words = try Sequential<Int32>(input: [sizes.length], seed: branchSeed(0)) {
            embedding
            Conv1D(sizes.filters, kernelSize: 3, padding: .same, activation: .relu)
            GlobalMaxPool()
            Dropout(rates.units)
        }
        features = try Sequential<Float>(input: [sizes.features], seed: branchSeed(1)) {
            Dense(sizes.hidden, activation: .relu)
            Dropout(rates.units)
        }
        let last = Dense(1)
        output = try Sequential<Float>(input: [sizes.joined], seed: branchSeed(2)) { last }
        words.name = "words"
        features.name = "features"
        output.name = "output"

        var weights = RandomStream(seed: seed).forked(3)
        embedding.embeddings.value = try weights.uniform(-0.15..<0.15, shape: embedding.embeddings.value.shape)
        // Grams and the rest are one layer, though computed as two; Glorot and Bengio's bound is of both.
        let bound = Float((6 / Double(sizes.grams + sizes.joined + 1)).squareRoot())
        last.kernel.value = try weights.uniform(-bound..<bound, shape: last.kernel.value.shape)
        // A table has at least one row; without known grams nobody asks for it.
        gramWeights.initialize(try weights.uniform(-bound..<bound, shape: [max(1, sizes.grams), 1]))
    }

    var namedParameters: [(name: String, parameter: Parameter)] {
        func prefixed(_ prefix: String, _ parameters: [(name: String, parameter: Parameter)])
            -> [(name: String, parameter: Parameter)]
        { parameters.map { ("\(prefix)/\($0.name)", $0.parameter) } }
        return prefixed("words", words.namedParameters) + prefixed("features", features.namedParameters)
            + prefixed("output", output.namedParameters) + [("grams/weights", gramWeights)]
    }

    /// The logits of a batch, `[batch, 1]`, good until the next call.
    /// - Parameter step: nil at inference; the training step's number fixes what is dropped.
    func logits(_ batch: CueBatch, step: UInt64?) throws -> MutableTensorView<Float> {
        makeRoom(for: batch)
        batchSize = batch.count
        entryCount = batch.columns.count
        let training = step != nil, drops = random.forked(step ?? 0)

        let indices = inputs.indices.baseAddress.assumingMemoryBound(to: Int32.self)
        indices.update(from: batch.indices.pointer, count: batch.indices.count)
        if training { try forgetTokens(indices, batch.indices.count, drops.forked(0)) }
        let found = try words.forward(
            TensorView(pointer: indices, shape: batch.indices.shape), training: training, step: step ?? 0)
        let hidden = try features.forward(batch.features, training: training, step: step ?? 0)

        let joined = inputs.joined.baseAddress.assumingMemoryBound(to: Float.self)
        let width = sizes.joined
        for row in 0..<batchSize {
            let place = joined + row * width
            place.update(from: batch.features.pointer + row * sizes.features, count: sizes.features)
            (place + sizes.features).update(from: hidden.pointer + row * sizes.hidden, count: sizes.hidden)
            (place + sizes.features + sizes.hidden)
                .update(from: found.pointer + row * sizes.filters, count: sizes.filters)
        }
        if training { try dropFeatures(joined, drops.forked(1)) }
        let dense = try output.forward(
            TensorView(pointer: joined, shape: [batchSize, width]), training: training, step: step ?? 0,
            wantsInputGradient: training)

        let values = inputs.values.baseAddress.assumingMemoryBound(to: Float.self)
        let rate = training ? rates.grams : 0, gramDrops = drops.forked(2)
        let logits = inputs.logits.baseAddress.assumingMemoryBound(to: Float.self)
        if entryCount > 0, let source = batch.values.baseAddress {
            try check(
                apus_sdropout(gramDrops.seed, gramDrops.stream, 0, rate, entryCount, source, values),
                "dropout of \(entryCount) grams")
        }
        try check(
            apus_sembedding_bag_forward(
                batchSize, gramWeights.count, 1, batch.offsets.baseAddress, batch.columns.baseAddress ?? noColumns,
                values, gramWeights.view.pointer, logits),
            "the weighted sum of \(entryCount) of \(sizes.grams) grams")
        try check(apus_saccumulate(batchSize, dense.pointer, 1, logits), "adding \(batchSize) logits")
        return MutableTensorView(pointer: logits, shape: [batchSize, 1])
    }

    /// The weights' gradients from that of the logits of the last training ``logits(_:step:)``.
    /// - Parameters:
    ///   - batch: the same as there.
    ///   - gradient: `[batch, 1]`.
    func backward(_ batch: CueBatch, gradient: TensorView<Float>) throws {
        try check(
            apus_sembedding_bag_backward(
                batchSize, gramWeights.count, 1, batch.offsets.baseAddress, batch.columns.baseAddress ?? noColumns,
                inputs.values.baseAddress.assumingMemoryBound(to: Float.self), gradient.pointer,
                gramWeights.gradientView.pointer),
            "the gradient of \(sizes.grams) grams' weights")
        output.outputGradient.copy(from: gradient)
        guard let joined = try output.backward() else { return }
        let hidden = features.outputGradient, found = words.outputGradient
        for row in 0..<batchSize {
            let place = joined.pointer + row * sizes.joined + sizes.features
            (hidden.pointer + row * sizes.hidden).update(from: place, count: sizes.hidden)
            (found.pointer + row * sizes.filters).update(from: place + sizes.hidden, count: sizes.filters)
        }
        try features.backward()
        try words.backward()
    }

    // MARK: Dropping

    private func forgetTokens(_ indices: UnsafeMutablePointer<Int32>, _ count: Int, _ stream: RandomStream) throws {
        guard rates.tokens > 0 else { return }
        // Dropout of ones says which: what survives is not zero.
        let survives = try survivors(count, rate: rates.tokens, stream)
        for i in 0..<count where indices[i] != CueVectorizer.padding && survives[i] == 0 {
            indices[i] = CueVectorizer.unknown
        }
    }

    private func dropFeatures(_ joined: UnsafeMutablePointer<Float>, _ stream: RandomStream) throws {
        guard rates.features > 0 else { return }
        let factors = try survivors(batchSize * sizes.features, rate: rates.features, stream)
        for row in 0..<batchSize {
            for i in 0..<sizes.features { joined[row * sizes.joined + i] *= factors[row * sizes.features + i] }
        }
    }

    private func survivors(_ count: Int, rate: Float, _ stream: RandomStream) throws -> [Float] {
        var factors = [Float](repeating: 1, count: count)
        try factors.withUnsafeMutableBufferPointer { factors in
            guard let base = factors.baseAddress else { return }
            try check(
                apus_sdropout(stream.seed, stream.stream, 0, rate, count, base, base), "dropout of \(count) numbers")
        }
        return factors
    }

    private func makeRoom(for batch: CueBatch) {
        let float = MemoryLayout<Float>.stride
        if batch.count > inputs.batch || inputs.batch == 0 {
            inputs.batch = max(1, batch.count)
            inputs.indices = AlignedBuffer(byteCount: inputs.batch * sizes.length * MemoryLayout<Int32>.stride)
            inputs.joined = AlignedBuffer(byteCount: inputs.batch * sizes.joined * float)
            inputs.logits = AlignedBuffer(byteCount: inputs.batch * float)
        }
        if batch.columns.count > inputs.entries {
            inputs.entries = batch.columns.count
            inputs.values = AlignedBuffer(byteCount: inputs.entries * float)
        }
    }

    /// Somewhere to point at where a batch has no known grams; never read.
    private var noColumns: UnsafePointer<Int32> {
        UnsafePointer(inputs.indices.baseAddress.assumingMemoryBound(to: Int32.self))
    }
}

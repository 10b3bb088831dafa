import ApusCore
import CApus

/// The spam network's look-up, 64 comments of 250 words, and one from a table beyond the caches.
func embeddingCases() -> [Case] {
    [(count: 16000, vocabulary: 4002, width: 64), (count: 65536, vocabulary: 200_000, width: 256)].flatMap { shape -> [Case] in
        let (count, vocabulary, width) = shape
        let name = "\(count)x\(width)"
        return [
            Case(
                "embedding_fwd_\(name)", family: "embedding",
                traffic: .arrays(reads: 1, writes: 1, of: count * width)
            ) {
                let table = Buffer<Float>(vocabulary * width, seed: 1), y = Buffer<Float>(count * width)
                let words = Buffer<Int32>(count, seed: 2, below: vocabulary)
                return Work(
                    error: { y.error { Double(table.pointer[Int(words.pointer[$0 / width]) * width + $0 % width]) } },
                    run: {
                        try check(
                            apus_sembedding_forward(count, vocabulary, width, words.pointer, table.pointer, y.pointer), name)
                    })
            },
            Case("embedding_bwd_\(name)", family: "embedding") {
                let dtable = Buffer<Float>(vocabulary * width), dy = Buffer<Float>(count * width, seed: 1)
                let words = Buffer<Int32>(count, seed: 2, below: vocabulary)
                return Work(
                    error: {
                        let wanted = Set(dtable.samples.map { Int32($0 / width) })
                        var places: [Int: [Int]] = [:]
                        for i in 0..<count where wanted.contains(words.pointer[i]) { places[Int(words.pointer[i]), default: []].append(i) }
                        return dtable.error { i in
                            (places[i / width] ?? []).reduce(0) { $0 + Double(dy.pointer[$1 * width + i % width]) }
                        }
                    },
                    run: {
                        try check(
                            apus_sembedding_backward(count, vocabulary, width, words.pointer, dy.pointer, dtable.pointer), name)
                    })
            },
        ]
    }
}

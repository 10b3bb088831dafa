import ApusCore
import ApusNN
import ApusTestSupport
import ApusVision
import Foundation
import Testing

@Suite struct DatasetTests {
    private let names = ["plain.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "colour.png", "palette.png", "large.jpg"]

    private func folder(_ names: [String]) -> ImageFolder {
        ImageFolder(
            classes: ["a", "b", "c"], items: names.enumerated().map { .init(path: fixture($1), label: $0 % 3) })
    }

    /// Every batch of an epoch in some order, one after the other.
    private func gather(_ data: ImageDataset<Int32>, order: [Int], batchSize: Int, epoch: Int) throws -> (inputs: [Float], targets: [Int32]) {
        var result: ([Float], [Int32]) = ([], [])
        try data.prepare(order[...], batchSize: batchSize, epoch: epoch)
        try order.withUnsafeBufferPointer { order in
            for start in stride(from: 0, to: order.count, by: batchSize) {
                let indices = UnsafeBufferPointer(rebasing: order[start..<min(order.count, start + batchSize)])
                try data.withBatch(indices, epoch: epoch) { batch in
                    #expect(batch.inputs.shape == [indices.count, 9, 14, 3])
                    result.0 += Array(batch.inputs.buffer)
                    result.1 += Array(batch.targets.buffer)
                }
            }
        }
        return result
    }

    @Test func sameBatchesWhateverTheThreads() throws {
        let options = ImageOptions(height: 9, width: 14, scaling: .caffe)
        let order = (0..<40).map { ($0 * 5 + $0 / 7) % names.count }
        var augmentation = Augmentation.mild
        augmentation.brightness = 0.5...1.5
        let reader = ImageReader(options: options)
        let plain = try order.flatMap { try reader.tensor(at: fixture(names[$0])).scalars }
        var augmented: [Float]?
        for threads in [1, 2, 5] {
            for (batchSize, depth) in [(1, 2), (6, 3), (64, 2)] {
                let data = ImageDataset(folder(names), targets: .number, options: options, threads: threads, depth: depth)
                let found = try gather(data, order: order, batchSize: batchSize, epoch: 0)
                #expect(found.inputs == plain)
                #expect(found.targets == order.map { Int32($0 % 3) })
                let changed = ImageDataset(
                    folder(names), targets: .number, options: options, augmentation: augmentation, seed: 8,
                    threads: threads, depth: depth)
                let first = try gather(changed, order: order, batchSize: batchSize, epoch: 2).inputs
                #expect(first != plain && augmented ?? first == first)
                augmented = first
                #expect(try gather(changed, order: order, batchSize: batchSize, epoch: 3).inputs != first)
                #expect(try gather(changed, order: order, batchSize: batchSize, epoch: 2).inputs == first)
            }
        }
    }

    @Test func unpreparedAndDroppedPlans() throws {
        let data = ImageDataset(folder(names), targets: .number, options: ImageOptions(height: 9, width: 14))
        let reader = ImageReader(options: data.options)
        for round in 0..<20 {
            // A plan that is left in the middle.
            try data.prepare(Array(0..<7)[...], batchSize: 2, epoch: round)
            try [0, 1].withUnsafeBufferPointer { try data.withBatch($0, epoch: round) { #expect($0.inputs.shape[0] == 2) } }
            let item = round % 7
            let found = try [item].withUnsafeBufferPointer { indices in
                try data.withBatch(indices, epoch: 0) { Array($0.inputs.buffer) }
            }
            let expected = try reader.tensor(at: fixture(names[item])).scalars
            #expect(found == expected)
        }
        try [Int]().withUnsafeBufferPointer { try data.withBatch($0, epoch: 0) { #expect($0.inputs.shape == [0, 9, 14, 3]) } }
    }

    @Test func encodings() throws {
        let options = ImageOptions(height: 4, width: 4)
        let items = [ImageFolder.Item(path: fixture("plain.jpg"), label: 1), .init(path: fixture("grey.png"), label: nil)]
        let folder = ImageFolder(classes: ["a", "b", "c"], items: items)
        try ImageDataset(folder, targets: .oneHot, options: options).forEachBatch(of: 2) { batch, _ in
            #expect(batch.targets.shape == [2, 3] && Array(batch.targets.buffer.prefix(3)) == [0, 1, 0])
            #expect(batch.targets.buffer.dropFirst(3).filter(\.isNaN).count == 3)
        }
        try ImageDataset(folder, targets: .binary, options: options).forEachBatch(of: 1) { batch, items in
            #expect(batch.targets.shape == [1, 1] && (items == [0] ? batch.targets.buffer[0] == 1 : batch.targets.buffer[0].isNaN))
        }
        try ImageDataset(folder, targets: .number, options: options).forEachBatch(of: 2) { batch, _ in
            #expect(Array(batch.targets.buffer) == [1, -1])
        }
    }

    @Test func brokenPictures() throws {
        let mixed = ["plain.jpg", "pictures.json", "grey.jpg", "nowhere.jpg", "colour.png", "pictures.json"]
        let options = ImageOptions(height: 9, width: 14)
        let stopping = ImageDataset(folder(mixed), targets: .number, options: options)
        #expect(throws: ImageError.notAPicture(path: fixture("pictures.json"), found: "something else")) {
            try stopping.forEachBatch(of: 4) { _, _ in }
        }
        let skipping = ImageDataset(folder(mixed), targets: .number, options: options, onBroken: .skip)
        let reader = ImageReader(options: options)
        for epoch in 0..<2 {
            var items: [Int] = []
            var sizes: [Int] = []
            try skipping.forEachBatch(of: 3, epoch: epoch) { batch, kept in
                #expect(batch.inputs.shape[0] == kept.count && batch.targets.shape == [kept.count])
                for (row, item) in kept.enumerated() {
                    let expected = try reader.tensor(at: fixture(mixed[item])).scalars
                    #expect(batch.inputs.rows(row..<(row + 1)).copy().scalars == expected)
                    #expect(batch.targets.buffer[row] == Int32(item % 3))
                }
                items += kept
                sizes.append(kept.count)
            }
            #expect(items == [0, 2, 4] && sizes == [2, 1])
        }
        #expect(skipping.brokenPictures.map(\.path) == [1, 3, 5].map { fixture(mixed[$0]) })
        #expect(skipping.brokenPictures[1].error is FileError)
    }

    @Test func trains() throws {
        let options = ImageOptions(height: 12, width: 12, scaling: .unit)
        func network() throws -> SupervisedModel<Float, SparseCategoricalCrossEntropy> {
            try SupervisedModel(
                Sequential<Float>(input: [12, 12, 3], seed: 2) {
                    Conv2D(4, kernelSize: 3, activation: .relu)
                    Flatten()
                    Dense(3)
                }, loss: SparseCategoricalCrossEntropy())
        }
        // Labels that a network can learn: two pictures a class, and one that is broken in a batch of its own.
        let names = ["plain.jpg", "grey.jpg", "palette.png", "plain.jpg", "grey.jpg", "palette.png", "pictures.json"]
        var weights: [[Float]] = []
        for threads in [1, 3] {
            let data = ImageDataset(
                folder(names), targets: .number, options: options, augmentation: .mild, seed: 1, onBroken: .skip,
                threads: threads)
            let held = ImageDataset(folder(Array(names.prefix(3))), targets: .number, options: options)
            let model = try network()
            let history = try model.fit(
                data, epochs: 30, batchSize: 1, optimizer: Adam(learningRate: 0.01), validation: held, seed: 5)
            #expect(history.epochs.last!.figures["loss"]! < 0.5 * history.epochs.first!.figures["loss"]!)
            #expect(history.epochs.last!.figures["val_loss"]! < 0.5)
            #expect(data.brokenPictures.count == 1)
            weights.append(model.network.parameters.flatMap { $0.value.scalars })
        }
        #expect(weights[0] == weights[1])
    }

    @Test func memoryIsBounded() throws {
        // Whoever takes nothing gets no more than `depth` batches filled: the files behind them vanish unread.
        try withTemporaryFolder { path in
            try lay((0..<12).map { ("plain.jpg", "\($0).jpg") }, in: path)
            let items = (0..<12).map { ImageFolder.Item(path: "\(path)/\($0).jpg", label: 0) }
            let data = ImageDataset(
                ImageFolder(classes: ["a"], items: items), targets: .number, options: ImageOptions(height: 8, width: 8),
                onBroken: .skip, threads: 2, depth: 2)
            try data.prepare(Array(0..<12)[...], batchSize: 2, epoch: 0)
            Thread.sleep(forTimeInterval: 0.2)
            for item in 4..<12 { try FileManager.default.removeItem(atPath: "\(path)/\(item).jpg") }
            var kept: [Int] = []
            let order = Array(0..<12)
            try order.withUnsafeBufferPointer { order in
                for start in stride(from: 0, to: 12, by: 2) {
                    try data.withImages(UnsafeBufferPointer(rebasing: order[start..<(start + 2)])) { _, items in kept += items }
                }
            }
            #expect(kept == [0, 1, 2, 3])
            #expect(data.brokenPictures.count == 8)
        }
    }
}

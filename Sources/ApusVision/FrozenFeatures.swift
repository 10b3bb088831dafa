import ApusCore
import ApusNN
import Foundation

/// What a network's first layers make of a folder's pictures, computed once.
///
/// While those layers are frozen, their outputs stay the same from epoch to epoch, and training what follows needs no
/// picture and no convolution any more. The price: every epoch sees the same pictures, so nothing can be augmented, and
/// all outputs are held in memory, 100 KB a picture for VGG16's last block.
public struct FrozenFeatures: Sendable {
    /// `[pictures] +` the shape after the last frozen layer.
    public let features: Tensor<Float>
    /// The class of each picture.
    public let labels: Tensor<Int32>
    /// The pictures that could not be used, and have no row.
    public let brokenPictures: [(path: String, error: any Error)]

    /// What pictures, layers, weights and preprocessing they came from, as one number: other ones give another number.
    private static func fingerprint(
        _ folder: ImageFolder, _ layers: [any Layer], _ preprocessing: PictureClassifier.Preprocessing, _ input: Shape
    ) -> String {
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        func add(_ text: String) {
            text.utf8.forEach(add)
            add(0)
        }
        for item in folder.items { add("\(item.path) \(item.label ?? -1)") }
        add("\(preprocessing.rawValue) \(input)")
        for layer in layers {
            add("\(layer.name) \(type(of: layer).kind)")
            for parameter in layer.parameters {
                for number in parameter.view.buffer { hash = (hash ^ UInt64(number.bitPattern)) &* 0x100_0000_01b3 }
            }
        }
        return String(hash, radix: 16)
    }

    private static let key = "pictures.fingerprint", brokenKey = "pictures.broken"

    /// What a file says of a picture that could not be used.
    private struct KeptError: Error, Codable, CustomStringConvertible {
        let path: String
        let description: String
    }

    /// Reads features from a file, if it holds those of these very pictures and weights, or computes them and writes it.
    /// - Parameters:
    ///   - classifier: the network and what its input is.
    ///   - count: how many of its layers are frozen; their outputs are wanted.
    ///   - folder: pictures with classes.
    ///   - cache: the file; nil: they are computed and not kept.
    ///   - batchSize: how many pictures go through the network at once.
    ///   - onBroken: what happens when a picture cannot be used.
    ///   - progress: called with the number of pictures done.
    /// - Throws: ``ImageError``, `FileError`, `ModelError`; a file that cannot be read is computed anew.
    public init(
        of classifier: PictureClassifier, layers count: Int, folder: ImageFolder, cache: String? = nil,
        batchSize: Int = 16, onBroken: BrokenPictures = .skip, progress: (_ done: Int) throws -> Void = { _ in }
    ) throws {
        precondition((1...classifier.network.layers.count).contains(count), "\(count) frozen layers")
        let layers = Array(classifier.network.layers.prefix(count))
        let mark = Self.fingerprint(folder, layers, classifier.preprocessing, classifier.network.inputShape)
        if let cache, let kept = try? Self.read(cache, mark), kept.brokenPictures.isEmpty || onBroken == .skip {
            self = kept
            return
        }
        // The same layer objects, and so the same weights.
        let network = try Sequential<Float>(input: classifier.network.inputShape, layers: layers)
        let dataset = ImageDataset(folder, targets: .number, options: classifier.options, onBroken: onBroken)
        let width = network.outputShape.elementCount
        var labels: [Int32] = []
        var features = Tensor<Float>(zeros: network.outputShape.prepending(folder.items.count))
        try dataset.forEachBatch(of: batchSize) { batch, items in
            if !items.isEmpty {
                let output = try network.forward(batch.inputs)
                features.withMutableView { view in
                    (view.pointer + labels.count * width).update(from: output.pointer, count: output.count)
                }
                labels += batch.targets.buffer
            }
            try progress(labels.count)
        }
        // Broken pictures leave rows over.
        self.init(
            features: labels.count == folder.items.count ? features : features.rows(0..<labels.count), labels: Tensor(labels),
            broken: dataset.brokenPictures)
        if let cache {
            let broken = try JSONEncoder().encode(brokenPictures.map { KeptError(path: $0.path, description: "\($0.error)") })
            var writer = SafetensorsWriter(metadata: [Self.key: mark, Self.brokenKey: String(decoding: broken, as: UTF8.self)])
            writer.add(self.features, named: "features")
            writer.add(self.labels, named: "labels")
            try writer.write(to: cache)
        }
    }

    private init(features: Tensor<Float>, labels: Tensor<Int32>, broken: [(path: String, error: any Error)]) {
        (self.features, self.labels, brokenPictures) = (features, labels, broken)
    }

    private static func read(_ path: String, _ mark: String) throws -> FrozenFeatures? {
        let file = try SafetensorsReader(path: path)
        guard file.metadata[key] == mark else { return nil }
        let broken = try JSONDecoder().decode([KeptError].self, from: Data((file.metadata[brokenKey] ?? "[]").utf8))
        return FrozenFeatures(
            features: try file.tensor(named: "features"), labels: try file.tensor(named: "labels"),
            broken: broken.map { (path: $0.path, error: $0) })
    }
}

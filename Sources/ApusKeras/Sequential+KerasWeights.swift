import ApusCore
import ApusNN

extension Sequential {
    /// Reads weights and states from a file that Keras wrote: HDF5 weights of Keras 1 and 2 (`.h5`, a whole saved model
    /// too), of Keras 3 (`.weights.h5`), or Keras 3's archive (`.keras`).
    ///
    /// ```swift
    /// try model.loadKerasWeights(from: "vgg16_weights_tf_dim_ordering_tf_kernels.h5")
    /// try model.loadKerasWeights(
    ///     from: "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", matching: .name(keepingMissing: true))
    /// ```
    ///
    /// Kernels must be those of channels-last networks, which is how TensorFlow has them; then a dense layer after a
    /// flattening fits as it is. Everything is checked before a weight is changed; then numbers are read from the file straight into
    /// their tensors, without a second copy, unless the file has them compressed or as other than float32.
    /// - Parameters:
    ///   - path: the file.
    ///   - matching: how its layers are matched with the model's.
    ///   - trustsFile: lets libhdf5 read what is laid out otherwise than Keras does it: compressed data sets, other numbers than
    ///     float32, newer layouts. Damaged or hostile files of that kind can crash it (1.10 at least), so it is left out
    ///     unless asked for. Keras' own files are read without it, and any bytes will do no harm.
    /// - Returns: which layers were read.
    /// - Throws: ``KerasError``, `FileError`; the model is then as it was, unless the disk itself fails in the middle.
    @discardableResult
    public func loadKerasWeights(
        from path: String, matching: KerasMatching = .order, trustsFile: Bool = false
    ) throws -> KerasLoad {
        try KerasWeights.load(path, into: layers, matching: matching, trustsFile: trustsFile)
    }

    /// Writes weights and states as a file that Keras loads into a model of the same layers.
    ///
    /// The file is written under a temporary name, synced and renamed.
    /// - Throws: `FileError`, ``KerasError``; the file is then as it was.
    public func saveKerasWeights(to path: String, format: KerasFormat = .keras3) throws {
        try KerasWeights.save(layers, to: path, format: format)
    }
}

/// Keras' weight files for any list of layers, as a model of several networks has them.
public enum KerasWeights {
    /// Reads weights into layers; see ``ApusNN/Sequential/loadKerasWeights(from:matching:trustsFile:)``.
    @discardableResult
    public static func load(
        _ path: String, into layers: [any Layer], matching: KerasMatching = .order, trustsFile: Bool = false
    ) throws -> KerasLoad {
        try withStoredModel(path, trustsFile: trustsFile) { stored, file in
            let assignment = try KerasAssignment(layers, from: stored, matching: matching, file: path)
            try assignment.read(file, file: path)
            return assignment.report
        }
    }

    /// A layer in a file.
    public struct LayerDescription: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its weights' names and shapes, in order.
        public let weights: [Weight]

        /// A weight's name and shape.
        public struct Weight: Sendable, Hashable {
            /// As the file calls it: `block1_conv1_W_1:0`, `block1_conv1/kernel:0`, `0`.
            public let name: String
            /// Its shape.
            public let shape: Shape
        }
    }

    /// The layers with weights in a file.
    /// - Throws: ``KerasError``, `FileError`.
    public static func layers(in path: String, trustsFile: Bool = false) throws -> [LayerDescription] {
        try withStoredModel(path, trustsFile: trustsFile) { stored, _ in
            stored.layers.map { layer in
                LayerDescription(
                    name: layer.name,
                    weights: layer.weights.map { .init(name: $0.name, shape: Shape($0.dataset.dimensions)) })
            }
        }
    }

    private static func withStoredModel<Result>(
        _ path: String, trustsFile: Bool, _ body: (StoredModel, _ file: String) throws -> Result
    ) throws -> Result {
        try KerasArchive.withWeightFile(path) { file in
            do {
                do {
                    return try body(StoredModel(PlainGroup(PlainFile(file: OpenFile(file))), file: path), file)
                } catch is NotPlain {
                    guard trustsFile else { throw KerasError.unusual(file: path) }
                    return try HDF5.exclusively { try body(StoredModel(HDF5Group(file: file), file: path), file) }
                }
            } catch let failure as HDF5Failure {
                throw KerasError.file(path, reason: failure.reason)
            }
        }
    }
}

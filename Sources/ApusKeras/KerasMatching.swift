import ApusCore
import ApusNN

/// How the layers of a file are matched with those of a model.
public enum KerasMatching: Sendable, Hashable {
    /// The first layer with weights in the file with the first one of the model, and so on, whatever their names. Keras 3's files
    /// are ordered within each kind of layer (`conv2d`, `conv2d_1`, …). Keras' own way, unless told otherwise.
    case order
    /// Each layer of the model with the file's of the same name; what the file has beyond is left alone.
    /// - Parameter keepingMissing: leave layers of the model that are not in the file as they are, as a file
    ///   without the top (`notop`) needs it; else they are an error.
    case name(keepingMissing: Bool)

    /// By name, every layer.
    public static var name: KerasMatching { .name(keepingMissing: false) }
}

/// What loading did.
public struct KerasLoad: Sendable, Hashable {
    /// The model's layers whose weights were read.
    public internal(set) var loaded: [String] = []
    /// The model's layers with weights that the file does not have; they are as they were.
    public internal(set) var kept: [String] = []
    /// The file's layers with weights that the model has no use for.
    public internal(set) var unused: [String] = []
}

/// Which data set is to go into which parameter, checked.
struct KerasAssignment {
    struct Item {
        let layer: String
        let name: String
        let parameter: Parameter
        let dataset: StoredDataset
    }

    private(set) var items: [Item] = []
    private(set) var report = KerasLoad()

    /// - Throws: ``KerasError``.
    init(_ layers: [any Layer], from stored: StoredModel, matching: KerasMatching, file: String) throws {
        let layers = layers.filter { !$0.parameters.isEmpty }
        switch matching {
        case let .name(keepingMissing):
            let places = Dictionary(
                stored.layers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
            var used: Set<String> = []
            for layer in layers {
                if let place = places[layer.name] {
                    try add(layer, stored.layers[place], file: file)
                    used.insert(layer.name)
                } else if keepingMissing {
                    report.kept.append(layer.name)
                } else {
                    throw KerasError.missingLayer(file: file, layer: layer.name, available: stored.layers.map(\.name))
                }
            }
            report.unused = stored.layers.map(\.name).filter { !used.contains($0) }
        case .order:
            guard layers.count == stored.layers.count else {
                throw KerasError.layerCount(
                    file: file, model: layers.map(\.name), found: stored.layers.map(\.name))
            }
            if stored.layers.contains(where: { $0.ordinalName != nil }) {
                try addByOrdinal(layers, stored, file: file)
            } else {
                for (layer, found) in zip(layers, stored.layers) { try add(layer, found, file: file) }
            }
        }
    }

    private mutating func addByOrdinal(_ layers: [any Layer], _ stored: StoredModel, file: String) throws {
        var seen = OrdinalNames()
        for layer in layers {
            let ordinal = seen.next(for: layer)
            guard let found = stored.layers.first(where: { $0.ordinalName == ordinal }) else {
                throw KerasError.missingLayer(
                    file: file, layer: "\(layer.name) (\(ordinal))",
                    available: stored.layers.map { "\($0.name) (\($0.ordinalName ?? "within another layer"))" })
            }
            try add(layer, found, file: file)
        }
    }

    private mutating func add(_ layer: any Layer, _ found: StoredLayer, file: String) throws {
        let parameters = layer.parameters
        guard parameters.count == found.weights.count else {
            throw KerasError.weightCount(
                file: file, layer: layer.name, expected: parameters.map(\.name), found: found.weights.map(\.name))
        }
        for (parameter, weight) in zip(parameters, found.weights) {
            guard parameter.value.shape.dimensions == weight.dataset.dimensions else {
                throw KerasError.shape(
                    file: file, layer: layer.name, weight: parameter.name, expected: parameter.value.shape,
                    found: Shape(weight.dataset.dimensions))
            }
            items.append(Item(layer: layer.name, name: parameter.name, parameter: parameter, dataset: weight.dataset))
        }
        report.loaded.append(layer.name)
    }

    /// Reads every data set into its parameter.
    ///
    /// Plain ones go from the file straight into place, where only the disk can still fail. Of compressed, converted or scattered ones
    /// a reading may fail over their contents, so these are read apart first.
    /// - Parameter path: the HDF5 file, which is `file` itself or a temporary one.
    func read(_ path: String, file: String) throws {
        var converted: [(Parameter, Tensor<Float>)] = []
        for item in items {
            guard case let .made(read) = item.dataset.source else { continue }
            do {
                let value = try Tensor<Float>(uninitialized: item.parameter.value.shape) { (target) throws in
                    try read(target)
                }
                converted.append((item.parameter, value))
            } catch let failure as HDF5Failure {
                throw KerasError.damaged(file: file, layer: item.layer, weight: item.name, reason: failure.reason)
            }
        }
        // Not through libhdf5, which takes three times as long and as much memory again.
        let source = try OpenFile(path)
        for item in items {
            guard case let .inFile(offset) = item.dataset.source else { continue }
            let target = UnsafeMutableRawBufferPointer(item.parameter.mutableView.buffer)
            guard try source.read(target, at: offset) else {
                throw KerasError.damaged(
                    file: file, layer: item.layer, weight: item.name, reason: "the file became shorter while it was read")
            }
        }
        for (parameter, value) in converted { parameter.value = value }
    }
}

/// Keras 3's names for layers: their kind in snake case, numbered from the second on.
struct OrdinalNames {
    private var counts: [String: Int] = [:]

    mutating func next(for layer: any Layer) -> String {
        let stem = Self.stem(type(of: layer).kind)
        let number = counts[stem, default: 0]
        counts[stem] = number + 1
        return number == 0 ? stem : "\(stem)_\(number)"
    }

    /// `Conv2D` → `conv2d`, `BatchNormalization` → `batch_normalization`; poolings are called otherwise there.
    private static func stem(_ kind: String) -> String {
        var result = ""
        var previous: Character?
        for character in kind.replacing("Pool1D", with: "Pooling1D").replacing("Pool2D", with: "Pooling2D") {
            if character.isUppercase, let previous, previous.isLowercase { result.append("_") }
            result += character.lowercased()
            previous = character
        }
        return result
    }
}

import ApusCore

/// A Keras weight file that cannot be used. What it was to be read into stays as it was.
public enum KerasError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not an HDF5 file, or a truncated or damaged one, in HDF5's words.
    case file(String, reason: String)
    /// HDF5 that Keras does not write: compressed, linked, other numbers than float32, a newer layout.
    case unusual(file: String)
    /// HDF5, but without Keras' weights where they belong.
    case noWeights(file: String, reason: String)
    /// A part of the file that HDF5 cannot read or that leads out of the file.
    case damaged(file: String, layer: String, weight: String, reason: String)
    /// The file lacks a layer that the model has; the layers with weights that it does have.
    case missingLayer(file: String, layer: String, available: [String])
    /// File and model have different numbers of layers with weights, so they cannot be matched by order.
    case layerCount(file: String, model: [String], found: [String])
    /// A layer with another number of weights than the model's.
    case weightCount(file: String, layer: String, expected: [String], found: [String])
    /// A weight of another shape than the model's.
    case shape(file: String, layer: String, weight: String, expected: Shape, found: Shape)
    /// The file cannot be written.
    case cannotWrite(file: String, layer: String, reason: String)

    public var description: String {
        switch self {
        case let .file(file, reason): "\(file): no HDF5 file, or a damaged one: \(reason)"
        case let .unusual(file):
            "\(file): HDF5 laid out otherwise than Keras does it; libhdf5 can read it (trustsFile: true), but a damaged or "
                + "hostile file can crash that library"
        case let .noWeights(file, reason): "\(file): no Keras weights: \(reason)"
        case let .damaged(file, layer, weight, reason):
            "\(file): layer '\(layer)', weight '\(weight)': \(reason)"
        case let .missingLayer(file, layer, available):
            "\(file): there is no layer '\(layer)', which the model has; there are \(available.joined(separator: ", "))"
        case let .layerCount(file, model, found):
            "\(file): the model has \(model.count) layers with weights (\(model.joined(separator: ", "))), the file "
                + "\(found.count) (\(found.joined(separator: ", ")))"
        case let .weightCount(file, layer, expected, found):
            "\(file): layer '\(layer)' has \(found.count) weights (\(found.joined(separator: ", "))) in the file, but "
                + "\(expected.count) (\(expected.joined(separator: ", "))) in the model"
        case let .shape(file, layer, weight, expected, found):
            "\(file): '\(weight)' of layer '\(layer)' has shape \(found) in the file, but \(expected) in the model"
        case let .cannotWrite(file, layer, reason): "\(file): layer '\(layer)' cannot be written: \(reason)"
        }
    }
}

extension KerasError {
    /// The same about another file: the archive that the user named rather than a temporary one.
    func inFile(_ path: String) -> KerasError {
        switch self {
        case let .file(_, reason): .file(path, reason: reason)
        case .unusual: .unusual(file: path)
        case let .noWeights(_, reason): .noWeights(file: path, reason: reason)
        case let .damaged(_, layer, weight, reason): .damaged(file: path, layer: layer, weight: weight, reason: reason)
        case let .missingLayer(_, layer, available): .missingLayer(file: path, layer: layer, available: available)
        case let .layerCount(_, model, found): .layerCount(file: path, model: model, found: found)
        case let .weightCount(_, layer, expected, found):
            .weightCount(file: path, layer: layer, expected: expected, found: found)
        case let .shape(_, layer, weight, expected, found):
            .shape(file: path, layer: layer, weight: weight, expected: expected, found: found)
        case let .cannotWrite(_, layer, reason): .cannotWrite(file: path, layer: layer, reason: reason)
        }
    }
}

import ApusCore

/// A model file or checkpoint that does not fit what it is loaded into. What is loaded into stays as it was.
public enum SerializationError: Error, Hashable, CustomStringConvertible {
    /// The file has weights but no structure, or a structure of another version.
    case notAModel(file: String, reason: String)
    /// A layer of a kind that nobody registered with ``LayerRegistry``.
    case unknownKind(file: String, layer: String, kind: String)
    /// A layer's settings that make no sense.
    case configuration(file: String, layer: String, kind: String, reason: String)
    /// The model reads other elements than asked for.
    case inputElements(file: String, expected: String, found: String)
    /// The file lacks a weight or state that the model has.
    case missing(file: String, parameter: String)
    /// The file has a weight or state that the model has not.
    case unexpected(file: String, parameter: String, available: [String])
    /// A weight or state of another shape than the model's.
    case shape(file: String, parameter: String, expected: Shape, found: Shape)
    /// A key of extra strings that is not the caller's to use.
    case reservedKey(String)
    /// A checkpoint of another training than the one to be resumed.
    case checkpoint(file: String, what: String, expected: String, found: String)
    /// A part of an optimizer's state that is missing or of another shape.
    case optimizerState(name: String, reason: String)

    public var description: String {
        switch self {
        case let .notAModel(file, reason): "\(file): no model: \(reason)"
        case let .unknownKind(file, layer, kind):
            "\(file): layer '\(layer)' is of the kind '\(kind)', which is not registered"
        case let .configuration(file, layer, kind, reason):
            "\(file): layer '\(layer)' (\(kind)): settings that make no sense: \(reason)"
        case let .inputElements(file, expected, found):
            "\(file): the model reads \(found) elements, not \(expected)"
        case let .missing(file, parameter): "\(file): there is no '\(parameter)', which the model has"
        case let .unexpected(file, parameter, available):
            "\(file): the model has no '\(parameter)'; it has \(available.joined(separator: ", "))"
        case let .shape(file, parameter, expected, found):
            "\(file): '\(parameter)' has shape \(found), but the model's has \(expected)"
        case let .reservedKey(key): "the key '\(key)' is reserved: those that begin with 'apus.' are not for extra strings"
        case let .checkpoint(file, what, expected, found):
            "\(file): a checkpoint of another training: \(what) is \(found), not \(expected)"
        case let .optimizerState(name, reason): "the optimizer's state '\(name)': \(reason)"
        }
    }
}

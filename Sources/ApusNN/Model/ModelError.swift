import ApusCore

/// A model that cannot be built, found or fed as asked.
public enum ModelError: Error, Hashable, CustomStringConvertible {
    /// A layer was given an item of a shape that it cannot take.
    case incompatibleShape(layer: String, kind: String, input: Shape, reason: String)
    /// A model was given data of another shape than it was built for.
    case inputShape(expected: Shape, found: Shape)
    /// Targets whose shape does not fit the loss and the model's output.
    case targetShape(loss: String, output: Shape, target: Shape, reason: String)
    /// The loss cannot follow the model's last activation.
    case lossActivation(loss: String, layer: String, activation: String)
    /// Inputs and targets, or two inputs, with different numbers of items.
    case itemCount(what: String, expected: Int, found: Int)
    /// No layer has the name; the names that there are.
    case noSuchLayer(name: String, available: [String])
    /// Two layers have the name.
    case duplicateName(String)
    /// The element types of two neighbouring layers differ.
    case incompatibleElements(layer: String, expects: String, found: String)
    /// A setting outside its range.
    case invalidSetting(layer: String, setting: String, reason: String)
    /// A model without layers was asked for something that needs one.
    case noLayers

    public var description: String {
        switch self {
        case let .incompatibleShape(layer, kind, input, reason):
            "layer '\(layer)' (\(kind)) cannot take an input of shape \(input): \(reason)"
        case let .inputShape(expected, found):
            "the model takes items of shape \(expected), not \(found)"
        case let .targetShape(loss, output, target, reason):
            "\(loss) cannot compare outputs of shape \(output) with targets of shape \(target): \(reason)"
        case let .lossActivation(loss, layer, activation):
            "\(loss) cannot follow the activation '\(activation)' of layer '\(layer)'"
        case let .itemCount(what, expected, found):
            "\(expected) inputs but \(found) \(what)"
        case let .noSuchLayer(name, available):
            "no layer is named '\(name)'; there are \(available.joined(separator: ", "))"
        case let .duplicateName(name):
            "two layers are named '\(name)'"
        case let .incompatibleElements(layer, expects, found):
            "layer '\(layer)' reads \(expects) elements, but what comes before it gives \(found)"
        case let .invalidSetting(layer, setting, reason):
            "layer '\(layer)': \(setting) \(reason)"
        case .noLayers:
            "the model has no layers"
        }
    }
}

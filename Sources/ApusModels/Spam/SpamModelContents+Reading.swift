import ApusCore
import ApusNN

extension SpamModelContents {
    /// A text.
    /// - Throws: ``SpamError/damagedModel(_:)`` if it is missing.
    public func text(_ name: String) throws -> String {
        guard let text = texts[name] else { throw SpamError.damagedModel("it lacks '\(name)'") }
        return text
    }

    /// A tensor.
    /// - Throws: ``SpamError/damagedModel(_:)`` if it is missing.
    public func tensor(_ name: String) throws -> Tensor<Float> {
        guard let found = tensors.first(where: { $0.name == name }) else {
            throw SpamError.damagedModel("it lacks the tensor '\(name)'")
        }
        return found.value
    }

    /// Gives parameters the values of the tensors of their names; all or none.
    /// - Throws: ``SpamError/damagedModel(_:)`` for a missing tensor or another shape.
    public func fill(_ parameters: [(name: String, parameter: Parameter)]) throws {
        let values = try parameters.map { name, parameter in
            let value = try tensor(name)
            guard value.shape == parameter.value.shape else {
                throw SpamError.damagedModel("'\(name)' has shape \(value.shape), not \(parameter.value.shape)")
            }
            return value
        }
        for ((_, parameter), value) in zip(parameters, values) { parameter.value = value }
    }
}

import ApusCore

/// Named parameters in safetensors files.
enum Weights {
    /// Names in files that are not weights: optimizer state and the like.
    static let reserved = "apus."

    static func add(_ parameters: [(name: String, parameter: Parameter)], to writer: inout SafetensorsWriter) throws {
        var names: Set<String> = []
        for (name, parameter) in parameters {
            guard names.insert(name).inserted else { throw ModelError.duplicateName(name) }
            guard !name.hasPrefix(reserved) else { throw SerializationError.reservedKey(name) }
            writer.add(parameter.value, named: name)
        }
    }

    /// Reads a value for every parameter.
    /// - Throws: unless the file has exactly these names, each with its shape. Nothing is changed.
    static func read(
        _ parameters: [(name: String, parameter: Parameter)], from reader: SafetensorsReader
    ) throws -> [Tensor<Float>] {
        // All that can be wrong is found before a byte of data is read.
        let names = Set(parameters.map(\.name))
        for (name, parameter) in parameters {
            guard let entry = reader.entry(named: name) else {
                throw SerializationError.missing(file: reader.path, parameter: name)
            }
            guard entry.shape == parameter.value.shape else {
                throw SerializationError.shape(
                    file: reader.path, parameter: name, expected: parameter.value.shape, found: entry.shape)
            }
        }
        for entry in reader.entries where !names.contains(entry.name) && !entry.name.hasPrefix(reserved) {
            throw SerializationError.unexpected(
                file: reader.path, parameter: entry.name, available: parameters.map(\.name))
        }
        return try parameters.map { try reader.tensor(named: $0.name) }
    }

    static func load(_ parameters: [(name: String, parameter: Parameter)], from reader: SafetensorsReader) throws {
        let values = try read(parameters, from: reader)
        for (item, value) in zip(parameters, values) { item.parameter.value = value }
    }

    static func save(_ parameters: [(name: String, parameter: Parameter)], to path: String) throws {
        var writer = SafetensorsWriter()
        try add(parameters, to: &writer)
        try writer.write(to: path)
    }

    static func load(_ parameters: [(name: String, parameter: Parameter)], from path: String) throws {
        try load(parameters, from: SafetensorsReader(path: path))
    }
}

extension Model {
    /// Writes weights and states, by name, as one safetensors file.
    /// - Throws: `FileError`; the file is then as it was.
    public func saveWeights(to path: String) throws { try Weights.save(namedParameters, to: path) }

    /// Reads weights and states from a file that has exactly the model's names and shapes: one of
    /// ``saveWeights(to:)``, a saved model, a training checkpoint.
    /// - Throws: ``SerializationError``, `SafetensorsError`, `FileError`; the model is then as it was.
    public func loadWeights(from path: String) throws { try Weights.load(namedParameters, from: path) }
}

extension Sequential {
    /// Writes weights and states, by name, as one safetensors file.
    /// - Throws: `FileError`; the file is then as it was.
    public func saveWeights(to path: String) throws { try Weights.save(namedParameters, to: path) }

    /// Reads weights and states from a file that has exactly the model's names and shapes: one of
    /// ``saveWeights(to:)``, a saved model, a training checkpoint.
    /// - Throws: ``SerializationError``, `SafetensorsError`, `FileError`; the model is then as it was.
    public func loadWeights(from path: String) throws { try Weights.load(namedParameters, from: path) }
}

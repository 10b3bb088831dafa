import ApusCore

extension Sequential {
    /// Writes structure, weights and states as one safetensors file.
    ///
    /// The structure is JSON under `__metadata__["apus.architecture"]`: kinds, names and settings, nothing
    /// that runs.
    /// - Parameters:
    ///   - path: where to.
    ///   - extra: strings that go with the model, such as a vocabulary; their keys must not begin with `apus.`.
    /// - Throws: `FileError`; the file is then as it was. ``SerializationError/reservedKey(_:)``.
    public func save(to path: String, extra: [String: String] = [:]) throws {
        if let key = extra.keys.first(where: { $0.hasPrefix(Weights.reserved) }) {
            throw SerializationError.reservedKey(key)
        }
        var metadata = extra
        metadata[Architecture.key] = try Architecture(
            name: name, inputName: inputName, inputShape: inputShape.dimensions,
            inputElement: InputScalar.safetensorsName, seed: seed, layers: layers,
            kinds: zip(layers, [inputShape] + outputShapes).map { $0.kind(for: $1) }
        ).json()
        var writer = SafetensorsWriter(metadata: metadata)
        try Weights.add(namedParameters, to: &writer)
        try writer.write(to: path)
    }

    /// A saved model.
    /// - Throws: ``SerializationError``, ``ModelError``, `SafetensorsError`, `FileError`.
    public static func load(from path: String) throws -> Sequential { try loadWithExtra(from: path).model }

    /// A saved model and the strings that were saved with it.
    /// - Throws: ``SerializationError``, ``ModelError``, `SafetensorsError`, `FileError`.
    public static func loadWithExtra(from path: String) throws -> (model: Sequential, extra: [String: String]) {
        let reader = try SafetensorsReader(path: path)
        guard let json = reader.metadata[Architecture.key] else {
            throw SerializationError.notAModel(file: path, reason: "there is no '\(Architecture.key)' in its metadata")
        }
        let architecture = try Architecture(json: json, file: path)
        guard architecture.inputElement == InputScalar.safetensorsName else {
            throw SerializationError.inputElements(
                file: path, expected: InputScalar.safetensorsName, found: architecture.inputElement)
        }
        try architecture.check(against: reader)
        let model = try Sequential(
            input: Shape(architecture.inputShape), seed: architecture.seed, layers: architecture.layers)
        model.name = architecture.name
        model.inputName = architecture.inputName
        try Weights.load(model.namedParameters, from: reader)
        return (model, reader.metadata.filter { !$0.key.hasPrefix(Weights.reserved) })
    }
}

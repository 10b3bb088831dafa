import ApusCore

/// The shapes that a layer's parameters will have, from settings alone.
///
/// A file's settings may ask for more memory than there is. The shapes that they ask for are compared with
/// those of the file's tensors, which cannot be larger than the file, before anything is built.
protocol ParameterShapes {
    /// In the order of `parameters`, for an input that the layer's `outputShape` has accepted.
    func parameterShapes(for input: Shape) -> [[Int]]
}

extension Dense: ParameterShapes {
    func parameterShapes(for input: Shape) -> [[Int]] {
        let units = configuration.units
        return configuration.useBias ? [[input.last ?? 0, units], [units]] : [[input.last ?? 0, units]]
    }
}

extension Conv1D: ParameterShapes {
    func parameterShapes(for input: Shape) -> [[Int]] {
        let filters = configuration.filters
        let kernel = [configuration.kernelSize, input.last ?? 0, filters]
        return configuration.useBias ? [kernel, [filters]] : [kernel]
    }
}

extension Conv2D: ParameterShapes {
    func parameterShapes(for input: Shape) -> [[Int]] {
        let filters = configuration.filters
        let kernel = [configuration.kernelHeight, configuration.kernelWidth, input.last ?? 0, filters]
        return configuration.useBias ? [kernel, [filters]] : [kernel]
    }
}

extension PrimaryCaps: ParameterShapes {
    func parameterShapes(for input: Shape) -> [[Int]] {
        let filters = configuration.channels * configuration.dimension
        return [[configuration.kernelSize, configuration.kernelSize, input.last ?? 0, filters], [filters]]
    }
}

extension CapsuleLayer: ParameterShapes {
    func parameterShapes(for input: Shape) -> [[Int]] {
        [input.dimensions + [configuration.capsules, configuration.dimension]]
    }
}

extension Embedding: ParameterShapes {
    func parameterShapes(for input: Shape) -> [[Int]] { [[configuration.vocabulary, configuration.width]] }
}

extension BatchNormalization: ParameterShapes {
    func parameterShapes(for input: Shape) -> [[Int]] {
        Array(repeating: [input.last ?? 0], count: parameters.count)
    }
}

extension Architecture {
    /// The most elements that one item may have after any layer of a file's model.
    static let maximumItem = 1 << 40

    /// Refuses settings that ask for other parameters than the file has, or for absurd items.
    /// - Throws: ``SerializationError``, ``ModelError``.
    func check(against reader: SafetensorsReader) throws {
        var shape = try item(inputShape, layer: "input", kind: "input", file: reader.path)
        for layer in layers {
            let kind = type(of: layer).kind
            let input = shape
            let output = try layer.outputShape(for: input)
            if let shaped = layer as? any ParameterShapes {
                for (parameter, expected) in zip(layer.parameters, shaped.parameterShapes(for: input)) {
                    let name = "\(layer.name)/\(parameter.name)"
                    guard let entry = reader.entry(named: name) else {
                        throw SerializationError.missing(file: reader.path, parameter: name)
                    }
                    guard entry.shape.dimensions == expected else {
                        throw SerializationError.configuration(
                            file: reader.path, layer: layer.name, kind: kind,
                            reason: "'\(parameter.name)' would have shape \(expected), but the file's has \(entry.shape)")
                    }
                }
            }
            shape = try item(output.dimensions, layer: layer.name, kind: kind, file: reader.path)
        }
    }

    private func item(_ sizes: [Int], layer: String, kind: String, file: String) throws -> Shape {
        func bad(_ reason: String) -> SerializationError {
            .configuration(file: file, layer: layer, kind: kind, reason: "items of shape \(sizes): \(reason)")
        }
        // One dimension is left for the batch.
        guard sizes.count < Shape.maximumRank else { throw bad("too many dimensions") }
        guard sizes.allSatisfy({ $0 >= 0 }) else { throw bad("a negative size") }
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(1, size))
            guard !overflow, product <= Architecture.maximumItem else { throw bad("too large") }
            count = product
        }
        return Shape(sizes)
    }
}

import ApusCore

/// A layer as a file has it.
struct StoredLayer {
    struct Weight {
        let name: String
        let dataset: StoredDataset
    }

    /// The name that its maker gave it.
    let name: String
    /// The name that follows from its kind, `conv2d_1`: what Keras 3 finds it by. Nil in older files.
    let ordinalName: String?
    let weights: [Weight]
}

/// What a file holds: every layer with weights.
struct StoredModel {
    let layers: [StoredLayer]

    /// Reads the structure of a file, in whichever of Keras' layouts it is.
    /// - Throws: ``KerasError``.
    init(_ root: some StoredGroup, file: String) throws {
        do {
            // A saved model has its weights one level down, beside its structure.
            if let inner = try root.group("model_weights") {
                layers = try Self.named(inner, file: file)
            } else if try root.longList("layer_names") != nil {
                layers = try Self.named(root, file: file)
            } else if let container = try root.group("layers") ?? root.group("_layer_checkpoint_dependencies") {
                layers = try Self.ordinal(container, file: file, depth: 0)
            } else {
                throw KerasError.noWeights(
                    file: file, reason: "neither 'layer_names' nor 'layers' is in it, only \(try root.names())")
            }
        } catch let failure as HDF5Failure {
            throw KerasError.file(file, reason: failure.reason)
        }
    }

    /// Keras 1 and 2: the attribute `layer_names` lists groups, whose `weight_names` list data sets.
    private static func named(_ group: some StoredGroup, file: String) throws -> [StoredLayer] {
        guard let names = try group.longList("layer_names") else {
            throw KerasError.noWeights(file: file, reason: "the attribute 'layer_names' is missing")
        }
        var layers: [StoredLayer] = []
        for name in names {
            func damaged(_ weight: String, _ reason: String) -> KerasError {
                .damaged(file: file, layer: name, weight: weight, reason: reason)
            }
            do {
                guard let stored = try group.group(name) else { throw damaged("", "listed, but not in the file") }
                guard let weightNames = try stored.longList("weight_names") else {
                    throw damaged("", "the attribute 'weight_names' is missing")
                }
                if weightNames.isEmpty { continue }
                let weights = try weightNames.map { weight in
                    do {
                        guard let dataset = try stored.dataset(weight) else {
                            throw damaged(weight, "listed, but not in the file")
                        }
                        return StoredLayer.Weight(name: weight, dataset: dataset)
                    } catch let failure as HDF5Failure {
                        throw damaged(weight, failure.reason)
                    }
                }
                layers.append(StoredLayer(name: name, ordinalName: nil, weights: weights))
            } catch let failure as HDF5Failure {
                throw damaged("", failure.reason)
            }
        }
        return layers
    }

    /// Keras 3: a group a layer, named by its kind and number; in it `vars` with data sets 0, 1, … and the layer's
    /// name. A model used as a layer has `layers` of its own.
    private static func ordinal(_ container: some StoredGroup, file: String, depth: Int) throws -> [StoredLayer] {
        guard depth < 16 else { throw HDF5Failure(reason: "models within models, more than 16 deep") }
        var layers: [StoredLayer] = []
        for ordinal in try container.names() {
            guard let group = try container.group(ordinal) else { continue }
            if let vars = try group.group("vars") {
                let name = try vars.strings("name")?.first ?? ordinal
                var weights: [StoredLayer.Weight] = []
                do {
                    while let dataset = try vars.dataset("\(weights.count)") {
                        weights.append(StoredLayer.Weight(name: "\(weights.count)", dataset: dataset))
                    }
                } catch let failure as HDF5Failure {
                    throw KerasError.damaged(file: file, layer: name, weight: "\(weights.count)", reason: failure.reason)
                }
                if !weights.isEmpty {
                    // Only the outermost container's numbers are those of the model's own layers.
                    layers.append(StoredLayer(name: name, ordinalName: depth == 0 ? ordinal : nil, weights: weights))
                }
            }
            if let inner = try group.group("layers") {
                layers += try Self.ordinal(inner, file: file, depth: depth + 1)
            }
        }
        return layers
    }
}

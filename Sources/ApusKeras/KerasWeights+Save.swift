import ApusCore
import ApusNN
import CHDF5

/// A layout of weight files.
public enum KerasFormat: Sendable, Hashable {
    /// Keras 3: `model.load_weights` wants the file's name to end in `.weights.h5`.
    case keras3
    /// Keras 1 and 2, and Keras 3 where the name ends in `.h5` alone; layers can be found by name in it.
    case keras2
}

extension KerasWeights {
    /// Writes the weights of layers; see ``ApusNN/Sequential/saveKerasWeights(to:format:)``.
    public static func save(_ layers: [any Layer], to path: String, format: KerasFormat = .keras3) throws {
        for layer in layers where layer.name.isEmpty || layer.name.contains("/") || layer.name.contains("\0") {
            throw KerasError.cannotWrite(file: path, layer: layer.name, reason: "its name cannot name a group")
        }
        try AtomicFile.replaceFile(at: path) { temporary in
            try HDF5.exclusively {
                do {
                    let root = try HDF5Writer(creating: temporary)
                    switch format {
                    case .keras3: try writeOrdinal(layers, to: root, file: path)
                    case .keras2: try writeNamed(layers, to: root, file: path)
                    }
                    try root.finish()
                } catch let failure as HDF5Failure {
                    throw KerasError.cannotWrite(file: path, layer: "", reason: failure.reason)
                }
            }
        }
    }

    private static func writeOrdinal(_ layers: [any Layer], to root: HDF5Writer, file: String) throws {
        let container = try root.group("layers")
        var names = OrdinalNames()
        for layer in layers {
            let ordinal = names.next(for: layer)
            if layer.parameters.isEmpty { continue }
            do {
                let vars = try container.group(ordinal).group("vars")
                try vars.set("name", to: layer.name)
                for (number, parameter) in layer.parameters.enumerated() {
                    try vars.write(parameter.value, named: "\(number)")
                }
            } catch let failure as HDF5Failure {
                throw KerasError.cannotWrite(file: file, layer: layer.name, reason: failure.reason)
            }
        }
    }

    private static func writeNamed(_ layers: [any Layer], to root: HDF5Writer, file: String) throws {
        try root.set("backend", to: "tensorflow")
        // The last version whose own layout this is.
        try root.set("keras_version", to: "2.15.0")
        try root.set("layer_names", to: layers.map(\.name))
        for layer in layers {
            do {
                try writeNamed(layer, to: root.group(layer.name))
            } catch let failure as HDF5Failure {
                throw KerasError.cannotWrite(file: file, layer: layer.name, reason: failure.reason)
            }
        }
    }

    private static func writeNamed(_ layer: any Layer, to group: HDF5Writer) throws {
        let parameters = layer.parameters
        try group.set("weight_names", to: parameters.map { "\(layer.name)/\($0.name):0" })
        if parameters.isEmpty { return }
        let inner = try group.group(layer.name)
        for parameter in parameters { try inner.write(parameter.value, named: "\(parameter.name):0") }
    }
}

import ApusCore
import Foundation

/// The structure of a ``Sequential``, as it stands in `__metadata__["apus.architecture"]`.
struct Architecture {
    static let key = "apus.architecture"
    static let format = 1

    var name: String
    /// The name of the input's row in the summary, if it has one.
    var inputName: String?
    var inputShape: [Int]
    var inputElement: String
    var seed: UInt64
    var layers: [any Layer]
    /// The kinds as the layers' inputs make them; empty when read.
    var kinds: [String] = []

    private enum Key: String, CodingKey { case format, name, inputName, inputShape, inputElement, seed, layers }
    private enum LayerKey: String, CodingKey { case kind, name, trainable, configuration }

    func json() throws -> String {
        let encoder = JSONEncoder()
        // The same model gives the same bytes.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Writing(architecture: self)), as: UTF8.self)
    }

    init(
        name: String, inputName: String?, inputShape: [Int], inputElement: String, seed: UInt64, layers: [any Layer],
        kinds: [String] = []
    ) {
        self.name = name
        self.inputName = inputName
        self.inputShape = inputShape
        self.inputElement = inputElement
        self.seed = seed
        self.layers = layers
        self.kinds = kinds
    }

    /// - Throws: ``SerializationError``.
    init(json: String, file: String) throws {
        let decoder = JSONDecoder()
        decoder.userInfo[Reading.file] = file
        do {
            self = try decoder.decode(Reading.self, from: Data(json.utf8)).architecture
        } catch let error as DecodingError {
            throw SerializationError.notAModel(file: file, reason: reason(error))
        }
    }

    private struct Writing: Encodable {
        let architecture: Architecture

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(Architecture.format, forKey: .format)
            try container.encode(architecture.name, forKey: .name)
            try container.encodeIfPresent(architecture.inputName, forKey: .inputName)
            try container.encode(architecture.inputShape, forKey: .inputShape)
            try container.encode(architecture.inputElement, forKey: .inputElement)
            try container.encode(architecture.seed, forKey: .seed)
            var list = container.nestedUnkeyedContainer(forKey: .layers)
            for (layer, kind) in zip(architecture.layers, architecture.kinds) {
                var item = list.nestedContainer(keyedBy: LayerKey.self)
                try item.encode(kind, forKey: .kind)
                try item.encode(layer.name, forKey: .name)
                try item.encode(layer.isTrainable, forKey: .trainable)
                try item.encode(layer.configuration, forKey: .configuration)
            }
        }
    }

    private struct Reading: Decodable {
        static let file = CodingUserInfoKey(rawValue: "apus.file")!
        let architecture: Architecture

        init(from decoder: any Decoder) throws {
            let file = decoder.userInfo[Reading.file] as? String ?? ""
            let container = try decoder.container(keyedBy: Key.self)
            let format = try container.decode(Int.self, forKey: .format)
            guard format == Architecture.format else {
                throw SerializationError.notAModel(
                    file: file, reason: "format \(format); this version reads \(Architecture.format)")
            }
            var layers: [any Layer] = []
            var list = try container.nestedUnkeyedContainer(forKey: .layers)
            while !list.isAtEnd {
                let item = try list.nestedContainer(keyedBy: LayerKey.self)
                let kind = try item.decode(String.self, forKey: .kind)
                let name = try item.decode(String.self, forKey: .name)
                guard let type = LayerRegistry.layer(ofKind: kind) else {
                    throw SerializationError.unknownKind(file: file, layer: name, kind: kind)
                }
                func make<L: Layer>(_: L.Type) throws -> any Layer {
                    do {
                        _ = try item.decode(BoundedSettings.self, forKey: .configuration)
                        return L(try item.decode(L.Configuration.self, forKey: .configuration))
                    } catch let error as DecodingError {
                        throw SerializationError.configuration(
                            file: file, layer: name, kind: kind, reason: reason(error))
                    }
                }
                let layer = try make(type)
                layer.name = name
                layer.isTrainable = try item.decode(Bool.self, forKey: .trainable)
                layers.append(layer)
            }
            architecture = Architecture(
                name: try container.decode(String.self, forKey: .name),
                inputName: try container.decodeIfPresent(String.self, forKey: .inputName),
                inputShape: try container.decode([Int].self, forKey: .inputShape),
                inputElement: try container.decode(String.self, forKey: .inputElement),
                seed: try container.decode(UInt64.self, forKey: .seed), layers: layers)
        }
    }
}

/// Settings of any shape whose numbers are small enough to be multiplied in pairs without overflow.
private struct BoundedSettings: Decodable {
    static let limit = 2147483648.0

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: AnyKey.self) {
            for key in object.allKeys { _ = try object.decode(BoundedSettings.self, forKey: key) }
        } else if var list = try? decoder.unkeyedContainer() {
            while !list.isAtEnd { _ = try list.decode(BoundedSettings.self) }
        } else {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Double.self), abs(number) > BoundedSettings.limit {
                throw DecodingError.dataCorruptedError(in: value, debugDescription: "the number \(number) is too large")
            }
        }
    }
}

/// What is wrong with JSON, in a line.
func reason(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
    switch error {
    case let .typeMismatch(_, context), let .valueNotFound(_, context), let .dataCorrupted(context):
        return place(context)
    case let .keyNotFound(key, context): return "\(place(context)) ('\(key.stringValue)')"
    @unknown default: return "\(error)"
    }
}

import ApusCore
import ApusNN
import Foundation
import Testing

/// A case of layers.json: see make_layer_fixtures.py for the schema.
struct LayerFixture: Decodable {
    struct Values: Decodable {
        var shape: [Int]
        var values: [Double]
    }

    struct Settings: Decodable {
        var units: Int?
        var useBias: Bool?
        var activation: String?
        var alpha: Float?
        var filters: Int?
        var kernelSize: [Int]?
        var strides: [Int]?
        var dilationRate: [Int]?
        var padding: String?
        var poolSize: [Int]?
        var inputDim: Int?
        var outputDim: Int?
        var epsilon: Float?
        var momentum: Float?

        enum CodingKeys: String, CodingKey {
            case units, activation, alpha, filters, strides, padding, epsilon, momentum
            case useBias = "use_bias"
            case kernelSize = "kernel_size"
            case dilationRate = "dilation_rate"
            case poolSize = "pool_size"
            case inputDim = "input_dim"
            case outputDim = "output_dim"
        }
    }

    var name: String
    var layer: String
    var config: Settings
    var training: Bool
    var inputShape: [Int]
    var input: [Double]
    var parameters: [String: Values]
    var outputShape: [Int]
    var output: [Double]
    var outputGradient: [Double]
    var inputGradient: [Double]?
    var parameterGradients: [String: Values]
    var stateAfter: [String: Values]

    enum CodingKeys: String, CodingKey {
        case name, layer, config, training, input, parameters, output
        case inputShape = "input_shape"
        case outputShape = "output_shape"
        case outputGradient = "output_gradient"
        case inputGradient = "input_gradient"
        case parameterGradients = "parameter_gradients"
        case stateAfter = "state_after"
    }

    static func all() throws -> [LayerFixture] {
        struct File: Decodable { var layers: [LayerFixture] }
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: fixtureURL("layers.json"))).layers
    }

    /// The layer that the case describes, not yet built.
    func makeLayer() throws -> any Layer {
        let padding = try config.padding.map { try #require(Padding(rawValue: $0)) } ?? .valid
        let activation = try makeActivation()
        let useBias = config.useBias ?? true
        switch layer {
        case "Dense":
            return Dense(try #require(config.units), activation: activation, useBias: useBias)
        case "Activation":
            return ActivationLayer(activation)
        case "Conv1D":
            return Conv1D(
                try #require(config.filters), kernelSize: try first(config.kernelSize), stride: try first(config.strides),
                padding: padding, dilation: try first(config.dilationRate), activation: activation, useBias: useBias)
        case "Conv2D":
            return Conv2D(
                try #require(config.filters), kernelSize: try pair(config.kernelSize), strides: try pair(config.strides),
                padding: padding, dilation: try pair(config.dilationRate), activation: activation, useBias: useBias)
        case "MaxPooling1D":
            return MaxPool1D(try first(config.poolSize), stride: try first(config.strides), padding: padding)
        case "AveragePooling1D":
            return AveragePool1D(try first(config.poolSize), stride: try first(config.strides), padding: padding)
        case "MaxPooling2D":
            return MaxPool2D(try pair(config.poolSize), strides: try pair(config.strides), padding: padding)
        case "AveragePooling2D":
            return AveragePool2D(try pair(config.poolSize), strides: try pair(config.strides), padding: padding)
        case "GlobalMaxPooling1D", "GlobalMaxPooling2D":
            return GlobalMaxPool()
        case "GlobalAveragePooling1D", "GlobalAveragePooling2D":
            return GlobalAveragePool()
        case "Embedding":
            return Embedding(vocabulary: try #require(config.inputDim), width: try #require(config.outputDim))
        case "BatchNormalization":
            return BatchNormalization(
                momentum: try #require(config.momentum), epsilon: try #require(config.epsilon))
        default:
            throw UnknownLayer(name: layer)
        }
    }

    struct UnknownLayer: Error { var name: String }

    private func makeActivation() throws -> Activation {
        let alpha = config.alpha ?? 0
        switch config.activation ?? "linear" {
        case "leaky_relu": return .leakyReLU(slope: alpha)
        case "elu": return .elu(alpha: alpha)
        case let plain:
            let known: [Activation] = [.linear, .relu, .sigmoid, .tanh, .softplus, .gelu, .silu, .softmax]
            return try #require(known.first { $0.name == plain })
        }
    }

    private func first(_ sizes: [Int]?) throws -> Int { try #require(sizes)[0] }
    private func pair(_ sizes: [Int]?) throws -> (Int, Int) {
        let sizes = try #require(sizes)
        return (sizes[0], sizes[1])
    }
}

/// A file of the folder Fixtures beside the tests.
func fixtureURL(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures").appendingPathComponent(name)
}

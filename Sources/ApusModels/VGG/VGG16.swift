import ApusCore
import ApusNN

/// What follows VGG16's last pooling when its dense layers are left out.
public enum VGGPooling: String, Sendable, CaseIterable {
    /// Nothing: the output is the last block's, `[height / 32, width / 32, 512]`.
    case none
    /// The mean of each channel: `[512]`.
    case average
    /// The largest value of each channel: `[512]`.
    case maximum
}

/// The 16-layer network D of Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
/// Recognition" (2015), layer for layer as Keras has it, so that its weight files fit by name.
///
/// ```swift
/// let model = try vgg16(classes: 1000)        // 138,357,544 parameters
/// try model.removeLast()
/// try model.append(Dense(2, activation: .softmax).named("predictions"))
/// model.freeze(first: model.layers.count - 1)
/// ```
///
/// Pictures are `[height, width, 3]`, blue, green, red, each less its mean over ImageNet (103.939, 116.779,
/// 123.68), where weights trained by Keras or Caffe are to be used.
/// - Parameters:
///   - input: the shape of one picture. With the dense layers on top, weights trained at 224 × 224 fit only that.
///   - classes: how many outputs the softmax has.
///   - includeTop: whether the three dense layers (`fc1`, `fc2`, `predictions`) are there.
///   - pooling: without them, what becomes of the last block's output.
///   - seed: fixes the first weights.
/// - Throws: `ModelError` for a picture that five poolings leave nothing of, or a number of classes below one.
public func vgg16(
    input: Shape = [224, 224, 3], classes: Int = 1000, includeTop: Bool = true, pooling: VGGPooling = .none,
    seed: UInt64 = 0
) throws -> Sequential<Float> {
    let model = try vggBlocks(input: input, blocks: [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], seed: seed)
    model.name = "vgg16"
    if includeTop {
        try model.append(Flatten())
        try model.append(Dense(4096, activation: .relu).named("fc1"))
        try model.append(Dense(4096, activation: .relu).named("fc2"))
        try model.append(Dense(classes, activation: .softmax).named("predictions"))
    } else {
        switch pooling {
        case .none: break
        case .average: try model.append(GlobalAveragePool())
        case .maximum: try model.append(GlobalMaxPool())
        }
    }
    return model
}

/// Blocks of 3 × 3 convolutions, each block ending in a 2 × 2 pooling that halves the picture: what all networks
/// of VGG's family begin with. Layers are named `block1_conv1` … `block1_pool`, as in Keras.
/// - Parameters:
///   - input: the shape of one picture, `[height, width, channels]`.
///   - blocks: each block's filters, and how many convolutions it has.
///   - normalized: whether each convolution is followed by batch normalization, before its ReLU.
///   - seed: fixes the first weights.
/// - Throws: `ModelError` for a picture that the poolings leave nothing of.
public func vggBlocks(
    input: Shape, blocks: [(filters: Int, convolutions: Int)], normalized: Bool = false, seed: UInt64 = 0
) throws -> Sequential<Float> {
    let model = try Sequential<Float>(input: input, seed: seed, layers: [])
    model.inputName = "input_layer"
    for (number, block) in blocks.enumerated() {
        let name = "block\(number + 1)"
        for convolution in 1...max(1, block.convolutions) {
            let stem = "\(name)_conv\(convolution)"
            // Keras begins with Glorot's; without normalization, He's keeps a deep stack of ReLUs alive.
            try model.append(
                Conv2D(
                    block.filters, kernelSize: 3, padding: .same, activation: normalized ? .linear : .relu,
                    useBias: !normalized, kernelInitializer: .heNormal
                ).named(stem))
            if normalized {
                // A few hundred steps must do for the statistics to follow the weights.
                try model.append(BatchNormalization(momentum: 0.9).named("\(stem)_bn"))
                try model.append(ActivationLayer(.relu).named("\(stem)_relu"))
            }
        }
        try model.append(MaxPool2D().named("\(name)_pool"))
    }
    return model
}

import ApusCore

extension CapsNet {
    /// Numbers that grow to the largest batch and stay, so that a step allocates nothing.
    struct Numbers {
        private var buffer = AlignedBuffer(byteCount: 0)
        private var count = 0

        mutating func reserve(_ wanted: Int) {
            guard wanted > count else { return }
            buffer = AlignedBuffer(byteCount: wanted * MemoryLayout<Float>.stride)
            count = wanted
        }

        /// The first of them under a shape; good until more are reserved.
        func view(_ shape: Shape) -> MutableTensorView<Float> {
            precondition(shape.elementCount <= count, "\(shape) of \(count) numbers")
            return MutableTensorView(pointer: buffer.baseAddress.assumingMemoryBound(to: Float.self), shape: shape)
        }
    }

    /// What a step needs between the encoder and the decoder.
    struct Memory {
        /// `[batch, classes]` each: lengths, 1 for the classes that are there, and the loss' gradient.
        var lengths = Numbers(), targets = Numbers(), slopes = Numbers()
        /// `[batch · digits, classes, dimension]`: an image's capsules once for each digit.
        var repeated = Numbers()

        mutating func reserve(batch: Int, digits: Int, _ settings: Settings) {
            lengths.reserve(batch * settings.classes)
            targets.reserve(batch * settings.classes)
            slopes.reserve(batch * settings.classes)
            repeated.reserve(batch * digits * settings.classes * settings.dimension)
        }
    }
}

import ApusCore
import ApusNN

extension CapsNet {
    /// Images, which digits they show, and what is to be reconstructed of each digit.
    public struct Batch {
        /// `[batch, height, width, 1]`, 0 … 1.
        public var images: TensorView<Float>
        /// `[batch, digits]`; the digits of an image differ.
        public var labels: TensorView<Int32>
        /// `[batch, digits, height · width]`: each digit alone.
        public var targets: TensorView<Float>

        /// A batch; good for the call that it is given to.
        public init(images: TensorView<Float>, labels: TensorView<Int32>, targets: TensorView<Float>) {
            (self.images, self.labels, self.targets) = (images, labels, targets)
        }
    }
}

extension CapsNet.Batch {
    /// The number of digits of each image, once the labels have been looked through.
    func digitCount(classes: Int) throws -> Int {
        let count = images.shape.first ?? 0
        guard labels.shape.rank == 2, labels.shape[0] == count else {
            throw ModelError.itemCount(what: "labels", expected: count, found: labels.shape.first ?? 0)
        }
        let digits = labels.shape[1]
        guard (1...classes).contains(digits) else { throw CapsNetError.digits(digits, classes: classes) }
        for label in labels.buffer where label < 0 || Int(label) >= classes {
            throw CapsNetError.label(Int(label), classes: classes)
        }
        return digits
    }

    /// `[batch, classes]`: 1 for the classes that are there, else 0.
    func fillTargets(_ targets: MutableTensorView<Float>) {
        let digits = labels.shape[1], classes = targets.shape[1]
        targets.buffer.update(repeating: 0)
        for (place, label) in labels.buffer.enumerated() { targets.buffer[place / digits * classes + Int(label)] = 1 }
    }

    /// How many images show just the classes that were found in them.
    func countFound(_ found: [[Int]]) -> Double {
        let digits = labels.shape[1]
        return Double(
            found.enumerated().filter { item, classes in
                Set(classes) == Set((0..<digits).map { Int(labels.buffer[item * digits + $0]) })
            }.count)
    }
}

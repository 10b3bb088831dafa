import ApusCore

/// How a picture's class becomes a target.
public struct LabelEncoding<Target: TensorScalar>: Sendable {
    /// The shape of a target, from the number of classes.
    let shape: @Sendable (_ classes: Int) -> Shape
    /// Writes a target.
    let write: @Sendable (_ label: Int?, UnsafeMutableBufferPointer<Target>) -> Void
}

extension LabelEncoding where Target == Int32 {
    /// The class' number, for `SparseCategoricalCrossEntropy`; −1, which that refuses, for a picture without a class.
    public static var number: LabelEncoding {
        LabelEncoding(shape: { _ in [] }) { label, target in target[0] = Int32(label ?? -1) }
    }
}

extension LabelEncoding where Target == Float {
    /// 1 at the class' place and 0 elsewhere, for `CategoricalCrossEntropy`; NaN for a picture without a class.
    public static var oneHot: LabelEncoding {
        LabelEncoding(shape: { [$0] }) { label, target in
            target.update(repeating: label == nil ? .nan : 0)
            if let label { target[label] = 1 }
        }
    }

    /// 0 for the first class, 1 for any other, for `BinaryCrossEntropy`; NaN for a picture without a class.
    public static var binary: LabelEncoding {
        LabelEncoding(shape: { _ in [1] }) { label, target in target[0] = label.map { $0 == 0 ? 0 : 1 } ?? .nan }
    }
}

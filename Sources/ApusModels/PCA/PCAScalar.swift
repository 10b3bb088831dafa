import ApusCore

/// The numbers that principal components are computed in: `Float` and `Double`; no other type may conform.
public protocol PCAScalar: TensorScalar, BinaryFloatingPoint {
    /// The C kernels of this type.
    static var pcaKernels: PCAKernels<Self> { get }
}

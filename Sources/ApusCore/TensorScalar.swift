/// What a tensor can be made of.
///
/// Conformed to by `Float`, `Double`, `Int32`, `Int64` and `UInt8`; their bits are all that is stored,
/// so no other type may conform.
public protocol TensorScalar: BitwiseCopyable, Hashable, Sendable, Numeric {
    /// The name that safetensors files use: `F32`, `F64`, `I32`, `I64`, `U8`.
    static var safetensorsName: String { get }
}

extension Float: TensorScalar { public static var safetensorsName: String { "F32" } }
extension Double: TensorScalar { public static var safetensorsName: String { "F64" } }
extension Int32: TensorScalar { public static var safetensorsName: String { "I32" } }
extension Int64: TensorScalar { public static var safetensorsName: String { "I64" } }
extension UInt8: TensorScalar { public static var safetensorsName: String { "U8" } }

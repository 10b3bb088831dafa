#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// 1 / (1 + e⁻ˣ), for the few numbers that no kernel is called on.
func sigmoid(_ x: Float) -> Float { Float(1 / (1 + exp(-Double(x)))) }

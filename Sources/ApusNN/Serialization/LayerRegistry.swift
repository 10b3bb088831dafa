import Foundation

/// The kinds of layers that model files may name. A file cannot bring code of its own: what is not
/// registered is refused.
public enum LayerRegistry {
    // Guarded by the lock. Metatypes are not Sendable in themselves, but these are types of this program.
    nonisolated(unsafe) private static var kinds: [String: any Layer.Type] = Dictionary(
        uniqueKeysWithValues: standard.map { ($0.kind, $0) }
            + GlobalAveragePool.kinds.map { ($0, GlobalAveragePool.self) } + GlobalMaxPool.kinds.map { ($0, GlobalMaxPool.self) })
    private static let lock = NSLock()

    private static var standard: [any Layer.Type] {
        [
            ActivationLayer.self, AveragePool1D.self, AveragePool2D.self, BatchNormalization.self, CapsuleLayer.self,
            Conv1D.self, Conv2D.self, Dense.self, Dropout.self, Embedding.self, Flatten.self, Length.self, Mask.self,
            MaxPool1D.self, MaxPool2D.self, PrimaryCaps.self, Reshape.self, ZeroPadding2D.self,
        ]
    }

    /// Lets files name layers of a kind of your own; call it before loading them.
    ///
    /// A layer from a file must refuse, in its `outputShape`, settings that make no sense, however large.
    /// - Precondition: no other kind has its name.
    public static func register<L: Layer>(_ layer: L.Type) {
        lock.withLock {
            if let other = kinds[L.kind] {
                precondition(other == layer, "two kinds of layers are named '\(L.kind)': \(other) and \(layer)")
            }
            kinds[L.kind] = layer
        }
    }

    /// The registered names, sorted.
    public static var names: [String] { lock.withLock { kinds.keys.sorted() } }

    static func layer(ofKind kind: String) -> (any Layer.Type)? { lock.withLock { kinds[kind] } }
}

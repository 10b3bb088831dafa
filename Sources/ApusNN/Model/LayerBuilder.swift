import ApusCore

/// Layers in a row, the first of which reads `InputScalar` elements: what a ``LayerBuilder`` builds.
public struct LayerChain<InputScalar: TensorScalar> {
    var layers: [any Layer]
}

/// Builds a row of layers from a closure that lists them, with `if`, `switch` and `for`.
///
/// That neighbours fit in the type of their elements is checked by the compiler: a layer that reads
/// indices can only stand first.
@resultBuilder
public enum LayerBuilder {
    public static func buildExpression<L: Layer>(_ layer: L) -> LayerChain<L.InputScalar> {
        LayerChain(layers: [layer])
    }
    /// Layers made elsewhere, as a function's result.
    public static func buildExpression<S>(_ chain: LayerChain<S>) -> LayerChain<S> { chain }
    public static func buildPartialBlock<S>(first: LayerChain<S>) -> LayerChain<S> { first }
    public static func buildPartialBlock<S>(accumulated: LayerChain<S>, next: LayerChain<Float>) -> LayerChain<S> {
        LayerChain(layers: accumulated.layers + next.layers)
    }
    public static func buildOptional(_ chain: LayerChain<Float>?) -> LayerChain<Float> {
        chain ?? LayerChain(layers: [])
    }
    public static func buildEither<S>(first: LayerChain<S>) -> LayerChain<S> { first }
    public static func buildEither<S>(second: LayerChain<S>) -> LayerChain<S> { second }
    public static func buildArray(_ chains: [LayerChain<Float>]) -> LayerChain<Float> {
        LayerChain(layers: chains.flatMap(\.layers))
    }
    public static func buildLimitedAvailability<S>(_ chain: LayerChain<S>) -> LayerChain<S> { chain }
}

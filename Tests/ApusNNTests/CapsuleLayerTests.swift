import ApusCore
import ApusNN
import Testing

@Suite struct CapsuleLayerTests {
    @Test func couplingAddsUpToOne() throws {
        let layer = CapsuleLayer(capsules: 4, dimension: 5)
        _ = try Sequential<Float>(input: [20, 3], seed: 1, layers: [layer])
        var random = RandomStream(seed: 2)
        let u = try random.normal(standardDeviation: 4, shape: [3, 20, 3])
        let coupling = try layer.coupling(for: u)
        #expect(coupling.shape == [3, 20, 4])
        for row in 0..<60 {
            let sum = (0..<4).reduce(Float(0)) { $0 + coupling.scalars[row * 4 + $1] }
            #expect(abs(sum - 1) < 1e-5)
        }
        #expect(Set(coupling.scalars).count > 200, "agreement must move the coefficients")
        let uniform = CapsuleLayer(capsules: 4, dimension: 5, iterations: 1)
        _ = try Sequential<Float>(input: [20, 3], layers: [uniform])
        #expect(try uniform.coupling(for: u).scalars.allSatisfy { $0 == 0.25 })
        #expect(throws: ModelError.self) { try layer.coupling(for: Tensor(zeros: [3, 19, 3])) }
        #expect(throws: ModelError.self) { try CapsuleLayer(capsules: 2, dimension: 2).coupling(for: u) }
    }

    /// The gradient through the last iteration alone is another one, unless there is only one iteration.
    @Test func theGradientMayStopAtTheCoupling() throws {
        func gradient(_ iterations: Int, _ through: RoutingGradient) throws -> [Float] {
            let layer = CapsuleLayer(capsules: 3, dimension: 4, iterations: iterations, gradient: through)
            let model = try Sequential<Float>(input: [9, 4], seed: 3, layers: [layer])
            var random = RandomStream(seed: 4)
            layer.kernel.value = try random.normal(shape: layer.kernel.value.shape)
            let run = try model.trainingRun(
                random.normal(shape: [2, 9, 4]), outputGradient: random.normal(shape: [24]).scalars)
            return run.inputGradient
        }
        #expect(try gradient(3, .allIterations) != gradient(3, .lastIteration))
        let once = try (gradient(1, .allIterations), gradient(1, .lastIteration))
        #expect(once.0 == once.1)
    }

    /// 0.1 up to the paper's 1152 lower capsules; of more, as much less as keeps the size of what they add up to.
    @Test(arguments: [(20, 0.1), (1152, 0.1), (4608, 0.05)]) func weightsBeginSmallerBelowMoreCapsules(_ lower: Int, _ deviation: Float) throws {
        let layer = CapsuleLayer(capsules: 4, dimension: 8)
        _ = try Sequential<Float>(input: [lower, 8], seed: 3, layers: [layer])
        let weights = layer.kernel.value.scalars
        let found = (weights.reduce(0) { $0 + $1 * $1 } / Float(weights.count)).squareRoot()
        #expect(abs(found / deviation - 1) < 0.04, "\(found)")
    }

    @Test func aMaskKeepsWhatIsSelected() throws {
        let mask = Mask()
        let model = try Sequential<Float>(input: [3, 2], layers: [mask])
        let x = Tensor<Float>([1, 2, 3, 4, 5, 6, 9, 0, 0, 1, 0, 0], shape: [2, 3, 2])
        #expect(try model.predict(x).scalars == [0, 0, 0, 0, 5, 6, 9, 0, 0, 0, 0, 0])
        mask.select([1, 2])
        #expect(try model.predict(x).scalars == [0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0])
        mask.select([1])
        #expect(throws: ModelError.self) { try model.predict(x) }
        mask.select([1, 3])
        #expect(throws: ModelError.self) { try model.predict(x) }
        mask.select([Int]())
        #expect(try model.predict(x).scalars[4] == 5)
    }

    @Test func settingsThatMakeNoSenseAreRefused() {
        let cases: [(Shape, any Layer)] = [
            ([4, 3], CapsuleLayer(capsules: 0, dimension: 4)), ([4, 3], CapsuleLayer(capsules: 2, dimension: -1)),
            ([4, 3], CapsuleLayer(capsules: 2, dimension: 2, iterations: 0)),
            ([4, 3], CapsuleLayer(capsules: 2, dimension: 2, iterations: 101)),
            ([4], CapsuleLayer(capsules: 2, dimension: 2)), ([4, 3, 2], Length()), ([4], Mask()),
            ([8, 8, 1], PrimaryCaps(channels: 2, dimension: 8)), ([20, 20], PrimaryCaps(channels: 2, dimension: 8)),
            ([20, 20, 1], PrimaryCaps(channels: 0, dimension: 8)),
            ([20, 20, 1], PrimaryCaps(channels: 2, dimension: 8, stride: 0)),
            ([20, 20, 1], PrimaryCaps(channels: 2, dimension: 8, padding: .causal)),
        ]
        for (input, layer) in cases {
            #expect(throws: ModelError.self) { try Sequential<Float>(input: input, layers: [layer]) }
        }
    }
}

import ApusCore
import Testing

@testable import ApusNN

private struct OptimizerFixtures: Decodable {
    struct Config: Decodable {
        var learningRate: Float
        var momentum: Float?
        var nesterov: Bool?
        var coupledWeightDecay: Float?
        var rho: Float?
        var epsilon: Float?
        var beta1: Float?
        var beta2: Float?
        var weightDecay: Float?
    }
    struct Case: Decodable {
        var name: String
        var optimizer: String
        var config: Config
        var parameters: [Float]
        var gradients: [[Float]]
        var steps: [[Float]]
    }
    var optimizers: [Case]
}

private struct ScheduleFixtures: Decodable {
    struct Case: Decodable {
        var kind: String
        var initial: Float?
        var decaySteps: Int64?
        var rate: Float?
        var staircase: Bool?
        var floor: Float?
        var warmup: Int64?
        var boundaries: [Int64]?
        var values: [Float]?
        var steps: [Int64]
        var rates: [Float]
    }
    var schedules: [Case]
}

private func parameter(_ values: [Float], name: String = "kernel") -> Parameter {
    let parameter = Parameter(name)
    parameter.initialize(Tensor(values))
    return parameter
}

private func setGradient(_ parameter: Parameter, _ values: [Float]) {
    Tensor(values).withView { parameter.gradientView.copy(from: $0) }
}

private func make(_ kind: String, _ c: OptimizerFixtures.Config) throws -> any Optimizer {
    switch kind {
    case "SGD":
        SGD(
            learningRate: c.learningRate, momentum: c.momentum ?? 0, nesterov: c.nesterov ?? false,
            weightDecay: c.coupledWeightDecay ?? 0)
    case "RMSprop":
        RMSprop(learningRate: c.learningRate, rho: try #require(c.rho), momentum: c.momentum ?? 0, epsilon: try #require(c.epsilon))
    case "Adam":
        Adam(
            learningRate: c.learningRate, beta1: try #require(c.beta1), beta2: try #require(c.beta2),
            epsilon: try #require(c.epsilon))
    case "AdamW":
        AdamW(
            learningRate: c.learningRate, beta1: try #require(c.beta1), beta2: try #require(c.beta2),
            epsilon: try #require(c.epsilon), weightDecay: try #require(c.weightDecay))
    default: throw TrainingError.invalidSetting("optimizer", reason: kind)
    }
}

@Suite struct OptimizerTests {
    @Test func everyStepAgreesWithKeras() throws {
        let cases = try fixture("layers.json", as: OptimizerFixtures.self).optimizers
        for c in cases {
            let weights = parameter(c.parameters), optimizer = try make(c.optimizer, c.config)
            for (step, (gradient, expected)) in zip(c.gradients, c.steps).enumerated() {
                setGradient(weights, gradient)
                try optimizer.step([weights])
                for (mine, theirs) in zip(weights.value.scalars, expected) {
                    // Keras' own powers of beta are single precision.
                    #expect(abs(mine - theirs) <= 2e-6, "\(c.name), step \(step)")
                }
            }
            #expect(optimizer.stepCount == Int64(c.steps.count))
        }
        #expect(cases.count >= 9)
    }

    /// Each optimizer, half way through saved and restored into another, goes on with the same bits.
    @Test func stateCanBeSavedAndRestored() throws {
        let makers: [() -> any Optimizer] = [
            { SGD(learningRate: 0.1, momentum: 0.9, nesterov: true) }, { RMSprop(momentum: 0.5) }, { Adam() }, { AdamW() },
        ]
        for maker in makers {
            let first = maker(), second = maker()
            let a = parameter([1, -2, 3]), b = parameter([1, -2, 3])
            for _ in 0..<3 {
                setGradient(a, [0.5, 0.25, -1])
                try first.step([a])
            }
            b.value = a.value
            let state = Dictionary(
                uniqueKeysWithValues: first.state(of: [("layer/kernel", a)]).map { ($0.name, $0.tensor) })
            #expect(!state.isEmpty)
            try second.restore(state, of: [("layer/kernel", b)], stepCount: first.stepCount)
            for _ in 0..<3 {
                setGradient(a, [-0.1, 2, 0.3])
                setGradient(b, [-0.1, 2, 0.3])
                try first.step([a])
                try second.step([b])
            }
            #expect(a.value == b.value)
            // Without its state it would have gone elsewhere.
            let c = parameter([1, -2, 3]), fresh = maker()
            setGradient(c, [-0.1, 2, 0.3])
            try fresh.step([c])
            #expect(fresh.stepCount == 1 && second.stepCount == 6)
        }
    }

    @Test func stateThatDoesNotFitIsRefused() throws {
        let adam = Adam(), weights = parameter([1, 2])
        let good = Tensor<Float>(zeros: [2]), bad = Tensor<Float>(zeros: [3])
        let parameters = [(name: "a/kernel", parameter: weights)]
        for state in [
            ["a/kernel/momentum": good], ["a/kernel/momentum": good, "a/kernel/velocity": bad],
            ["a/kernel/momentum": good, "a/kernel/velocity": good, "b/kernel/momentum": good],
        ] {
            #expect(throws: SerializationError.self) { try adam.restore(state, of: parameters, stepCount: 5) }
        }
        #expect(adam.stepCount == 0 && adam.state(of: parameters).isEmpty)
    }

    @Test func clippingScalesAllGradientsByTheirCommonNorm() throws {
        // √(3² + 4² + 12²) = 13.
        let a = parameter([0, 0]), b = parameter([0])
        setGradient(a, [3, 4])
        setGradient(b, [12])
        try SGD(learningRate: 1, clipNorm: 6.5).step([a, b])
        #expect(a.value.scalars == [-1.5, -2] && b.value.scalars == [-6])
        let c = parameter([0, 0])
        setGradient(c, [3, 4])
        try SGD(learningRate: 1, clipNorm: 5).step([c])
        #expect(c.value.scalars == [-3, -4])
    }

    @Test func decayLeavesOutWhatItIsTold() throws {
        let kernel = parameter([1]), bias = parameter([1], name: "bias")
        setGradient(kernel, [0])
        setGradient(bias, [0])
        try AdamW(learningRate: 0.5, weightDecay: 0.5, undecayed: ["bias"]).step([kernel, bias])
        #expect(kernel.value.scalars == [0.75] && bias.value.scalars == [1])
    }

    @Test func schedulesAgreeWithKeras() throws {
        let cases = try fixture("training.json", as: ScheduleFixtures.self).schedules
        #expect(Set(cases.map(\.kind)) == ["exponential", "cosine", "steps"])
        for c in cases {
            let schedule: any LearningRateSchedule =
                switch c.kind {
                case "exponential":
                    ExponentialDecay(
                        initial: try #require(c.initial), steps: try #require(c.decaySteps), rate: try #require(c.rate),
                        staircase: c.staircase ?? false)
                case "cosine":
                    CosineDecay(
                        initial: try #require(c.initial), steps: try #require(c.decaySteps), floor: try #require(c.floor),
                        warmup: try #require(c.warmup))
                default: StepDecay(boundaries: try #require(c.boundaries), values: try #require(c.values))
                }
            for (step, rate) in zip(c.steps, c.rates) {
                #expect(abs(schedule.learningRate(at: step) - rate) <= 1e-6 * rate + 1e-12, "\(c.kind), step \(step)")
            }
        }
    }
}

import ApusCore
import Testing

@testable import ApusNN

@Suite struct MemoryPlannerTests {
    private struct Life {
        var bytes: Int
        var first: Int
        var last: Int
        func meets(_ other: Life) -> Bool { first <= other.last && other.first <= last }
    }

    private func layout(_ lives: [Life]) -> (offsets: [Int], byteCount: Int) {
        var planner = MemoryPlanner()
        for (i, life) in lives.enumerated() {
            #expect(planner.add(bytes: life.bytes, first: life.first, last: life.last) == i)
        }
        return planner.layout()
    }

    /// The most bytes that are alive at one time: no layout takes less.
    private func peak(_ lives: [Life]) -> Int {
        lives.map { at in
            lives.filter { $0.first <= at.first && at.first <= $0.last }.reduce(0) { $0 + ($1.bytes + 63) / 64 * 64 }
        }.max() ?? 0
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func buffersThatLiveTogetherNeverOverlap(seed: UInt64) {
        var random = RandomStream(seed: seed, stream: 0x91A2)
        let lives = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            let first = Int.random(in: 0...30, using: &random)
            let bytes = Bool.random(using: &random) ? Int.random(in: 0...300, using: &random) : Int.random(in: 0...100_000, using: &random)
            return Life(bytes: bytes, first: first, last: first + Int.random(in: 0...10, using: &random))
        }
        let (offsets, byteCount) = layout(lives)
        var overlaps: [(Int, Int)] = []
        for i in lives.indices {
            #expect(offsets[i] % 64 == 0 && offsets[i] >= 0 && offsets[i] + lives[i].bytes <= byteCount)
            for j in 0..<i where lives[i].meets(lives[j]) && lives[i].bytes > 0 && lives[j].bytes > 0 {
                if offsets[i] < offsets[j] + lives[j].bytes && offsets[j] < offsets[i] + lives[i].bytes {
                    overlaps.append((j, i))
                }
            }
        }
        #expect(overlaps.isEmpty, "these share memory and steps: \(overlaps)")
        #expect(byteCount >= peak(lives))
        #expect(byteCount <= lives.reduce(0) { $0 + ($1.bytes + 63) / 64 * 64 })
    }

    @Test func aChainTakesTwoBuffersNotTheirSum() {
        let chain = (0..<20).map { Life(bytes: 6400, first: $0, last: $0 + 1) }
        #expect(layout(chain).byteCount == 2 * 6400)
    }

    @Test func aPyramidTakesItsPeak() {
        let sizes = [64, 128, 6400, 3200, 1600, 64]
        let chain = sizes.enumerated().map { Life(bytes: $1, first: $0, last: $0 + 1) }
        #expect(layout(chain).byteCount == 6400 + 3200)
        #expect(peak(chain) == 9600)
    }

    @Test func extendingALifeKeepsOthersAway() {
        var planner = MemoryPlanner()
        let a = planner.add(bytes: 100, first: 0, last: 0)
        let b = planner.add(bytes: 100, first: 1, last: 1)
        #expect(planner.layout().byteCount == 128)
        planner.extend(a, until: 1)
        planner.extend(a, until: 0)
        let (offsets, byteCount) = planner.layout()
        #expect(byteCount == 256)
        #expect(offsets[a] != offsets[b])
    }

    @Test func nothingTakesNothing() {
        #expect(layout([]).byteCount == 0)
        #expect(layout([Life(bytes: 0, first: 0, last: 3)]).byteCount == 0)
    }
}

/// The plan as a whole: a model whose layers share an arena must give the bits that its layers give one by
/// one, each with memory of its own.
@Suite struct ExecutionPlanTests {
    /// A random row of layers on [6, 5, 3] items. Every layer keeps three dimensions but the last ones.
    private func randomLayers(_ random: inout RandomStream) -> [any Layer] {
        let activations: [Activation] = [.linear, .relu, .tanh, .gelu, .silu, .softmax, .elu(alpha: -0.5)]
        var layers: [any Layer] = []
        for _ in 0..<Int.random(in: 1...7, using: &random) {
            let activation = activations.randomElement(using: &random)!
            switch Int.random(in: 0..<9, using: &random) {
            case 0: layers.append(Conv2D(Int.random(in: 1...6, using: &random), kernelSize: 3, padding: .same, activation: activation))
            case 1: layers.append(BatchNormalization())
            case 2: layers.append(MaxPool2D((2, 2), strides: (1, 1), padding: .same))
            case 3: layers.append(AveragePool2D((2, 2), strides: (1, 1), padding: .same))
            case 4: layers.append(ActivationLayer(activation))
            case 5: layers.append(Dense(Int.random(in: 1...5, using: &random), activation: activation))
            case 6: layers.append(Dropout(0))
            case 7: layers.append(MaxPool2D((20, 20), strides: (1, 1), padding: .same))
            default: layers.append(SwapSides())
            }
        }
        if Bool.random(using: &random) {
            layers.append(Bool.random(using: &random) ? Flatten() : GlobalMaxPool())
            layers.append(Dense(4, activation: .sigmoid))
            if Bool.random(using: &random) { layers.append(Reshape([2, 2])) }
        }
        for layer in layers where Int.random(in: 0..<4, using: &random) == 0 { layer.isTrainable = false }
        return layers
    }

    /// A reshape that fits wherever it stands: [a, b, c] → [b, a, c].
    private final class SwapSides: Layer {
        static let kind = "SwapSides"
        let configuration = Flatten.Configuration()
        var name = ""
        var isTrainable = true
        init(_ configuration: Flatten.Configuration = .init()) {}
        var isReshape: Bool { true }
        var backwardReads: BackwardReads { [] }
        func outputShape(for input: Shape) throws -> Shape { [input[1], input[0], input[2]] }
        func forward(_ input: TensorView<Float>, into output: MutableTensorView<Float>, _ context: LayerContext) {
            Issue.record("a reshape runs nothing")
        }
        func backward(
            input: TensorView<Float>, output: TensorView<Float>, outputGradient: MutableTensorView<Float>,
            inputGradient: MutableTensorView<Float>?, _ context: LayerContext
        ) {
            Issue.record("a reshape runs nothing")
        }
    }

    @Test(arguments: 0..<120 as Range<UInt64>)
    func anArenaGivesWhatLayersAloneGive(seed: UInt64) throws {
        var random = RandomStream(seed: seed, stream: 0xA7E)
        let layers = randomLayers(&random)
        let input = try random.uniform(-1..<1, shape: [3, 6, 5, 3])
        let model = try Sequential<Float>(input: [6, 5, 3], seed: seed, layers: layers)
        let outputGradient = try random.uniform(-1..<1, shape: model.outputShape.prepending(3)).scalars

        // One by one, with a model around each layer.
        var current = input
        var singles: [(model: Sequential<Float>, input: Tensor<Float>)] = []
        for layer in layers {
            let single = try Sequential<Float>(input: current.shape.droppingFirst(), layers: [layer])
            singles.append((single, current))
            current = try single.output(of: current, training: true)
        }
        var gradient = outputGradient
        var expectedGradients: [[[Float]]] = []
        for (single, input) in singles.reversed() {
            let run = try single.trainingRun(input, outputGradient: gradient)
            gradient = run.inputGradient
            expectedGradients.insert(single.layers[0].isTrainable ? run.parameterGradients : [], at: 0)
        }

        let whole = try model.trainingRun(input, outputGradient: outputGradient)
        #expect(whole.output == current.scalars)
        #expect(whole.inputGradient == gradient)
        for (layer, expected) in zip(layers, expectedGradients) where layer.isTrainable {
            #expect(layer.parameters.map(\.gradient.scalars) == expected, "\(layer.name)")
        }

        // Without the input's gradient the backward pass ends early, with the same gradients.
        if layers.contains(where: { !$0.trainableParameters.isEmpty }) {
            let again = try model.trainingRun(input, outputGradient: outputGradient, wantsInputGradient: false)
            #expect(again.output == current.scalars)
            #expect(again.inputGradient.isEmpty)
            for (layer, expected) in zip(layers, expectedGradients) where layer.isTrainable {
                #expect(layer.parameters.map(\.gradient.scalars) == expected, "\(layer.name), ending early")
            }
        }
    }

    @Test func anInferenceChainTakesTwoActivations() throws {
        let layers: [any Layer] = (0..<12).map { _ in ActivationLayer(.tanh) }
        let plan = try ExecutionPlan(
            layers: layers, inputShape: [1000],
            key: .init(batch: 16, isTraining: false, firstBackward: 12, wantsInputGradient: false, revision: 0))
        #expect(plan.byteCount == 2 * 16 * 1000 * 4)
    }

    @Test func aTrainingPlanTakesLessThanTheSum() throws {
        let layers: [any Layer] = (0..<12).map { _ in ActivationLayer(.tanh) }
        let plan = try ExecutionPlan(
            layers: layers, inputShape: [1000],
            key: .init(batch: 16, isTraining: true, firstBackward: 0, wantsInputGradient: true, revision: 0))
        // Every output is read again on the way back, but of the thirteen gradients two live at a time.
        #expect(plan.byteCount >= 12 * 16 * 1000 * 4)
        #expect(plan.byteCount <= 14 * 16 * 1000 * 4)
    }
}

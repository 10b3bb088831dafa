import ApusCore
import Foundation
import Testing

@testable import ApusNN

private struct LossFixtures: Decodable {
    struct Config: Decodable {
        var fromLogits: Bool
        var labelSmoothing: Float
    }
    struct Case: Decodable {
        var name: String
        var loss: String
        var config: Config
        var predictionsShape: [Int]
        var predictions: [Float]
        var targetsShape: [Int]
        var targets: [Float]
        var sampleWeights: [Float]?
        var value: Double
        /// Some underflow single precision.
        var gradient: [Double]
    }
    var losses: [Case]
}

/// The mean loss and its gradient.
private func evaluate<L: Loss>(
    _ loss: L, outputs: Tensor<Float>, targets: Tensor<L.Target>, weights: Tensor<Float>? = nil,
    wantsGradient: Bool = true
) throws -> (mean: Double, gradient: [Float]) {
    try loss.check(output: outputs.shape.droppingFirst(), target: targets.shape.droppingFirst())
    var gradient = Tensor<Float>(repeating: .nan, shape: outputs.shape)
    let count = outputs.shape[0]
    let ones = Tensor<Float>(repeating: 1, shape: [count])
    let sum = try gradient.withMutableView { gradient in
        try outputs.withView { outputs in
            try targets.withView { targets in
                try (weights ?? ones).withView {
                    try loss.evaluate(
                        outputs: outputs, targets: targets, weights: weights == nil ? nil : $0, scale: 1 / Float(count),
                        gradient: wantsGradient ? gradient : nil)
                }
            }
        }
    }
    return (sum / Double(count), gradient.scalars)
}

@Suite struct LossTests {
    @Test func agreesWithKerasAndPyTorch() throws {
        let cases = try fixture("layers.json", as: LossFixtures.self).losses
        var executed: Set<String> = []
        for c in cases {
            let outputs = Tensor(c.predictions, shape: Shape(c.predictionsShape))
            let floats = Tensor(c.targets, shape: Shape(c.targetsShape))
            let weights = c.sampleWeights.map { Tensor($0) }
            let found: (mean: Double, gradient: [Float])
            switch c.loss {
            case "binary_crossentropy" where c.config.fromLogits && c.config.labelSmoothing == 0:
                found = try evaluate(BinaryCrossEntropy(), outputs: outputs, targets: floats, weights: weights)
            case "sparse_categorical_crossentropy":
                found = try evaluate(
                    SparseCategoricalCrossEntropy(labelSmoothing: c.config.labelSmoothing), outputs: outputs,
                    targets: Tensor(c.targets.map { Int32($0) }, shape: Shape(c.targetsShape)), weights: weights)
            case "categorical_crossentropy" where c.config.labelSmoothing == 0:
                found = try evaluate(CategoricalCrossEntropy(), outputs: outputs, targets: floats, weights: weights)
            case "mean_squared_error":
                found = try evaluate(MeanSquaredError(), outputs: outputs, targets: floats, weights: weights)
            default: continue
            }
            executed.insert(c.name)
            #expect(abs(found.mean - c.value) <= 1e-6 * max(1, abs(c.value)), "\(c.name)")
            for (mine, theirs) in zip(found.gradient, c.gradient) {
                #expect(abs(Double(mine) - theirs) <= 1e-6, "\(c.name)")
            }
        }
        #expect(executed.count >= 13)
    }

    /// The margin loss of Sabour, Frosst and Hinton, in double precision.
    private func margin(_ lengths: [Double], _ targets: [Double]) -> Double {
        zip(lengths, targets).reduce(0) { sum, item in
            let (p, t) = item
            let present = max(0, 0.9 - p), absent = max(0, p - 0.1)
            return sum + t * present * present + 0.5 * (1 - t) * absent * absent
        }
    }

    @Test func marginLossMatchesItsEquationAndFiniteDifferences() throws {
        let lengths: [Float] = [0.95, 0.3, 0.05, 0.5, 0.89, 0.11], targets: [Float] = [1, 0, 0, 0, 1, 1]
        let found = try evaluate(
            MarginLoss(), outputs: Tensor(lengths, shape: [2, 3]), targets: Tensor(targets, shape: [2, 3]))
        let p = lengths.map(Double.init), t = targets.map(Double.init)
        #expect(abs(found.mean - margin(p, t) / 2) < 1e-7)
        for i in p.indices {
            var up = p, down = p
            up[i] += 1e-6
            down[i] -= 1e-6
            let slope = (margin(up, t) - margin(down, t)) / 2e-6 / 2
            #expect(abs(Double(found.gradient[i]) - slope) <= 1e-5 + 1e-3 * abs(slope), "element \(i)")
        }
        // By hand: (0.3 - 0.1)² / 2 for the first row's second class.
        let one = try evaluate(MarginLoss(), outputs: Tensor([0.3], shape: [1, 1]), targets: Tensor([0], shape: [1, 1]))
        #expect(abs(one.mean - 0.02) < 1e-8)
    }

    @Test func aLossWithoutAGradientIsTheSame() throws {
        let x = Tensor<Float>([0.3, -2, 4, 1], shape: [4, 1]), t = Tensor<Float>([1, 0, 0, 1], shape: [4, 1])
        let with = try evaluate(BinaryCrossEntropy(), outputs: x, targets: t)
        let without = try evaluate(BinaryCrossEntropy(), outputs: x, targets: t, wantsGradient: false)
        #expect(with.mean == without.mean && without.gradient.allSatisfy { $0.isNaN })
    }

    @Test func aLabelOutsideTheClassesIsAnError() throws {
        for label: Int32 in [-1, 3] {
            #expect(throws: KernelError.self) {
                try evaluate(
                    SparseCategoricalCrossEntropy(), outputs: Tensor(repeating: 0, shape: [2, 3]),
                    targets: Tensor([0, label]))
            }
        }
    }

    @Test func shapesThatDoNotFitAreErrorsThatNameThem() throws {
        #expect(throws: ModelError.targetShape(
            loss: "mean squared error", output: [3], target: [2], reason: "there must be one target for each output")
        ) { try MeanSquaredError().check(output: [3], target: [2]) }
        #expect(throws: ModelError.self) { try SparseCategoricalCrossEntropy().check(output: [3], target: [2]) }
        #expect(throws: ModelError.self) { try SparseCategoricalCrossEntropy().check(output: [3, 3], target: []) }
        #expect(throws: ModelError.self) { try CategoricalCrossEntropy().check(output: [3], target: []) }
        #expect(throws: ModelError.self) { try MarginLoss().check(output: [3], target: [4]) }
        #expect(throws: Never.self) {
            try BinaryCrossEntropy().check(output: [1], target: [])
            try SparseCategoricalCrossEntropy().check(output: [3], target: [])
            try SparseCategoricalCrossEntropy().check(output: [3], target: [1])
        }
    }

    @Test func theLastActivationMustSuitTheLoss() throws {
        func network(_ activation: Activation) throws -> Sequential<Float> {
            try Sequential(input: [2]) { Dense(2, activation: activation) }
        }
        #expect(try network(.sigmoid).leavesLogits(to: BinaryCrossEntropy()))
        #expect(try network(.softmax).leavesLogits(to: CategoricalCrossEntropy()))
        #expect(try !network(.linear).leavesLogits(to: BinaryCrossEntropy()))
        #expect(try !network(.sigmoid).leavesLogits(to: MeanSquaredError()))
        #expect(throws: ModelError.lossActivation(loss: "binary cross-entropy", layer: "dense", activation: "softmax")) {
            _ = try network(.softmax).leavesLogits(to: BinaryCrossEntropy())
        }
        #expect(throws: ModelError.lossActivation(
            loss: "sparse categorical cross-entropy", layer: "dense", activation: "relu")
        ) { _ = try network(.relu).leavesLogits(to: SparseCategoricalCrossEntropy()) }
        // A sigmoid under another shape is still one, and cannot be left out.
        let reshaped = try Sequential<Float>(input: [2]) {
            Dense(2, activation: .sigmoid)
            Flatten()
        }
        #expect(throws: ModelError.self) { _ = try reshaped.leavesLogits(to: BinaryCrossEntropy()) }
        #expect(throws: ModelError.noLayers) {
            _ = try Sequential<Float>(input: [2], layers: []).leavesLogits(to: BinaryCrossEntropy())
        }
    }

    /// The same network trained through the activation and from logits: probabilities and gradients agree.
    @Test func logitsAndProbabilitiesGiveTheSameLoss() throws {
        let (x, y) = try twoClasses(32)
        let ends = try smallNetwork(), logits = try Sequential<Float>(input: [3], seed: 7) {
            Dense(8, activation: .tanh)
            BatchNormalization()
            Dropout(0.25)
            Dense(6, activation: .relu)
            Dense(1)
        }
        let a = try ends.evaluate(x, y, loss: BinaryCrossEntropy(), metrics: [BinaryAccuracy()])
        let b = try logits.evaluate(x, y, loss: BinaryCrossEntropy(), metrics: [BinaryAccuracy()])
        #expect(a == b)
        let p = try ends.predict(x).scalars, labels = y.scalars
        let direct = zip(p, labels).reduce(0.0) { $0 - log(Double($1.1 == 1 ? $1.0 : 1 - $1.0)) } / 32
        #expect(abs(direct - (a["loss"] ?? .nan)) < 1e-6)
    }
}


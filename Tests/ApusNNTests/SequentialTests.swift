import ApusCore
import ApusNN
import Foundation
import Testing

@Suite struct SequentialTests {
    private func small(seed: UInt64 = 1) throws -> Sequential<Float> {
        try Sequential(input: [6], seed: seed) {
            Dense(5, activation: .relu)
            BatchNormalization()
            Dense(4, activation: .tanh).named("middle")
            Dense(3)
        }
    }

    // MARK: Names

    @Test func unnamedLayersAreNamedAsInKeras() throws {
        let model = try small()
        #expect(model.layers.map(\.name) == ["dense", "batch_normalization", "middle", "dense_1"])
        #expect(
            model.namedParameters.map(\.name) == [
                "dense/kernel", "dense/bias", "batch_normalization/gamma", "batch_normalization/beta",
                "batch_normalization/moving_mean", "batch_normalization/moving_variance", "middle/kernel",
                "middle/bias", "dense_1/kernel", "dense_1/bias",
            ])
        #expect(model.outputShapes == [[5], [5], [4], [3]])
        #expect(try model.layer(named: "middle", as: Dense.self).configuration.units == 4)
        let kinds: [any Layer] = [
            Conv2D(1, kernelSize: 1), MaxPool2D(), AveragePool2D((1, 1)), Reshape([8, 1]), MaxPool1D(1), Conv1D(1, kernelSize: 1),
            Dropout(0), ActivationLayer(.relu), Flatten(),
        ]
        #expect(
            try Sequential<Float>(input: [4, 8, 1], layers: kinds).layers.map(\.name) == [
                "conv2d", "max_pooling2d", "average_pooling2d", "reshape", "max_pooling1d", "conv1d", "dropout",
                "activation", "flatten",
            ])
    }

    @Test func aNameIsUsedOnce() throws {
        #expect(throws: ModelError.duplicateName("a")) {
            try Sequential(input: [2]) {
                Dense(1).named("a")
                Dense(1).named("a")
            }
        }
        let model = try small()
        #expect(throws: ModelError.duplicateName("dense")) { try model.append(Dense(1).named("dense")) }
        #expect(throws: ModelError.duplicateName("dense")) { try model.rename("middle", to: "dense") }
        #expect(throws: ModelError.duplicateName("dense")) { try model.replace("middle", with: Dense(4).named("dense")) }
        #expect(model.layers.count == 4)
        // The same layer object twice is the same name twice.
        #expect(throws: ModelError.self) { try model.append(model.layers[0]) }
    }

    @Test func aLayerIsRenamed() throws {
        let model = try small()
        try model.rename("middle", to: "other")
        #expect(model.layers[2].name == "other")
        try model.rename("other", to: "other")
        #expect(throws: ModelError.noSuchLayer(name: "middle", available: ["dense", "batch_normalization", "other", "dense_1"])) {
            try model.rename("middle", to: "x")
        }
    }

    @Test func aLayerThatIsNotThereIsNamedWithThoseThatAre() throws {
        let model = try small()
        let error = #expect(throws: ModelError.self) { try model.layer(named: "predictions") }
        let text = "\(try #require(error))"
        #expect(text.contains("'predictions'"))
        for name in ["dense", "batch_normalization", "middle", "dense_1"] { #expect(text.contains(name)) }
        #expect(throws: ModelError.self) { try model.layer(named: "middle", as: Conv2D.self) }
        #expect(throws: ModelError.self) { try model.freeze(["predictions"]) }
    }

    // MARK: Structure

    @Test func layersAreTakenAwayAndAdded() throws {
        let model = try small()
        let input = try numbers(2, 6)
        let before = try model.output(of: input)
        #expect(before.shape == [2, 3])
        let removed = try model.removeLast()
        #expect(removed.name == "dense_1")
        #expect(model.outputShape == [4])
        let features = try model.output(of: input)
        #expect(features.shape == [2, 4])
        try model.append(removed)
        #expect(try model.output(of: input) == before)
        try model.append(Dense(7))
        #expect(model.layers.last?.name == "dense_2")
        #expect(try model.output(of: input).shape == [2, 7])

        let empty = try Sequential<Float>(input: [2], layers: [])
        #expect(throws: ModelError.noLayers) { try empty.removeLast() }
        #expect(throws: ModelError.noLayers) { try empty.output(of: numbers(1, 2)) }
    }

    @Test func aLayerIsReplaced() throws {
        let model = try small()
        let input = try numbers(2, 6)
        let before = try model.output(of: input)
        try model.replace("middle", with: Dense(4, activation: .sigmoid).named("middle"))
        #expect(model.layers.map(\.name) == ["dense", "batch_normalization", "middle", "dense_1"])
        #expect(try model.output(of: input) != before)
        try model.replace("dense_1", with: Dense(9))
        #expect(model.outputShape == [9])
        #expect(try model.output(of: input).shape == [2, 9])
    }

    @Test func aReplacementMustFit() throws {
        let model = try small()
        let before = try model.output(of: numbers(2, 6))
        let error = #expect(throws: ModelError.self) { try model.replace("middle", with: Dense(8).named("wide")) }
        let text = "\(try #require(error))"
        #expect(text.contains("'dense_1'") && text.contains("[8]"), "\(text)")
        #expect(model.layers.map(\.name) == ["dense", "batch_normalization", "middle", "dense_1"])
        #expect(try model.output(of: numbers(2, 6)) == before)
        #expect(throws: ModelError.self) { try model.replace("nothing", with: Dense(8)) }
        // What follows keeps the shape that it was built for, even where its weights would take another.
        let chain = try Sequential(input: [9, 2]) {
            Conv1D(4, kernelSize: 2)
            Conv1D(3, kernelSize: 2).named("next")
        }
        let longer = #expect(throws: ModelError.self) { try chain.replace("conv1d", with: Conv1D(4, kernelSize: 4)) }
        #expect("\(try #require(longer))".contains("'next'"))
        try chain.replace("conv1d", with: Conv1D(4, kernelSize: 2))
        #expect(chain.outputShapes == [[8, 4], [7, 3]])
    }

    @Test func freezingChangesWhatTrains() throws {
        let model = try small()
        #expect(model.parameters.count == 10)
        #expect(model.trainableParameters.count == 8)
        model.freeze(first: 2)
        #expect(model.trainableParameters.map(\.count) == [20, 4, 12, 3])
        model.freeze(first: 1)
        #expect(model.trainableParameters.count == 6)
        try model.freeze(["dense_1"])
        #expect(model.layers.map(\.isTrainable) == [false, true, true, false])
        model.unfreeze()
        #expect(model.trainableParameters.count == 8)
    }

    @Test func theSeedFixesTheFirstWeights() throws {
        let a = try small(seed: 1), b = try small(seed: 1), c = try small(seed: 2)
        #expect(a.parameters.map(\.value) == b.parameters.map(\.value))
        #expect(a.parameters[0].value != c.parameters[0].value)
        #expect(Set(a.parameters[0].value.scalars).count == 30)
        // Glorot: within √(6 / (6 + 5)).
        #expect(a.parameters[0].value.scalars.allSatisfy { abs($0) <= Float((6.0 / 11).squareRoot()) })
        #expect(a.parameters[1].value == Tensor(zeros: [5]))
        // Another first layer leaves the others' weights as they were.
        let other = try Sequential(input: [6], seed: 1) {
            Dense(5, activation: .relu, useBias: false, kernelInitializer: .heNormal)
            BatchNormalization()
            Dense(4)
        }
        #expect(try other.layer(named: "dense_1", as: Dense.self).kernel.value
            == a.layer(named: "middle", as: Dense.self).kernel.value)
    }

    // MARK: Errors

    @Test func aShapeThatDoesNotFitIsNamedWithItsLayer() throws {
        func message(_ layers: [any Layer], input: Shape) throws -> String {
            let error = #expect(throws: ModelError.self) { try Sequential<Float>(input: input, layers: layers) }
            return "\(try #require(error))"
        }
        let cases: [(input: Shape, layers: [any Layer], parts: [String])] = [
            ([4], [Dense(3), Conv2D(2, kernelSize: 3).named("first_conv")], ["'first_conv'", "Conv2D", "[3]"]),
            ([4, 4, 1], [Conv2D(2, kernelSize: 5)], ["'conv2d'", "[4, 4, 1]", "5 × 5"]),
            ([4, 2], [Conv1D(2, kernelSize: 5)], ["'conv1d'", "[4, 2]", "5"]),
            ([4, 2, 2], [Conv1D(2, kernelSize: 2)], ["'conv1d'", "[4, 2, 2]"]),
            ([3, 3, 2], [MaxPool2D((4, 1))], ["'max_pooling2d'", "[3, 3, 2]", "4 × 1"]),
            ([3, 2], [AveragePool1D(4)], ["'average_pooling1d'", "[3, 2]"]),
            ([3], [MaxPool1D(2)], ["'max_pooling1d'", "[3]"]),
            ([3], [GlobalMaxPool()], ["'global_max_pooling'", "[3]"]),
            ([3, 4], [Reshape([5, 2])], ["'reshape'", "[3, 4]", "[5, 2]"]),
            ([], [Dense(3)], ["'dense'", "[]"]),
            ([0], [Dense(3)], ["'dense'", "[0]"]),
            ([], [BatchNormalization()], ["'batch_normalization'", "[]"]),
        ]
        for (input, layers, parts) in cases {
            let text = try message(layers, input: input)
            for part in parts { #expect(text.contains(part), "\(text)") }
        }
    }

    @Test func aSettingOutsideItsRangeIsNamedWithItsLayer() throws {
        // As a file may have it, which a `Shape` could not.
        func reshape(_ dimensions: String) throws -> Reshape {
            let text = "{\"dimensions\": \(dimensions)}"
            return Reshape(try JSONDecoder().decode(Reshape.Configuration.self, from: Data(text.utf8)))
        }
        let cases: [(input: Shape, layer: any Layer, setting: String)] = [
            ([4], Dense(0), "units"), ([4], Dense(-1), "units"), ([4, 2], Conv1D(0, kernelSize: 1), "filters"),
            ([4, 2], Conv1D(1, kernelSize: 0), "kernel size"), ([4, 2], Conv1D(1, kernelSize: 1, stride: 0), "stride"),
            ([4, 2], Conv1D(1, kernelSize: 1, dilation: -2), "dilation"),
            ([4, 4, 2], Conv2D(1, kernelSize: (1, 0)), "kernel size"),
            ([4, 4, 2], Conv2D(1, kernelSize: 1, padding: .causal), "padding"),
            ([4, 2], MaxPool1D(0), "size"), ([4, 2], MaxPool1D(2, padding: .causal), "padding"),
            ([4, 4, 2], AveragePool2D((2, 2), strides: (1, 0)), "strides"),
            ([4, 4, 2], AveragePool2D((2, 2), padding: .causal), "padding"),
            ([4], Dropout(1), "rate"), ([4], Dropout(-0.1), "rate"), ([4], Dropout(.nan), "rate"),
            ([4], BatchNormalization(epsilon: 0), "epsilon"), ([4], BatchNormalization(momentum: 1.5), "momentum"),
            ([4], try reshape("[-1, 4]"), "dimensions"),
            ([4], try reshape("[1, 1, 1, 1, 1, 1, 1, 2, 2]"), "dimensions"),
        ]
        for (input, layer, setting) in cases {
            let error = #expect(throws: ModelError.self) { try Sequential<Float>(input: input, layers: [layer.named("odd")]) }
            let text = "\(try #require(error))"
            #expect(text.contains("'odd'") && text.contains(setting), "\(text)")
        }
        // A product that no Int holds is an error like any other.
        #expect(throws: ModelError.self) {
            try Sequential<Float>(input: [4], layers: [reshape("[\(Int.max), 3]")])
        }
        let embedding = #expect(throws: ModelError.self) {
            try Sequential<Int32>(input: [4], layers: [Embedding(vocabulary: 0, width: 2)])
        }
        #expect("\(try #require(embedding))".contains("vocabulary"))
    }

    @Test func anInputOfAnotherShapeIsRefused() throws {
        let model = try small()
        #expect(throws: ModelError.inputShape(expected: [6], found: [5])) { try model.output(of: numbers(2, 5)) }
        #expect(throws: ModelError.inputShape(expected: [6], found: [2, 3])) { try model.output(of: numbers(2, 2, 3)) }
        #expect(throws: ModelError.inputShape(expected: [6], found: [])) { try model.output(of: numbers(6)) }
    }

    @Test func elementTypesOfRunTimeLayersAreChecked() throws {
        let cases: [(() throws -> Void, layer: String, expects: String, found: String)] = [
            ({ _ = try Sequential<Float>(input: [4], layers: [Embedding(vocabulary: 3, width: 2)]) }, "embedding", "Int32", "Float"),
            ({ _ = try Sequential<Int32>(input: [4], layers: [Dense(3).named("top")]) }, "top", "Float", "Int32"),
            (
                {
                    _ = try Sequential<Int32>(
                        input: [4], layers: [Embedding(vocabulary: 3, width: 2), Embedding(vocabulary: 3, width: 2)])
                }, "embedding_1", "Int32", "Float"
            ),
            ({ try self.small().replace("dense", with: Embedding(vocabulary: 3, width: 2)) }, "embedding", "Int32", "Float"),
        ]
        for (build, layer, expects, found) in cases {
            #expect(throws: ModelError.incompatibleElements(layer: layer, expects: expects, found: found)) { try build() }
        }
    }

    @Test func anIndexOutsideTheTableIsNamedWithItsLayer() throws {
        let model = try Sequential(input: [3]) {
            Embedding(vocabulary: 5, width: 2).named("words")
            GlobalAveragePool()
        }
        let good = Tensor<Int32>([0, 4, 1], shape: [1, 3])
        #expect(try model.output(of: good).shape == [1, 2])
        for bad in [5, -1, Int32.max] {
            let error = #expect(throws: KernelError.self) {
                try model.output(of: Tensor<Int32>([0, bad, 1], shape: [1, 3]), training: true)
            }
            #expect("\(try #require(error))".contains("'words'"))
        }
        #expect(!model.hasBackwardPass, "a pass that failed leaves nothing to go back through")
        #expect(try model.output(of: good).shape == [1, 2])
    }

    @Test func backwardNeedsATrainingPass() async {
        await #expect(processExitsWith: .failure) {
            let model = try Sequential(input: [2]) { Dense(1) }
            _ = try model.output(of: Tensor(zeros: [1, 2]))
            try model.backward()
        }
        await #expect(processExitsWith: .failure) {
            let model = try Sequential(input: [2]) { Dense(1) }
            _ = try model.output(of: Tensor(zeros: [1, 2]), training: true)
            try model.append(Dense(1))
            _ = model.outputGradient
        }
    }

    @Test func aParameterKeepsItsShape() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let model = try Sequential(input: [2]) { Dense(3) }
            model.parameters[0].value = Tensor(zeros: [3, 2])
        }
        #if DEBUG
            let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(text.contains("'kernel'") && text.contains("[2, 3]") && text.contains("[3, 2]"), "\(text)")
        #endif
    }

    // MARK: Dropout

    @Test(arguments: [0.1, 0.5, 0.9] as [Float]) func dropoutDropsItsShareAndScalesTheRest(rate: Float) throws {
        let model = try Sequential(input: [1000], seed: 3) { Dropout(rate) }
        let input = Tensor<Float>(repeating: 1, shape: [50, 1000])
        let output = try model.output(of: input, training: true, step: 7).scalars
        let kept = output.filter { $0 != 0 }
        #expect(kept.allSatisfy { abs($0 - 1 / (1 - rate)) <= 1e-6 / (1 - rate) })
        let share = 1 - Double(kept.count) / 50_000
        #expect(abs(share - Double(rate)) < 5 * (Double(rate) * Double(1 - rate) / 50_000).squareRoot())
        // No item and no place is favoured: each row and each column has its share.
        for row in 0..<50 {
            let zeros = output[(row * 1000)..<((row + 1) * 1000)].count { $0 == 0 }
            #expect(abs(Double(zeros) / 1000 - Double(rate)) < 6 * (Double(rate) * Double(1 - rate) / 1000).squareRoot())
        }
    }

    @Test func dropoutFollowsFromSeedStepAndPlace() throws {
        func mask(seed: UInt64 = 3, step: UInt64 = 0, layers: Int = 1) throws -> [Float] {
            let model = try Sequential<Float>(input: [200], seed: seed, layers: (0..<layers).map { _ in Dropout(0.5) })
            return try model.output(of: Tensor(repeating: 1, shape: [2, 200]), training: true, step: step).scalars
        }
        let first = try mask()
        #expect(try mask() == first)
        #expect(try mask(step: 1) != first)
        #expect(try mask(seed: 4) != first)
        #expect(Array(first[..<200]) != Array(first[200...]), "two items must not share a mask")
        // A second layer drops others than the first: about a quarter stays.
        let both = try mask(layers: 2)
        #expect(both.count { $0 != 0 } < first.count { $0 != 0 } * 3 / 4)
    }

    @Test func dropoutDoesNothingInInferenceAndItsGradientUsesTheSameMask() throws {
        let model = try Sequential(input: [50], seed: 3) { Dropout(0.4) }
        let input = try numbers(4, 50)
        #expect(try model.output(of: input) == input)
        let run = try model.trainingRun(input, outputGradient: [Float](repeating: 1, count: 200), step: 5)
        for i in 0..<200 { #expect(run.output[i] == input.scalars[i] * run.inputGradient[i]) }
        #expect(run.inputGradient.contains(0))
        let none = try Sequential(input: [50]) { Dropout(0) }
        #expect(try none.output(of: input, training: true) == input)
    }

    // MARK: Memory

    @Test func aFrozenPrefixNeedsLessMemory() throws {
        func bytes(frozen: Int) throws -> Int {
            let model = try Sequential(input: [16, 16, 3]) {
                Conv2D(8, kernelSize: 3, padding: .same, activation: .tanh)
                Conv2D(8, kernelSize: 3, padding: .same, activation: .tanh)
                Conv2D(8, kernelSize: 3, padding: .same, activation: .tanh)
                GlobalAveragePool()
                Dense(2)
            }
            model.freeze(first: frozen)
            let input = try numbers(8, 16, 16, 3)
            _ = try model.trainingRun(
                input, outputGradient: [Float](repeating: 1, count: 16), wantsInputGradient: false)
            return model.arenaByteCount
        }
        let all = try bytes(frozen: 0), some = try bytes(frozen: 2), head = try bytes(frozen: 4)
        #expect(some < all)
        #expect(head < some)
        let activation = 8 * 16 * 16 * 8 * 4
        #expect(all - head >= 2 * activation)
    }

    @Test func thawingNeedsTheWholePlanAgain() throws {
        let model = try small()
        model.freeze(first: 3)
        let input = try numbers(4, 6)
        let gradient = [Float](repeating: 1, count: 12)
        let frozen = try model.trainingRun(input, outputGradient: gradient, wantsInputGradient: false)
        #expect(frozen.parameterGradients.map(\.isEmpty) == [true, true, true, true, true, true, true, true, false, false])
        model.unfreeze()
        let thawed = try model.trainingRun(input, outputGradient: gradient, wantsInputGradient: false)
        #expect(thawed.parameterGradients.map(\.isEmpty) == [false, false, false, false, true, true, false, false, false, false])
    }

    @Test func withNothingToTrainThereIsNoBackwardPass() throws {
        let model = try small()
        model.freeze(first: 4)
        _ = try model.output(of: numbers(2, 6), training: true)
        #expect(!model.hasBackwardPass)
        model.unfreeze()
        _ = try model.output(of: numbers(2, 6), training: true)
        #expect(model.hasBackwardPass)
        _ = try model.output(of: numbers(2, 6))
        #expect(!model.hasBackwardPass)
    }

    @Test func twoModelsDoNotInterfere() throws {
        let x = try numbers(4, 6), y = try numbers(7, 6)
        let gx = [Float](repeating: 0.5, count: 12), gy = [Float](repeating: -1, count: 21)
        func alone(_ seed: UInt64, _ input: Tensor<Float>, _ gradient: [Float]) throws -> LayerRun {
            try small(seed: seed).trainingRun(input, outputGradient: gradient)
        }
        let expectedX = try alone(1, x, gx), expectedY = try alone(2, y, gy)
        let a = try small(seed: 1), b = try small(seed: 2)
        try x.withView { (xView) throws in
            try y.withView { (yView) throws in
                let outA = try a.forward(xView, training: true, wantsInputGradient: true)
                let outB = try b.forward(yView, training: true, wantsInputGradient: true)
                #expect(outA.copy().scalars == expectedX.output)
                #expect(outB.copy().scalars == expectedY.output)
                _ = a.outputGradient.buffer.update(fromContentsOf: gx)
                _ = b.outputGradient.buffer.update(fromContentsOf: gy)
                let backB = try #require(try b.backward())
                let backA = try #require(try a.backward())
                #expect(Array(backA.buffer) == expectedX.inputGradient)
                #expect(Array(backB.buffer) == expectedY.inputGradient)
            }
        }
        #expect(a.parameters.map(\.gradient.scalars) == expectedX.parameterGradients)
        #expect(b.parameters.map(\.gradient.scalars) == expectedY.parameterGradients)
    }

    private func numbers(_ shape: Int...) throws -> Tensor<Float> {
        var random = RandomStream(seed: 99, stream: UInt64(shape.count))
        return try random.uniform(-1..<1, shape: Shape(shape))
    }
}

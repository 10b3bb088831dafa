import ApusCore
import ApusNN
import Foundation
import Testing

/// The tables against Keras' own, which Fixtures/make_summary_fixtures.py stored.
@Suite struct SummaryTests {
    @Test func isKerasTable() throws {
        let model = try Sequential(input: [40, 3]) {
            Conv1D(8, kernelSize: 5, activation: .relu)
            BatchNormalization()
            MaxPool1D(4)
            Conv1D(16, kernelSize: 3, padding: .same, useBias: false)
            ActivationLayer(.relu)
            AveragePool1D(3)
            Flatten()
            Dropout(0.25)
            Dense(1234, activation: .relu)
            Dense(2, activation: .softmax).named("predictions")
        }
        let keras = try String(contentsOf: fixtureURL("summary.txt"), encoding: .utf8)
        #expect(model.summary() + "\n" == keras)
    }

    @Test func isKerasTableWithFrozenLayersAndWideNames() throws {
        let model = try Sequential(input: [16, 12, 3]) {
            Conv2D(4, kernelSize: (3, 2), strides: (2, 1), padding: .same)
            BatchNormalization()
            MaxPool2D((2, 3))
            Reshape([4, 16])
            Dense(5).named("a_name_that_is_wider_than_the_whole_column")
            Dense(7).named("exactly_31_wide_with_it")
        }
        model.name = "images"
        model.freeze(first: 2)
        let keras = try String(contentsOf: fixtureURL("summary_frozen.txt"), encoding: .utf8)
        #expect(model.summary() + "\n" == keras)
    }

    /// 6 · 1000 + 1000 and 1000 + 1 parameters of four bytes.
    @Test func countsAreTheParameters() throws {
        let model = try Sequential(input: [6]) {
            Dense(1000)
            Dense(1)
        }
        let text = model.summary()
        #expect(text.contains(" Total params: 8,001 (31.25 KB)"))
        #expect(text.contains(" Trainable params: 8,001 (31.25 KB)"))
        #expect(text.contains(" Non-trainable params: 0 (0.00 B)"))
    }

    @Test func aScalarOutputAndNoLayers() throws {
        let empty = try Sequential<Float>(input: [3], layers: [])
        #expect(empty.summary().contains(" Total params: 0 (0.00 B)"))
        let scalar = try Sequential(input: [1]) { Reshape([]) }
        #expect(scalar.summary().contains("(None,)"))
    }
}

import ApusCore
import Testing

@testable import ApusNN

/// Every way to write a row of layers, each way that a condition can go.
@Suite struct LayerBuilderTests {
    private enum Pooled { case not, largest, mean }

    private func kinds<S>(@LayerBuilder _ build: () throws -> LayerChain<S>) rethrows -> [String] {
        try build().layers.map { type(of: $0).kind }
    }

    @Test func oneLayer() {
        #expect(kinds { Dense(1) } == ["Dense"])
        #expect(kinds { Embedding(vocabulary: 3, width: 2) } == ["Embedding"])
    }

    @Test func layersInARow() {
        let built = kinds {
            Embedding(vocabulary: 3, width: 2)
            Conv1D(4, kernelSize: 2)
            GlobalMaxPool()
            Dense(1)
        }
        #expect(built == ["Embedding", "Conv1D", "GlobalMaxPooling", "Dense"])
    }

    @Test(arguments: [true, false]) func anIfWithoutElse(condition: Bool) {
        let built = kinds {
            Dense(1)
            if condition {
                Dropout(0.5)
                Flatten()
            }
            Dense(2)
        }
        #expect(built == (condition ? ["Dense", "Dropout", "Flatten", "Dense"] : ["Dense", "Dense"]))
    }

    @Test(arguments: [true, false]) func anIfWithoutElseInFront(condition: Bool) {
        let built = kinds {
            if condition { Flatten() }
            Dense(2)
        }
        #expect(built == (condition ? ["Flatten", "Dense"] : ["Dense"]))
    }

    @Test(arguments: [true, false]) func anIfAtTheEnd(condition: Bool) {
        let built = kinds {
            Dense(2)
            if condition { Dropout(0.1) }
        }
        #expect(built == (condition ? ["Dense", "Dropout"] : ["Dense"]))
    }

    @Test(arguments: [0, 1, 2]) func elseIf(choice: Int) {
        let built = kinds {
            Dense(1)
            if choice == 0 {
                Dropout(0.5)
            } else if choice == 1 {
                BatchNormalization()
                Flatten()
            } else {
                ActivationLayer(.relu)
            }
        }
        #expect(built == ["Dense"] + [["Dropout"], ["BatchNormalization", "Flatten"], ["Activation"]][choice])
    }

    @Test(arguments: [true, false]) func aChoiceOfTheFirstLayerKeepsItsElements(small: Bool) {
        let chain: LayerChain<Int32> = build {
            if small {
                Embedding(vocabulary: 3, width: 2)
            } else {
                Embedding(vocabulary: 300, width: 20)
                Dropout(0.1)
            }
            Flatten()
        }
        #expect(chain.layers.map { type(of: $0).kind } == (small ? ["Embedding", "Flatten"] : ["Embedding", "Dropout", "Flatten"]))
    }

    @Test func aSwitch() {
        func built(_ pooled: Pooled) -> [String] {
            kinds {
                Conv1D(4, kernelSize: 2)
                switch pooled {
                case .not: Flatten()
                case .largest: GlobalMaxPool()
                case .mean:
                    AveragePool1D(2)
                    GlobalAveragePool()
                }
                Dense(1)
            }
        }
        #expect(built(.not) == ["Conv1D", "Flatten", "Dense"])
        #expect(built(.largest) == ["Conv1D", "GlobalMaxPooling", "Dense"])
        #expect(built(.mean) == ["Conv1D", "AveragePooling1D", "GlobalAveragePooling", "Dense"])
    }

    @Test(arguments: [0, 1, 3]) func aLoop(turns: Int) {
        let built = kinds {
            Flatten()
            for turn in 0..<turns {
                Dense(turn + 1)
                if turn > 0 { Dropout(0.5) }
            }
            Dense(9)
        }
        let turned = (0..<turns).flatMap { $0 > 0 ? ["Dense", "Dropout"] : ["Dense"] }
        #expect(built == ["Flatten"] + turned + ["Dense"])
    }

    @Test func aChainMadeElsewhere() {
        func block(_ filters: Int) -> LayerChain<Float> {
            build {
                Conv2D(filters, kernelSize: 3)
                MaxPool2D()
            }
        }
        let built = kinds {
            block(4)
            block(8)
            Flatten()
        }
        #expect(built == ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten"])
    }

    @Test func aLimitedAvailability() {
        let built = kinds {
            Dense(1)
            if #available(macOS 99, *) { Dropout(0.5) }
        }
        #if os(macOS)
            #expect(built.first == "Dense")
        #else
            #expect(built == ["Dense", "Dropout"])
        #endif
    }

    @Test func namesAndLocalValuesInside() throws {
        let model = try Sequential(input: [4]) {
            let width = 2 + 1
            Dense(width).named("hidden")
            Dense(1)
        }
        #expect(model.layers.map(\.name) == ["hidden", "dense"])
        #expect(model.outputShapes == [[3], [1]])
    }

    @Test func whatAClosureThrowsPasses() {
        struct Refusal: Error {}
        func layer() throws -> Dense { throw Refusal() }
        #expect(throws: Refusal.self) {
            try Sequential(input: [4]) {
                Dense(1)
                try layer()
            }
        }
    }

    private func build<S>(@LayerBuilder _ chain: () -> LayerChain<S>) -> LayerChain<S> { chain() }
}

import ApusCore
import ApusData
import ApusNN
import Foundation
import Testing

@testable import ApusModels

@Suite struct ReferenceSpamModelTests {
    @Test func isTheArticlesNetwork() throws {
        let network = try ReferenceSpamModel.network(vocabulary: 4002)
        // By hand: 4002·64; 5·64·64 + 64; 3·64·64 + 64; 3·64·128 + 128; 3·128·128 + 128;
        // 62·128·100 + 100; 4·100; 100·100 + 100; 4·100; 100 + 1.
        let expected = [256_128, 20_544, 12_352, 0, 24_704, 49_280, 0, 0, 793_700, 400, 10_100, 400, 101]
        #expect(network.layers.map(\.parameterCount) == expected)
        #expect(network.outputShapes.map(\.dimensions) == [
            [250, 64], [250, 64], [250, 64], [125, 64], [125, 128], [125, 128], [62, 128], [7936], [100], [100], [100],
            [100], [1],
        ])
    }

    @Test func paddingAndUnknownWordsHaveIndicesOfTheirOwn() throws {
        let comments = CommentDataset([
            Comment(text: "good song good", label: 0), Comment(text: "visit my page", label: 1),
        ])
        let (model, _) = try ReferenceSpamModel.train(
            on: comments, validation: nil, settings: SpamTrainingSettings(epochs: 1), callbacks: [])
        let indices = model.indices(of: ["good never-seen page"]).scalars
        #expect(indices.count == 250)
        #expect(indices.dropLast(4).allSatisfy { $0 == 0 })
        #expect(indices[246] == 2)
        #expect(indices[247] == 1)
        #expect(indices.max()! < Int32(model.tokenizer.numberCount))
    }

    @Test func bothClassesAreNeeded() {
        let ham = CommentDataset([Comment(text: "a", label: 0), Comment(text: "b", label: 0)])
        #expect(throws: SpamError.oneClass(spam: 0, ham: 2)) {
            try ReferenceSpamModel.train(on: ham, validation: nil, settings: SpamTrainingSettings(epochs: 1), callbacks: [])
        }
    }

    @Test func damagedContentsAreNamed() throws {
        let (model, _) = try ReferenceSpamModel.train(
            on: CommentDataset([Comment(text: "a", label: 0), Comment(text: "b", label: 1)]), validation: nil,
            settings: SpamTrainingSettings(epochs: 1), callbacks: [])
        var contents = try model.contents()
        contents.tensors.removeAll { $0.name == "conv1d/kernel" }
        #expect(throws: SpamError.damagedModel("it lacks the tensor 'conv1d/kernel'")) {
            try ReferenceSpamModel(restoring: contents)
        }
        contents = try model.contents()
        contents.tensors[1].value = Tensor(zeros: [1])
        #expect(throws: SpamError.damagedModel("'conv1d/kernel' has shape [1], not [5, 64, 64]")) {
            try ReferenceSpamModel(restoring: contents)
        }
        contents.texts = [:]
        #expect(throws: SpamError.self) { try ReferenceSpamModel(restoring: contents) }
    }
}

import ApusTestSupport
import ApusVision
import Foundation
import Testing

@Suite struct FolderTests {
    @Test func classesInOrder() throws {
        try withTemporaryFolder { folder in
            try lay(
                [
                    ("plain.jpg", "train/dogs/b.jpg"), ("plain.jpg", "train/dogs/a.JPEG"), ("colour.png", "train/cats/1.png"),
                    ("plain.jpg", "train/cats/more/0.jpg"), ("plain.jpg", "train/cats/.hidden.jpg"),
                    ("pictures.json", "train/cats/notes.json"), ("plain.jpg", "valid/dogs/x.jpg"),
                    ("plain.jpg", "test/unknown/7.jpg"), ("plain.jpg", "sample/train/cats/s.jpg"), ("plain.jpg", "loose/l.jpg"),
                ], in: folder)
            let tree = try ImageTree(folder)
            let train = try #require(tree.train)
            #expect(train.classes == ["cats", "dogs"])
            #expect(train.items.map { String($0.path.dropFirst(folder.count)) } == [
                "/train/cats/1.png", "/train/cats/more/0.jpg", "/train/dogs/a.JPEG", "/train/dogs/b.jpg",
            ])
            #expect(train.items.map(\.label) == [0, 0, 1, 1])
            // The only class of the validation pictures keeps its number.
            #expect(tree.valid?.items.map(\.label) == [1])
            #expect(tree.test?.items.map(\.label) == [nil] && tree.test?.classes == ["cats", "dogs"])
            #expect(try tree.sample()?.train?.items.count == 1)
            #expect(try tree.sample()?.valid == nil)
            #expect(try ImageFolder("\(folder)/loose").items.map(\.label) == [nil])
        }
    }

    @Test func errors() throws {
        try withTemporaryFolder { folder in
            #expect(throws: ImageError.noPictures(path: folder)) { try ImageFolder(folder) }
            try lay([("plain.jpg", "train/cats/1.jpg"), ("plain.jpg", "valid/birds/1.jpg")], in: folder)
            #expect(throws: ImageError.unknownClass(path: "\(folder)/valid/birds", name: "birds", known: ["cats"])) {
                try ImageTree(folder)
            }
            #expect(throws: (any Error).self) { try ImageTree("\(folder)/nowhere") }
        }
    }

    @Test func realPhotographs() throws {
        guard let path = realData("cats-dogs") else { return }
        let tree = try ImageTree(path)
        #expect(tree.train?.items.count == 1200 && tree.train?.classes == ["cats", "dogs"])
        #expect(tree.valid?.items.filter { $0.label == 1 }.count == 200)
        #expect(tree.test?.items.count == 100 && tree.test?.items.contains { $0.label != nil } == false)
    }
}

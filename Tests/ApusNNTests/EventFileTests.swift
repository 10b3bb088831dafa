import ApusCore
import Foundation
import Testing

@testable import ApusNN

@Suite struct EventFileTests {
    /// What TensorBoard's own messages and record writer give (Fixtures/make_event_fixture.py).
    private static let reference = "GAAAAAAAAACjf0siCQAAEED8VNlBGg1icmFpbi5FdmVudDoyM40v6S8AAAAAAAAAbV0dUAkAAGBA/FTZQRADKiIKCwoEbG9zcxUAAAA+ChMKDHZhbF9hY2N1cmFjeRUAAEA/uYL8He8AAAAAAAAAbxm5uQkAAIBA/FTZQRCsAirgAQrdAQoHc2FtcGxlcyLRAQgCEAMYAyLIAQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5/gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2+v8DBwsPExcbHI3mW8w8AAAAAAAAAbVMrCSoNCgsKBHplcm8VAAAAAIvxiLw="

    @Test func recordsAreTensorBoards() throws {
        let messages = [
            EventFile.event(time: 1_700_000_000.25, step: 0) { $0.add(3, Array("brain.Event:2".utf8)) },
            EventFile.scalars([("loss", 0.125), ("val_accuracy", 0.75)], time: 1_700_000_001.5, step: 3),
            EventFile.image("samples", png: Array(0..<200), width: 3, height: 2, time: 1_700_000_002, step: 300),
            EventFile.scalars([("zero", 0)], time: 0, step: 0),
        ]
        #expect(messages.flatMap(EventFile.record) == [UInt8](try #require(Data(base64Encoded: Self.reference))))
    }

    /// The check value of CRC-32C, as catalogues have it.
    @Test func checksum() { #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283) }

    @Test func aTrainingIsLogged() throws {
        let folder = try ScratchFolder()
        let (x, y) = try twoClasses(32)
        func train(_ epochs: Int) throws {
            try smallNetwork().fit(
                x, y, loss: BinaryCrossEntropy(), optimizer: Adam(), metrics: [BinaryAccuracy()], epochs: epochs,
                batchSize: 8, validation: (x, y),
                callbacks: [
                    TensorBoardLogger(folder: folder.file("run"), everySteps: 2) { file, run in
                        try file.write(image: "picture", png: [1, 2, 3], width: 1, height: 1, step: Int64(run.step))
                    }
                ])
        }
        try train(2)
        try train(1)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("run")).sorted()
        #expect(names.count == 2, "a file a run: \(names)")
        #expect(names.allSatisfy { $0.hasPrefix("events.out.tfevents.") })
        var records = 0
        var text = ""
        for name in names {
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: folder.file("run/\(name)"))))[...]
            while !bytes.isEmpty {
                let length = (0..<8).reduce(0) { $0 | Int(bytes[bytes.startIndex + $1]) << (8 * $1) }
                let message = Array(bytes.dropFirst(12).prefix(length))
                #expect(Array(bytes.prefix(length + 16)) == EventFile.record(message))
                text += String(decoding: message, as: UTF8.self)
                bytes = bytes.dropFirst(length + 16)
                records += 1
            }
        }
        // The version and, for each of three epochs, two of running figures, the epoch's and the picture.
        #expect(records == 2 + 3 * 4)
        for name in ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "batch/loss", "picture"] {
            #expect(text.contains(name), "\(name)")
        }
    }

    @Test func aFolderThatCannotBeMadeIsAnError() throws {
        let folder = try ScratchFolder()
        try Data([1]).write(to: URL(filePath: folder.file("file")))
        #expect(throws: FileError.self) { try EventFile(folder: folder.file("file/run")) }
    }
}

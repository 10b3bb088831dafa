import ApusData
import ApusTestSupport
import Testing

@Suite struct CommentDatasetTests {
    /// The table of the collection's authors.
    @Test func youTubeSpamCollection() throws {
        guard let folder = realData("youtube-spam") else { return }
        let dataset = try CommentDataset(contentsOf: folder)
        #expect(dataset.sources == ["Psy", "KatyPerry", "LMFAO", "Eminem", "Shakira"])
        let parts = dataset.sources.map { source in CommentDataset(dataset.comments.filter { $0.source == source }) }
        #expect(parts.map(\.count) == [350, 350, 438, 448, 370])
        #expect(parts.map { $0.count(ofLabel: 1) } == [175, 175, 236, 245, 174])
        #expect(parts.map { $0.count(ofLabel: 0) } == [175, 175, 202, 203, 196])

        let first = dataset.comments[0]
        #expect(first.id == "LZQPQhLyRh80UYxNuaDWhIGQYNQ96IuCg-AYWqNPjpU")
        #expect(first.date == "2013-11-07T06:20:48")
        // The collection's texts are not ours to repeat: 64-bit FNV-1a, computed in Python.
        #expect(first.text.utf8.count == 56)
        #expect(first.text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } == 0x496D_B6C2_49C2_2455)
        // Entities and marks stay.
        #expect(dataset.texts.contains { $0.contains("&#39;") })
        #expect(dataset.texts.contains { $0.unicodeScalars.last == "\u{FEFF}" })
        #expect(dataset.texts.contains { $0.contains("\n") })

        let (train, test) = try dataset.holdingOut("shakira")
        #expect(train.count == 1586)
        #expect(test.count == 370)
        #expect(test.sources == ["Shakira"])

        let two = try CommentDataset(contentsOf: [folder + "/Youtube05-Shakira.csv", folder + "/Youtube01-Psy.csv"])
        #expect(two.sources == ["Shakira", "Psy"])
        #expect(two.count == 720)
    }

    private static let header = "COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS\n"

    @Test(arguments: [
        ("Youtube05-Shakira.csv", "Shakira"), ("youtube7-x-y.CSV", "x-y"), ("my-comments.csv", "my-comments"),
        ("Youtube-A.csv", "Youtube-A"), ("Youtube05-.csv", "Youtube05-"), ("Youtube05.csv", "Youtube05"), ("plain.txt", "plain.txt"),
    ])
    func sourceFromFileName(file: String, source: String) throws {
        try withTemporaryFolder { folder in
            try put((Self.header + "1,a,d,hello,0\n").utf8, at: folder + "/" + file)
            let dataset = try CommentDataset(contentsOf: folder + "/" + file)
            #expect(dataset.comments == [Comment(id: "1", author: "a", date: "d", text: "hello", label: 0, source: source)])
        }
    }

    @Test func folders() throws {
        try withTemporaryFolder { folder in
            #expect(throws: CommentDatasetError.noFiles(folder: folder)) { try CommentDataset(contentsOf: folder) }
            try put((Self.header + "1,a,d,one,0\n").utf8, at: folder + "/b.csv")
            try put((Self.header + "2,a,d,two,1\n").utf8, at: folder + "/a.CSV")
            try put("not a table\"".utf8, at: folder + "/readme.txt")
            try put("not a table\"".utf8, at: folder + "/.hidden.csv")
            #expect(try CommentDataset(contentsOf: folder + "/").texts == ["two", "one"])
            #expect(throws: CSVError.self) { try CommentDataset(contentsOf: [folder, folder + "/none.csv"]) }
        }
    }

    @Test func otherColumns() throws {
        let table = try CSVTable(text: "spam,message\n 1 ,buy\n0,hi\n", file: "t.csv")
        let dataset = try CommentDataset(table, source: "t", columns: CommentColumns(text: "message", label: "spam"))
        #expect(dataset.comments.map(\.text) == ["buy", "hi"])
        #expect(dataset.labels == [1, 0])
        // A name of one's own is taken at its word.
        #expect(throws: CSVError.missingColumn(file: "t.csv", column: "who", available: ["spam", "message"])) {
            try CommentDataset(table, source: "t", columns: CommentColumns(author: "who", text: "message", label: "spam"))
        }
        #expect(throws: CSVError.missingColumn(file: "t.csv", column: "CONTENT", available: ["spam", "message"])) {
            try CommentDataset(table, source: "t")
        }
    }

    @Test func unlabelled() throws {
        let without = try CSVTable(text: "CONTENT\nhello\n", file: "t.csv")
        #expect(try CommentDataset(without, source: "t", columns: .youtubeUnlabelled).labels == [nil])
        #expect(throws: CSVError.missingColumn(file: "t.csv", column: "CLASS", available: ["CONTENT"])) {
            try CommentDataset(without, source: "t")
        }
        let some = try CSVTable(text: "CONTENT,CLASS\nhello,\nbuy,1\n", file: "t.csv")
        #expect(try CommentDataset(some, source: "t", columns: .youtubeUnlabelled).labels == [nil, 1])
        #expect(throws: CSVError.invalidClass(file: "t.csv", line: 2, column: "CLASS", text: "")) {
            try CommentDataset(some, source: "t")
        }
    }

    @Test(arguments: ["spam", "-1", "1.0", "", "0x1", "99999999999999999999"])
    func classesThatAreNone(text: String) throws {
        let table = try CSVTable(text: "CONTENT,CLASS\n\"two\nlines\",0\nhello,\(text)\n", file: "t.csv")
        #expect(throws: CSVError.invalidClass(file: "t.csv", line: 4, column: "CLASS", text: text)) {
            try CommentDataset(table, source: "t")
        }
    }

    /// For prediction the class column is of no account, whatever is in it.
    @Test(arguments: ["spam", "-1", "1.0", "", "0x1", "99999999999999999999"])
    func classesThatAreNoneWhereTheyNeedNotBe(text: String) throws {
        let table = try CSVTable(text: "CONTENT,CLASS\nhello,\(text)\nbuy,1\n", file: "t.csv")
        #expect(try CommentDataset(table, source: "t", columns: .youtubeUnlabelled).labels == [nil, 1])
    }

    @Test func noRows() throws {
        let table = try CSVTable(text: Self.header, file: "t.csv")
        #expect(throws: CSVError.noRows(file: "t.csv")) { try CommentDataset(table, source: "t") }
    }

    @Test func holdingOut() throws {
        let dataset = CommentDataset(
            [("a", "One"), ("b", "Two"), ("c", "One"), ("d", "Three")].map { Comment(text: $0.0, label: 0, source: $0.1) })
        let (train, test) = try dataset.holdingOut("oNE")
        #expect(train.texts == ["b", "d"])
        #expect(test.texts == ["a", "c"])
        let error = CommentDatasetError.unknownSource("Four", available: ["One", "Two", "Three"])
        #expect(throws: error) { try dataset.holdingOut("Four") }
        #expect(error.description == "no video \"Four\" to hold out; there are One, Two, Three")
    }

    @Test func videosWhoseNamesDifferInCaseAreOne() throws {
        let comments = [("a", "One"), ("b", "Two"), ("c", "oNE")].map { Comment(text: $0.0, label: 0, source: $0.1) }
        #expect(CommentDataset(comments).sources == ["One", "Two"])
        let (train, test) = try CommentDataset(comments).holdingOut("ONE")
        #expect(train.texts == ["b"])
        #expect(test.texts == ["a", "c"])
    }

    @Test(arguments: [["One"], ["One", "ONE"]]) func theOnlyVideoCannotBeHeldOut(sources: [String]) {
        let dataset = CommentDataset(sources.map { Comment(text: "a", label: 0, source: $0) })
        let error = CommentDatasetError.onlyOneSource("One")
        #expect(throws: error) { try dataset.holdingOut("one") }
        #expect(error.description == "holding out needs comments on at least two videos; there is only \"One\"")
        #expect(throws: CommentDatasetError.unknownSource("Two", available: ["One"])) { try dataset.holdingOut("Two") }
    }

    @Test func writtenAndReadBack() throws {
        try withTemporaryFolder { folder in
            let comments = [
                Comment(id: "1", author: "a,b", date: "", text: "say \"hi\"\nor not", label: 1, source: "out"),
                Comment(id: "2", author: "", date: "2031-01-01", text: "", label: nil, source: "out"),
            ]
            try CommentDataset(comments).write(to: folder + "/out.csv")
            #expect(try CommentDataset(contentsOf: folder + "/out.csv", columns: .youtubeUnlabelled).comments == comments)
        }
    }
}

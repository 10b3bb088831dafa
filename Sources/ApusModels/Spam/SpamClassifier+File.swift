import ApusCore
import ApusData

extension SpamClassifier {
    /// What marks a file as a classifier of this format.
    private static let formatKey = "apus.spam.format", format = "1"
    private static let recipeKey = "apus.spam.recipe"
    private static let textPrefix = "apus.spam.text."

    /// Saves everything that prediction needs in one safetensors file: weights, vocabulary and settings.
    /// - Throws: `FileError`; the file is then as it was.
    public func save(to path: String) throws {
        let contents = try model.contents()
        var metadata = [
            SpamClassifier.formatKey: SpamClassifier.format, SpamClassifier.recipeKey: recipe.rawValue,
        ]
        for (name, text) in contents.texts { metadata[SpamClassifier.textPrefix + name] = text }
        var writer = SafetensorsWriter(metadata: metadata)
        for (name, value) in contents.tensors { writer.add(value, named: name) }
        try writer.write(to: path)
    }

    /// A saved classifier.
    /// - Throws: `FileError`, `SafetensorsError` for a file that cannot be read, ``SpamError`` for one that
    ///   holds no classifier or a damaged one.
    public static func load(from path: String) throws -> SpamClassifier {
        let file = try SafetensorsReader(path: path)
        guard file.metadata[formatKey] == format, let name = file.metadata[recipeKey],
            let recipe = SpamRecipe(rawValue: name)
        else { throw SpamError.notASpamModel(file: path) }
        var contents = SpamModelContents()
        for (key, text) in file.metadata where key.hasPrefix(textPrefix) {
            contents.texts[String(key.dropFirst(textPrefix.count))] = text
        }
        contents.tensors = try file.entries.map { (name: $0.name, value: try file.tensor(named: $0.name)) }
        switch recipe {
        case .reference: return SpamClassifier(try ReferenceSpamModel(restoring: contents))
        case .cues: return SpamClassifier(try CueSpamModel(restoring: contents))
        }
    }
}

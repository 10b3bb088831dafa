import ApusCore
import ApusNN
import Foundation

extension CueSpamModel {
    private static let settingsKey = "settings", vocabularyKey = "vocabulary", bucketsKey = "gram_buckets"
    private static let raritiesKey = "gram_rarities", meansKey = "feature_means", deviationsKey = "feature_deviations"

    private struct Settings: Codable {
        var members: Int
        var sizes: CueNetwork.Sizes
        /// The features' names, for a file is of use to a program that computes the same ones alone.
        var features: [String]
    }

    private static var featureNames: [String] { CueFeature.allCases.map { "\($0)" } }

    public func contents() throws -> SpamModelContents {
        func json(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let settings = Settings(
            members: networks.members.count, sizes: networks.members[0].sizes, features: CueSpamModel.featureNames)
        return SpamModelContents(
            tensors: [
                (name: CueSpamModel.raritiesKey, value: Tensor(vectorizer.rarities)),
                (name: CueSpamModel.meansKey, value: Tensor(vectorizer.means)),
                (name: CueSpamModel.deviationsKey, value: Tensor(vectorizer.deviations)),
            ] + networks.namedParameters.map { (name: $0.name, value: $0.parameter.value) },
            texts: [
                CueSpamModel.settingsKey: try json(settings),
                CueSpamModel.vocabularyKey: try json(vectorizer.vocabulary),
                CueSpamModel.bucketsKey: try json(vectorizer.buckets),
            ])
    }

    public convenience init(restoring contents: SpamModelContents) throws {
        func decoded<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
            let text = try contents.text(name)
            do {
                return try JSONDecoder().decode(type, from: Data(text.utf8))
            } catch {
                throw SpamError.damagedModel("'\(name)' cannot be read: \(error)")
            }
        }
        let settings = try decoded(CueSpamModel.settingsKey, as: Settings.self)
        guard settings.features == CueSpamModel.featureNames else {
            throw SpamError.damagedModel("its features are not those of this version")
        }
        let vectorizer = try CueVectorizer(
            restoring: decoded(CueSpamModel.bucketsKey, as: [Int32].self),
            rarities: contents.tensor(CueSpamModel.raritiesKey).scalars,
            vocabulary: decoded(CueSpamModel.vocabularyKey, as: [String].self),
            means: contents.tensor(CueSpamModel.meansKey).scalars,
            deviations: contents.tensor(CueSpamModel.deviationsKey).scalars)
        let sizes = settings.sizes
        let expected = CueNetwork.Sizes(grams: vectorizer.buckets.count, indices: vectorizer.indexCount)
        guard sizes == expected else {
            throw SpamError.damagedModel("its networks have the sizes \(sizes), its vocabulary wants \(expected)")
        }
        // As many as anybody would train; a damaged number is not to take all memory.
        guard (1...64).contains(settings.members) else {
            throw SpamError.damagedModel("it has \(settings.members) networks")
        }
        let networks = try CueEnsemble(sizes, members: settings.members, seed: 0)
        try contents.fill(networks.namedParameters)
        self.init(vectorizer: vectorizer, networks: networks)
    }
}

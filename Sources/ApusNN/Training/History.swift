/// Named numbers in order: `loss`, metrics, `val_loss`, ….
public struct Figures: Hashable, Sendable, Codable {
    /// The names in order.
    public private(set) var names: [String] = []
    /// The numbers, one for each name.
    public private(set) var values: [Double] = []

    /// No numbers yet.
    public init() {}

    /// A number by its name; nil if there is none.
    public subscript(name: String) -> Double? {
        get { names.firstIndex(of: name).map { values[$0] } }
        set {
            let place = names.firstIndex(of: name)
            switch (place, newValue) {
            case let (place?, value?): values[place] = value
            case let (nil, value?):
                names.append(name)
                values.append(value)
            case let (place?, nil):
                names.remove(at: place)
                values.remove(at: place)
            case (nil, nil): break
            }
        }
    }
}

extension Figures {
    private enum CodingKeys: CodingKey { case names, values }

    /// - Throws: `DecodingError` unless the names are distinct and there is one value for each.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        names = try container.decode([String].self, forKey: .names)
        values = try container.decode([Double].self, forKey: .values)
        guard names.count == values.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .values, in: container, debugDescription: "\(names.count) names but \(values.count) values")
        }
        guard Set(names).count == names.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .names, in: container, debugDescription: "a name that stands twice among \(names)")
        }
    }
}

/// What training found, epoch by epoch.
public struct History: Hashable, Sendable, Codable {
    /// One epoch.
    public struct Epoch: Hashable, Sendable, Codable {
        /// The epoch's number, from 0.
        public var epoch: Int
        /// `loss`, the metrics, and `val_…` of both if there is a validation source.
        public var figures: Figures
        /// The learning rate at the epoch's end.
        public var learningRate: Float
        /// How long it took; only the part since a resumption, if training was resumed within it.
        public var seconds: Double
    }

    /// The epochs that were finished.
    public internal(set) var epochs: [Epoch] = []
    /// Whether ``InterruptHandler`` ended the training.
    public internal(set) var isInterrupted = false

    /// A figure of every epoch: `history["val_loss"]`.
    public subscript(name: String) -> [Double] { epochs.compactMap { $0.figures[name] } }
    /// The last epoch's figures.
    public var last: Figures? { epochs.last?.figures }
}

/// Named numbers in order: `loss`, metrics, `val_loss`, ….
public struct Figures: Hashable, Sendable, Codable {
    /// The names in order.
    public private(set) var names: [String] = []
    /// The numbers, one for each name.
    public private(set) var values: [Double] = []

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

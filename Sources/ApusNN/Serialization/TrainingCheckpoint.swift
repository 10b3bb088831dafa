import ApusCore
import Foundation

/// What a checkpoint holds beside tensors, as JSON under `__metadata__["apus.training"]`.
struct TrainingState: Codable {
    static let key = "apus.training"
    static let currentFormat = 1
    static let optimizerPrefix = "apus.optimizer/"
    static let callbackPrefix = "apus.callback/"

    var format = TrainingState.currentFormat
    var epoch: Int
    var batch: Int
    var step: UInt64
    var runningItems: Int
    var runningLoss: Double
    var runningMetrics: [Double]
    var history: History

    // What a resumption must agree in, for the runs to be one.
    var itemCount: Int
    var batchSize: Int
    var seed: UInt64
    var shuffle: Bool
    var metricNames: [String]

    var optimizer: String
    var optimizerSteps: Int64
    var learningRate: Float
    /// By the callback's type and its place among those of the type: `EarlyStopping 0`.
    var callbacks: [String: [String: Double]]

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A loss may well be NaN.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    static func read(_ json: String, file: String) throws -> TrainingState {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(TrainingState.self, from: Data(json.utf8))
        } catch let error as DecodingError {
            throw SerializationError.checkpoint(
                file: file, what: TrainingState.key, expected: "the state of a training", found: reason(error))
        }
    }
}

extension TrainingLoop {
    private var namedCallbacks: [(name: String, callback: any Callback)] {
        var counts: [String: Int] = [:]
        return callbacks.map { callback in
            let type = "\(type(of: callback))"
            let place = counts[type, default: 0]
            counts[type] = place + 1
            return ("\(type) \(place)", callback)
        }
    }

    /// Writes everything that going on needs as one file, whole or not at all.
    func saveCheckpoint(to path: String) throws {
        var writer = SafetensorsWriter()
        let parameters = model.namedParameters
        try Weights.add(parameters, to: &writer)
        for (name, tensor) in run.optimizer.state(of: parameters) {
            writer.add(tensor, named: TrainingState.optimizerPrefix + name)
        }
        var numbers: [String: [String: Double]] = [:]
        for (name, callback) in namedCallbacks {
            let state = callback.state
            if !state.numbers.isEmpty { numbers[name] = state.numbers }
            for (key, tensor) in state.tensors.sorted(by: { $0.key < $1.key }) {
                writer.add(tensor, named: TrainingState.callbackPrefix + name + "/" + key)
            }
        }
        let state = TrainingState(
            epoch: run.epoch, batch: run.batch, step: run.step, runningItems: run.running.itemCount,
            runningLoss: run.running.lossSum,
            runningMetrics: run.metricNames.indices.map { run.running.metricSums[$0] }, history: run.history,
            itemCount: run.itemCount, batchSize: run.batchSize, seed: run.seed, shuffle: shuffle,
            metricNames: run.metricNames, optimizer: type(of: run.optimizer).kind,
            optimizerSteps: run.optimizer.stepCount, learningRate: run.optimizer.learningRate, callbacks: numbers)
        writer.metadata[TrainingState.key] = try state.json()
        try writer.write(to: path)
    }

    /// Goes back to where a checkpoint was written.
    /// - Throws: ``SerializationError``, `SafetensorsError`, `FileError`; model and optimizer are then as
    ///   they were.
    func resume(from path: String) throws {
        let reader = try SafetensorsReader(path: path)
        func differs(_ what: String, _ expected: some Any, _ found: some Any) -> SerializationError {
            .checkpoint(file: path, what: what, expected: "\(expected)", found: "\(found)")
        }
        guard let json = reader.metadata[TrainingState.key] else {
            throw differs(TrainingState.key, "the state of a training", "missing")
        }
        let state = try TrainingState.read(json, file: path)
        if state.format != TrainingState.currentFormat { throw differs("format", TrainingState.currentFormat, state.format) }
        if state.itemCount != run.itemCount { throw differs("the number of items", run.itemCount, state.itemCount) }
        if state.batchSize != run.batchSize { throw differs("the batch size", run.batchSize, state.batchSize) }
        if state.seed != run.seed { throw differs("the seed", run.seed, state.seed) }
        if state.shuffle != shuffle { throw differs("shuffle", shuffle, state.shuffle) }
        if state.metricNames != run.metricNames { throw differs("the metrics", run.metricNames, state.metricNames) }
        let kind = type(of: run.optimizer).kind
        if state.optimizer != kind { throw differs("the optimizer", kind, state.optimizer) }
        // Counts that leave room to go on counting.
        let most = Int64(1) << 62
        guard state.epoch >= 0, state.epoch < most, state.batch >= 0, state.batch <= run.batchesPerEpoch,
            state.step < most, state.optimizerSteps >= 0, state.optimizerSteps < most,
            state.runningItems >= 0, state.runningItems <= run.itemCount,
            state.runningMetrics.count == run.metricNames.count
        else { throw differs("the position", "within the training", "epoch \(state.epoch), batch \(state.batch)") }

        // Everything is read before anything is changed.
        let parameters = model.namedParameters
        let values = try Weights.read(parameters, from: reader)
        var optimizerState: [String: Tensor<Float>] = [:]
        var callbackTensors: [String: [String: Tensor<Float>]] = [:]
        let named = namedCallbacks
        for entry in reader.entries {
            if entry.name.hasPrefix(TrainingState.optimizerPrefix) {
                let name = String(entry.name.dropFirst(TrainingState.optimizerPrefix.count))
                optimizerState[name] = try reader.tensor(named: entry.name)
            } else if entry.name.hasPrefix(TrainingState.callbackPrefix) {
                let rest = entry.name.dropFirst(TrainingState.callbackPrefix.count)
                if let name = named.first(where: { rest.hasPrefix($0.name + "/") })?.name {
                    let key = String(rest.dropFirst(name.utf8.count + 1))
                    callbackTensors[name, default: [:]][key] = try reader.tensor(named: entry.name)
                }
            }
        }
        try run.optimizer.restore(optimizerState, of: parameters, stepCount: state.optimizerSteps)
        run.optimizer.learningRate = state.learningRate
        for (item, value) in zip(parameters, values) { item.parameter.value = value }
        for (name, callback) in named {
            if state.callbacks[name] == nil && callbackTensors[name] == nil { continue }
            callback.state = CallbackState(numbers: state.callbacks[name] ?? [:], tensors: callbackTensors[name] ?? [:])
        }
        run.resume(from: state)
    }
}

extension TrainingRun {
    func resume(from state: TrainingState) {
        epoch = state.epoch
        batch = state.batch
        step = state.step
        running = BatchResult(itemCount: state.runningItems, lossSum: state.runningLoss)
        for (place, sum) in state.runningMetrics.enumerated() { running.metricSums[place] = sum }
        history = state.history
        history.isInterrupted = false
    }
}

import ApusCore
import ApusNN
import Foundation

extension CapsNet {
    private static let formatKey = "apus.capsnet.format", format = "1", settingsKey = "apus.capsnet.settings"

    /// Saves settings and weights in one safetensors file.
    /// - Throws: `FileError`; the file is then as it was.
    public func save(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let settings = String(decoding: try encoder.encode(self.settings), as: UTF8.self)
        var writer = SafetensorsWriter(metadata: [CapsNet.formatKey: CapsNet.format, CapsNet.settingsKey: settings])
        for (name, parameter) in namedParameters { writer.add(parameter.value, named: name) }
        try writer.write(to: path)
    }

    /// A saved network.
    /// - Throws: `FileError`, `SafetensorsError` for a file that cannot be read; ``CapsNetError/notACapsNet(file:reason:)``
    ///   for one that holds none or a damaged one; `ModelError` for settings that make no network.
    public static func load(from path: String) throws -> CapsNet {
        let file = try SafetensorsReader(path: path)
        func refuse(_ reason: String) -> CapsNetError { .notACapsNet(file: path, reason: reason) }
        guard file.metadata[formatKey] == format, let text = file.metadata[settingsKey] else {
            throw refuse("its metadata does not say so")
        }
        let settings: Settings
        do { settings = try JSONDecoder().decode(Settings.self, from: Data(text.utf8)) } catch {
            throw refuse("its settings cannot be read: \(error)")
        }
        // Settings come from the file. What they would make is compared with the file's tensors before it is made.
        try settings.check(against: file, refuse)
        let model = try CapsNet(settings)
        for (name, parameter) in model.namedParameters {
            let value: Tensor<Float> = try file.tensor(named: name)
            guard value.shape == parameter.value.shape else {
                throw refuse("'\(name)' has shape \(value.shape), not \(parameter.value.shape)")
            }
            parameter.value = value
        }
        return model
    }
}

extension CapsNet.Settings {
    fileprivate func check(against file: SafetensorsReader, _ refuse: (String) -> CapsNetError) throws {
        let sizes = [height, width, classes, filters, kernelSize, primaryChannels, primaryDimension, dimension] + decoder
        guard sizes.allSatisfy({ (1...1 << 16).contains($0) }), decoder.count <= 16 else { throw refuse("a size is absurd") }
        func expect(_ name: String, _ shape: [Int]) throws {
            guard let entry = file.entry(named: name) else { throw refuse("'\(name)' is missing") }
            guard entry.shape.dimensions == shape else {
                throw refuse("'\(name)' has shape \(entry.shape), not \(shape)")
            }
        }
        try expect("conv1/kernel", [kernelSize, kernelSize, 1, filters])
        try expect("primary_caps/kernel", [kernelSize, kernelSize, filters, primaryChannels * primaryDimension])
        let places = { (size: Int) in (size - kernelSize + 1 - kernelSize) / 2 + 1 }
        try expect(
            "digit_caps/kernel", [places(height) * places(width) * primaryChannels, primaryDimension, classes, dimension])
        var input = classes * dimension
        for (number, width) in decoder.enumerated() {
            try expect("fc\(number + 1)/kernel", [input, width])
            input = width
        }
        if !decoder.isEmpty { try expect("reconstruction/kernel", [input, pixels]) }
    }
}

import ApusCore

extension PCA {
    private static var formatKey: String { "apus.pca.format" }
    private static var format: String { "1" }

    /// Saves everything that ``transform(_:)`` and ``inverseTransform(_:)`` need in one safetensors file.
    /// - Throws: `FileError`; the file is then as it was.
    public func save(to path: String) throws {
        var metadata = [
            Self.formatKey: Self.format, "apus.pca.samples": String(sampleCount), "apus.pca.solver": solver.rawValue,
            "apus.pca.whiten": String(whiten),
        ]
        for (index, name) in columnNames.enumerated() { metadata["apus.pca.column.\(index)"] = name }
        var writer = SafetensorsWriter(metadata: metadata)
        writer.add(components, named: "components")
        writer.add(Tensor(mean), named: "mean")
        if let scale { writer.add(Tensor(scale), named: "scale") }
        writer.add(Tensor(explainedVariance), named: "explained_variance")
        writer.add(Tensor(explainedVarianceRatio), named: "explained_variance_ratio")
        writer.add(Tensor(singularValues), named: "singular_values")
        writer.add(Tensor([noiseVariance]), named: "noise_variance")
        try writer.write(to: path)
    }

    /// Saved components.
    /// - Throws: `FileError`, `SafetensorsError` for a file that cannot be read or holds components of another element
    ///   type, ``PCAError/notAPCA(file:)``, ``PCAError/damaged(file:reason:)``.
    public static func load(from path: String) throws -> PCA {
        let file = try SafetensorsReader(path: path)
        guard file.metadata[formatKey] == format else { throw PCAError.notAPCA(file: path) }
        func damaged(_ reason: String) -> PCAError { .damaged(file: path, reason: reason) }
        guard let samples = file.metadata["apus.pca.samples"].flatMap(Int.init), samples > 1,
            let solver = file.metadata["apus.pca.solver"].flatMap(PCASolver.init(rawValue:)),
            let whiten = file.metadata["apus.pca.whiten"].flatMap(Bool.init)
        else { throw damaged("its settings are missing or make no sense") }
        let components: Tensor<Scalar> = try file.tensor(named: "components")
        guard components.shape.rank == 2, components.count > 0 else { throw damaged("components of shape \(components.shape)") }
        let (count, columns) = (components.shape[0], components.shape[1])
        func numbers(_ name: String, _ count: Int) throws -> [Double] {
            let numbers = try file.tensor(named: name, of: Double.self, shape: [count]).scalars
            guard numbers.allSatisfy(\.isFinite) else { throw damaged("'\(name)' holds a number that is not finite") }
            return numbers
        }
        guard components.withUnsafeBufferPointer({ $0.allSatisfy { $0.isFinite } }) else {
            throw damaged("'components' holds a number that is not finite")
        }
        let scale = try file.entry(named: "scale") == nil ? nil : numbers("scale", columns)
        guard scale?.allSatisfy({ $0 > 0 }) ?? true else { throw damaged("a scale that is not positive") }
        let variance = try numbers("explained_variance", count)
        guard variance.allSatisfy({ $0 >= 0 }) else { throw damaged("a negative variance") }
        var pca = PCA(
            components: components, mean: try numbers("mean", columns), scale: scale, explainedVariance: variance,
            explainedVarianceRatio: try numbers("explained_variance_ratio", count),
            singularValues: try numbers("singular_values", count), noiseVariance: try numbers("noise_variance", 1)[0],
            sampleCount: samples, solver: solver, whiten: whiten)
        let names = (0..<columns).compactMap { file.metadata["apus.pca.column.\($0)"] }
        guard names.isEmpty || names.count == columns else { throw damaged("\(names.count) names for \(columns) columns") }
        pca.columnNames = names
        return pca
    }
}

import ApusCore
import ApusData
import Foundation
import Testing

@testable import ApusModels

private let iris = Tensor(Iris.fisher.features, shape: [150, 4])

@Suite struct PCABehaviourTests {
    /// Orthonormal components, scores of the variances that are told, of mean zero, and without correlation.
    @Test(arguments: [PCASolver.full, .covariance, .randomized], [false, true])
    func definition(solver: PCASolver, whiten: Bool) throws {
        let x = PCAFixture.table("tall", of: Double.self)
        let (pca, scores) = try PCA.fitTransform(x, PCAOptions(components: 6, solver: solver, whiten: whiten))
        let c = pca.components.scalars, s = scores.scalars
        for i in 0..<6 {
            #expect(abs((0..<300).reduce(0.0) { $0 + s[$1 * 6 + i] }) < 1e-9)
            for j in 0..<6 {
                let dot = (0..<12).reduce(0.0) { $0 + c[i * 12 + $1] * c[j * 12 + $1] }
                #expect(abs(dot - (i == j ? 1 : 0)) < 1e-12)
                let covariance = (0..<300).reduce(0.0) { $0 + s[$1 * 6 + i] * s[$1 * 6 + j] } / 299
                let variance = whiten ? 1 : pca.explainedVariance[i]
                #expect(abs(covariance - (i == j ? variance : 0)) < (whiten ? 1e-6 : 1e-9))
            }
            let largest = (0..<12).map { c[i * 12 + $0] }.max { abs($0) < abs($1) }!
            #expect(largest > 0)
        }
        #expect(zip(pca.explainedVariance, pca.explainedVariance.dropFirst()).allSatisfy { $0 >= $1 })
    }

    @Test(arguments: [PCASolver.full, .covariance]) func allComponentsLoseNothing(solver: PCASolver) throws {
        for (standardize, whiten) in [(false, false), (true, false), (false, true), (true, true)] {
            let pca = try PCA.fit(iris, PCAOptions(solver: solver, standardize: standardize, whiten: whiten))
            let again = try pca.inverseTransform(pca.transform(iris))
            #expect(distance(again.scalars, iris.scalars) < 1e-13)
            #expect(abs(pca.explainedVarianceRatio.reduce(0, +) - 1) < 1e-12)
        }
    }

    /// A mean of a million deviations costs the covariance nothing: the variances are those without it.
    @Test(arguments: [PCASolver.full, .covariance, .randomized]) func largeMeans(solver: PCASolver) throws {
        let x = PCAFixture.table("tall", of: Double.self)
        let options = PCAOptions(components: 4, solver: solver)
        let plain = try PCA.fit(x, options)
        let far = Tensor(x.scalars.map { $0 + 0x1p20 }, shape: x.shape)
        let moved = try PCA.fit(far, options)
        #expect(distance(moved.explainedVariance, plain.explainedVariance) < 1e-8)
        #expect(distance(try moved.transform(far).scalars, try plain.transform(x).scalars) < 1e-8)
        // In single precision the numbers themselves are rounded to 1/16 there; integers are not.
        let small = Tensor<Float>(x.scalars.map { Float(($0 * 100).rounded()) }, shape: x.shape)
        let large = Tensor<Float>(small.scalars.map { $0 + 0x1p20 }, shape: x.shape)
        let a = try PCA.fit(small, options), b = try PCA.fit(large, options)
        #expect(distance(b.explainedVariance, a.explainedVariance) < 1e-5)
        #expect(distance(try b.transform(large).scalars, try a.transform(small).scalars.map { Double($0) }) < 1e-5)
    }

    @Test func aSeedFixesTheResult() throws {
        let x = PCAFixture.table("large", of: Float.self)
        let threads = Runtime.threads
        defer { try? Runtime.use(threads: threads) }
        func components(_ seed: UInt64, _ solver: PCASolver, threads: Int) throws -> Tensor<Float> {
            try Runtime.use(threads: threads)
            let options = PCAOptions(components: 3, solver: solver, seed: seed, powerIterations: 1)
            return try PCA.fit(x, options).components
        }
        for solver in [PCASolver.randomized, .covariance] {
            #expect(try components(5, solver, threads: 1) == components(5, solver, threads: 2))
        }
        #expect(try components(5, .randomized, threads: 2) != components(6, .randomized, threads: 2))
    }

    /// Columns that are copies of each other leave eigenvalues of zero, give or take the covariance's rounding.
    @Test func dependentColumns() throws {
        func check<Scalar: PCAScalar>(_: Scalar.Type) throws {
            var random = CueTestRandom(state: 4)
            let rows = 50_000
            var values: [Scalar] = []
            for _ in 0..<rows {
                let a = Scalar(Double.random(in: -1...1, using: &random)), b = Scalar(Double.random(in: -1...1, using: &random))
                values += [a, b, a, a + b, 2 * b]
            }
            let pca = try PCA.fit(Tensor(values, shape: [rows, 5]), PCAOptions(solver: .covariance, whiten: true))
            #expect(pca.count == 5)
            #expect(pca.explainedVariance[2] <= 1e-5 && pca.explainedVariance[4] >= 0)
            #expect(try pca.transform(Tensor(values, shape: [rows, 5])).scalars.allSatisfy { $0.isFinite })
        }
        try check(Float.self)
        try check(Double.self)
    }

    @Test func smallestData() throws {
        let pair = Tensor<Double>([1, 2, 3, 5], shape: [2, 2])
        let pca = try PCA.fit(pair)
        #expect(pca.count == 2)
        #expect(abs(pca.explainedVarianceRatio[0] - 1) < 1e-12)
        let line = try PCA.fit(Tensor<Double>([1, 3, 8], shape: [3, 1]), components: .mle)
        #expect(line.components.scalars == [1])
        #expect(abs(line.explainedVariance[0] - 13) < 1e-12)
        #expect(try line.transform(Tensor<Double>([], shape: [0, 1])).shape == [0, 1])
    }

    @Test func refusals() throws {
        func fit(_ values: [Double], _ shape: Shape, _ options: PCAOptions = PCAOptions()) throws {
            _ = try PCA.fit(Tensor(values, shape: shape), options)
        }
        #expect(throws: PCAError.noData(rows: 0, columns: 3)) { try fit([], [0, 3]) }
        #expect(throws: PCAError.noData(rows: 3, columns: 0)) { try fit([], [3, 0]) }
        #expect(throws: PCAError.tooFewRows(rows: 1)) { try fit([1, 2], [1, 2]) }
        #expect(throws: PCAError.notFinite(row: 1, column: 0, value: "nan")) { try fit([1, 2, .nan, 4, 5, .infinity], [3, 2]) }
        #expect(throws: PCAError.notFinite(row: 0, column: 1, value: "-inf")) { try fit([1, -.infinity, 3, 4], [2, 2]) }
        #expect(throws: PCAError.tooLarge(column: 1)) { try fit([1, 1.7e308, 3, 1.7e308], [2, 2]) }
        for solver in [PCASolver.full, .covariance, .randomized] {
            #expect(throws: PCAError.tooLarge(column: 1)) {
                try fit([1, 1e200, 3, -1e200, 2, 5], [3, 2], PCAOptions(components: 1, solver: solver))
            }
        }
        #expect(throws: PCAError.noVariance) { try fit([1, 2, 1, 2], [2, 2]) }
        #expect(throws: PCAError.componentCount(asked: 5, limit: 4, rows: 150, columns: 4)) { try PCA.fit(iris, components: 5) }
        #expect(throws: PCAError.componentCount(asked: 0, limit: 4, rows: 150, columns: 4)) { try PCA.fit(iris, components: 0) }
        #expect(throws: PCAError.varianceRatio(1)) { try PCA.fit(iris, components: 1.0) }
        #expect(throws: PCAError.varianceRatio(-0.5)) { try PCA.fit(iris, components: -0.5) }
        #expect(throws: PCAError.needsCount(solver: .randomized)) {
            try PCA.fit(iris, PCAOptions(components: 0.9, solver: .randomized))
        }
        #expect(throws: PCAError.mleNeedsRows(rows: 15, columns: 40)) {
            try PCA.fit(PCAFixture.table("wide", of: Double.self), components: .mle)
        }
        #expect(throws: PCAError.constantColumn(1)) {
            try fit([1, 0.1, 2, 0.1, 4, 0.1], [3, 2], PCAOptions(standardize: true))
        }
        let pca = try PCA.fit(iris, components: 2)
        #expect(throws: PCAError.columnCount(found: 3, expected: 4)) { try pca.transform(Tensor(zeros: [5, 3])) }
        #expect(throws: PCAError.scoreCount(found: 3, expected: 2)) { try pca.inverseTransform(Tensor(zeros: [5, 3])) }
        #expect(throws: PCAError.notFinite(row: 1, column: 2, value: "nan")) {
            try pca.transform(Tensor([1, 2, 3, 4, 5, 6, .nan, 8], shape: [2, 4]))
        }
    }

    /// A failed batch leaves what was learnt as it was.
    @Test func incrementalRefusals() throws {
        var incremental = IncrementalPCA<Double>(components: 3)
        #expect(throws: PCAError.firstBatch(rows: 2, components: 3)) { try incremental.partialFit(iris.rows(0..<2)) }
        #expect(throws: PCAError.componentCount(asked: 3, limit: 2, rows: 5, columns: 2)) {
            try incremental.partialFit(Tensor(zeros: [5, 2]))
        }
        #expect(incremental.pca == nil)
        try incremental.partialFit(iris.rows(0..<40))
        let before = try #require(incremental.pca)
        #expect(throws: PCAError.columnCount(found: 2, expected: 4)) { try incremental.partialFit(Tensor(zeros: [5, 2])) }
        #expect(throws: PCAError.notFinite(row: 0, column: 1, value: "nan")) {
            try incremental.partialFit(Tensor([1, .nan, 2, 3], shape: [1, 4]))
        }
        #expect(incremental.pca?.components == before.components)
        // A single row is a batch once there was a first one.
        try incremental.partialFit(iris.rows(40..<41))
        #expect(incremental.sampleCount == 41)
    }
}

@Suite struct PCAFileTests {
    private func withFile(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func savedAndLoadedItIsTheSame() throws {
        func check<Scalar: PCAScalar>(_: Scalar.Type, standardize: Bool) throws {
            let x = PCAFixture.table("iris", of: Scalar.self)
            var pca = try PCA.fit(x, PCAOptions(components: 3, standardize: standardize, whiten: standardize))
            if standardize { pca.columnNames = Iris.featureNames }
            try withFile { path in
                try pca.save(to: path)
                let loaded = try PCA<Scalar>.load(from: path)
                #expect(try loaded.transform(x) == pca.transform(x))
                #expect(try loaded.inverseTransform(loaded.transform(x)) == pca.inverseTransform(pca.transform(x)))
                #expect(loaded.explainedVarianceRatio == pca.explainedVarianceRatio)
                #expect(loaded.singularValues == pca.singularValues)
                #expect(loaded.noiseVariance == pca.noiseVariance)
                #expect(loaded.sampleCount == 150 && loaded.solver == .covariance && loaded.columnNames == pca.columnNames)
            }
        }
        for standardize in [false, true] {
            try check(Float.self, standardize: standardize)
            try check(Double.self, standardize: standardize)
        }
    }

    @Test func refusesOtherFiles() throws {
        try withFile { path in
            var writer = SafetensorsWriter()
            writer.add(Tensor<Float>([1, 2]), named: "components")
            try writer.write(to: path)
            #expect(throws: PCAError.notAPCA(file: path)) { try PCA<Float>.load(from: path) }
            try PCA.fit(iris, components: 2).save(to: path)
            #expect(throws: SafetensorsError.elementType(file: path, tensor: "components", expected: "F32", found: "F64")) {
                try PCA<Float>.load(from: path)
            }
            // Each part missing or spoilt in turn.
            let whole = try SafetensorsReader(path: path)
            for spoilt in whole.entries {
                for value in [nil, Double.nan] {
                    var writer = SafetensorsWriter(metadata: whole.metadata)
                    for entry in whole.entries where value != nil || entry.name != spoilt.name {
                        var tensor: Tensor<Double> = try whole.tensor(named: entry.name)
                        if let value, entry.name == spoilt.name { tensor.withUnsafeMutableBufferPointer { $0[0] = value } }
                        writer.add(tensor, named: entry.name)
                    }
                    try withFile { copy in
                        try writer.write(to: copy)
                        #expect(throws: (any Error).self, "\(spoilt.name)") { try PCA<Double>.load(from: copy) }
                    }
                }
            }
        }
    }
}

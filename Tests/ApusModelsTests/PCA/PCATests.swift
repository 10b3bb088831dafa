import ApusCore
import ApusData
import Foundation
import Testing

@testable import ApusModels

/// The largest difference, relative to the largest expected number.
func distance<Scalar: BinaryFloatingPoint>(_ found: some Collection<Scalar>, _ expected: [Double]) -> Double {
    guard found.count >= expected.count, !expected.isEmpty else { return .infinity }
    let size = expected.map(\.magnitude).max()!
    let worst = zip(found, expected).map { ($0.isFinite ? abs(Double($0) - $1) : .infinity) }.max()!
    return size == 0 ? worst : worst / size
}

@Suite struct PCAAgainstScikitLearnTests {
    private func agrees<Scalar: PCAScalar>(
        _ expected: PCAFixture.Fit, solver: PCASolver, as type: Scalar.Type, tolerance: Double
    ) throws {
        let x = PCAFixture.table(expected.data, of: type)
        let pca = try PCA.fit(
            x,
            PCAOptions(
                components: PCAFixture.components(expected.components), solver: solver,
                standardize: expected.standardize, whiten: expected.whiten))
        #expect(pca.count == expected.count)
        #expect(pca.solver == solver)
        #expect(distance(pca.explainedVariance, expected.variance) < tolerance)
        #expect(distance(pca.explainedVarianceRatio, expected.ratio) < tolerance)
        // A singular value of zero comes out as the root of the covariance's rounding.
        #expect(distance(pca.singularValues, expected.singularValues) < (solver == .full ? tolerance : tolerance.squareRoot()))
        #expect(abs(pca.noiseVariance - expected.noise) < tolerance * expected.variance[0])
        if !expected.standardize { #expect(distance(pca.mean, expected.mean) < tolerance) }
        if !expected.vectors.isEmpty { #expect(distance(pca.components.scalars, expected.vectors) < 30 * tolerance) }
        let scores = try pca.transform(x)
        #expect(scores.shape == [x.shape[0], expected.count])
        #expect(distance(scores.scalars, expected.scores) < 30 * tolerance)
        let again = try pca.inverseTransform(scores)
        #expect(again.shape == x.shape)
        if expected.inverse.isEmpty { return }
        if expected.standardize {
            // Scikit-learn's pipeline stands before its own inverse of the standardization.
            let mean = pca.mean, scale = try #require(pca.scale)
            let standardized = (0..<x.shape[1]).map { (Double(again[0, $0]) - mean[$0]) / scale[$0] }
            #expect(distance(standardized, expected.inverse) < 30 * tolerance)
        } else {
            #expect(distance(again.scalars, expected.inverse) < 30 * tolerance)
        }
    }

    @Test(arguments: PCAFixture.stored.cases) func full(expected: PCAFixture.Fit) throws {
        guard expected.solver == "full" else { return }
        try agrees(expected, solver: .full, as: Double.self, tolerance: 1e-11)
    }

    @Test(arguments: PCAFixture.stored.cases) func covariance(expected: PCAFixture.Fit) throws {
        // With fewer rows than columns the two differ in what they call noise, and the last component is void.
        guard expected.data != "wide" || expected.solver == "covariance" else { return }
        try agrees(expected, solver: .covariance, as: Double.self, tolerance: 1e-11)
    }

    /// Float all the way against scikit-learn in double.
    @Test(arguments: PCAFixture.stored.cases, [PCASolver.full, .covariance])
    func inSinglePrecision(expected: PCAFixture.Fit, solver: PCASolver) throws {
        guard solver.rawValue == expected.solver || expected.data != "wide" else { return }
        // The likelihood of a spectrum that ends in rounding errors is another one.
        guard expected.components != "mle" || expected.data == "iris" else { return }
        try agrees(expected, solver: solver, as: Float.self, tolerance: 1e-5)
    }

    @Test func randomized() throws {
        let expected = PCAFixture.stored.randomized
        try agrees(expected, solver: .randomized, as: Double.self, tolerance: 1e-9)
        try agrees(expected, solver: .randomized, as: Float.self, tolerance: 1e-5)
    }

    /// Wide data: the sample is of rows.
    @Test func randomizedAcross() throws {
        let expected = try #require(PCAFixture.stored.cases.first { $0.name == "wide" && $0.solver == "full" })
        try agrees(expected, solver: .randomized, as: Double.self, tolerance: 1e-9)
    }

    @Test(arguments: PCAFixture.stored.incremental) func incremental(expected: PCAFixture.Incremental) throws {
        func agrees<Scalar: PCAScalar>(_: Scalar.Type, _ tolerance: Double) throws {
            let x = PCAFixture.table(expected.data, of: Scalar.self)
            var incremental = IncrementalPCA<Scalar>(components: expected.components)
            try incremental.fit(x, batchSize: expected.batch)
            let pca = try #require(incremental.pca)
            #expect(pca.count == expected.count)
            #expect(pca.sampleCount == x.shape[0])
            #expect(distance(pca.mean, expected.mean) < tolerance)
            #expect(distance(pca.explainedVariance, expected.variance) < tolerance)
            #expect(distance(pca.explainedVarianceRatio, expected.ratio) < tolerance)
            #expect(distance(pca.singularValues, expected.singularValues) < tolerance)
            #expect(abs(pca.noiseVariance - expected.noise) < tolerance * expected.variance[0])
            #expect(distance(pca.components.scalars, expected.vectors) < 30 * tolerance)
            #expect(distance(try pca.transform(x).scalars, expected.scores) < 30 * tolerance)
        }
        try agrees(Double.self, 1e-11)
        try agrees(Float.self, 1e-5)
    }

    @Test func choosesTheSolver() {
        let choices = PCAFixture.stored.auto
        for choice in choices {
            let options = PCAOptions(components: PCAFixture.components(choice.components))
            #expect(options.solver(rows: choice.rows, columns: choice.columns).rawValue == choice.solver, "\(choice)")
        }
        #expect(Set(choices.map(\.solver)).count == 3)
        #expect(PCAOptions(solver: .full).solver(rows: 100_000, columns: 3) == .full)
    }

    @Test(arguments: ["iris", "tall"]) func minkasEvidence(data: String) throws {
        let expected = try #require(PCAFixture.stored.evidence[data])
        let found = MinkaDimension.logEvidence(spectrum: expected.spectrum, rows: expected.rows, floor: 0)
        // Up to the constant that the unit of the variances makes.
        let constant = found[0] - expected.evidence[0]
        #expect(distance(found.map { $0 - constant }, expected.evidence) < 1e-11)
        #expect(found.count == expected.evidence.count)
    }
}

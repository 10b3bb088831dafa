import ApusCore
import ApusData
import Foundation
import Testing

@testable import ApusModels

/// What scikit-learn computed: Fixtures/make_pca_fixtures.py.
struct PCAFixture: Decodable, Sendable {
    struct Fit: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let data: String
        let solver: String
        let components: String
        let standardize: Bool
        let whiten: Bool
        let count: Int
        let vectors: [Double]
        let variance: [Double]
        let ratio: [Double]
        let singularValues: [Double]
        let noise: Double
        let mean: [Double]
        let scores: [Double]
        let inverse: [Double]

        var testDescription: String { "\(name), \(solver)" }
    }

    struct Incremental: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let data: String
        let components: Int?
        let batch: Int
        let count: Int
        let vectors: [Double]
        let variance: [Double]
        let ratio: [Double]
        let singularValues: [Double]
        let noise: Double
        let mean: [Double]
        let scores: [Double]

        var testDescription: String { name }
    }

    struct Choice: Decodable, Sendable {
        let rows: Int
        let columns: Int
        let components: String
        let solver: String
    }

    struct Evidence: Decodable, Sendable {
        let rows: Int
        let spectrum: [Double]
        let evidence: [Double]
    }

    let digits: String
    let cases: [Fit]
    let randomized: Fit
    let incremental: [Incremental]
    let auto: [Choice]
    let evidence: [String: Evidence]

    static let stored: PCAFixture = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/pca.json")
        return try! JSONDecoder().decode(PCAFixture.self, from: Data(contentsOf: file))
    }()

    /// The data that a case was fitted to.
    static func table<Scalar: TensorScalar & BinaryFloatingPoint>(_ name: String, of type: Scalar.Type) -> Tensor<Scalar> {
        let table: Tensor<Double> =
            switch name {
            case "iris": Tensor(Iris.fisher.features, shape: [150, 4])
            case "digits": Tensor(stored.digits.utf8.map { Double($0) - 65 }, shape: [700, 64])
            case "tall": randomTable(rows: 300, columns: 12, factors: 5, noise: 0.1, seed: 7)
            case "wide": randomTable(rows: 15, columns: 40, factors: 6, noise: 0.05, seed: 8)
            case "large": randomTable(rows: 620, columns: 520, factors: 8, noise: 0.01, seed: 9)
            default: fatalError("no table \(name)")
            }
        return Tensor(table.scalars.map { Scalar($0) }, shape: table.shape)
    }

    /// As `random_table` in the script.
    static func randomTable(rows: Int, columns: Int, factors: Int, noise: Double, seed: UInt64) -> Tensor<Double> {
        var random = CueTestRandom(state: seed)
        func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in Double(random.next() >> 11) * 0x1p-53 - 0.5 } }
        let hidden = numbers(rows * factors), mixing = numbers(factors * columns), rest = numbers(rows * columns)
        return Tensor(uninitialized: [rows, columns]) { target in
            for row in 0..<rows {
                for column in 0..<columns {
                    var sum = 0.0
                    for factor in 0..<factors {
                        sum += hidden[row * factors + factor] / Double(1 + factor) * mixing[factor * columns + column]
                    }
                    target[row * columns + column] = sum + noise * rest[row * columns + column] + Double(column)
                }
            }
        }
    }

    static func components(_ text: String) -> PCAComponents {
        switch text {
        case "all": .all
        case "mle": .mle
        default: Int(text).map { .count($0) } ?? .varianceRatio(Double(text)!)
        }
    }
}

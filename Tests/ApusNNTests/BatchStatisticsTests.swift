import ApusCore
import Testing

@testable import ApusNN

@Suite struct BatchStatisticsTests {
    @Test func gatheredStatisticsAreTheMeanOverBatches() throws {
        let normalization = BatchNormalization(momentum: 0.9)
        let model = try Sequential<Float>(input: [2], layers: [normalization])
        normalization.movingMean.value = Tensor([100, -100])
        // Batches of 2, 2 and 1 items, which weigh as many.
        let x = Tensor<Float>([1, 0, 3, 4, 5, 1, 9, 3, 7, 8], shape: [5, 2])
        try model.gatherBatchStatistics(x, batchSize: 2)
        // By hand: means (2, 2), (7, 2), (7, 8); biased variances (1, 4), (4, 1), (0, 0).
        for (found, expected) in zip(normalization.movingMean.value.scalars, [(2 * 2 + 7 * 2 + 7) / 5, (2 * 2 + 2 * 2 + 8) / 5] as [Float]) {
            #expect(abs(found - expected) < 1e-5)
        }
        for (found, expected) in zip(normalization.movingVariance.value.scalars, [(1 * 2 + 4 * 2) / 5, (4 * 2 + 1 * 2) / 5] as [Float]) {
            #expect(abs(found - expected) < 1e-5)
        }
        // Training goes on with its own momentum.
        #expect(normalization.gatheringMomentum == nil)
    }

    @Test func frozenNormalizationKeepsItsStatistics() throws {
        let normalization = BatchNormalization()
        normalization.isTrainable = false
        let model = try Sequential<Float>(input: [1], layers: [normalization])
        try model.gatherBatchStatistics(Tensor([5, 6, 7], shape: [3, 1]))
        #expect(normalization.movingMean.value.scalars == [0])
        #expect(normalization.movingVariance.value.scalars == [1])
    }
}

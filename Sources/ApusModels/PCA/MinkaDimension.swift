import Foundation

/// The number of principal components by Minka's approximation to the evidence.
///
/// Source: T. P. Minka, "Automatic choice of dimensionality for PCA", NIPS 2000, equations 30, 31 and 79. The sums over
/// pairs are carried from one number of components to the next, so all are judged in time of the square of their number.
enum MinkaDimension {
    /// The least difference of variances, of the largest one, that counts: equal ones would make the evidence infinite.
    private static let tie = 1e-15

    /// - Parameters:
    ///   - spectrum: all variances, the largest first.
    ///   - rows: how many rows they were found in.
    ///   - floor: what of the largest variance counts as zero.
    /// - Returns: from 1 to one less than there are variances; 1 for a single one.
    static func infer(spectrum: [Double], rows: Int, floor: Double) -> Int {
        let evidence = logEvidence(spectrum: spectrum, rows: rows, floor: floor)
        return (evidence.indices.max { evidence[$0] < evidence[$1] || (evidence[$0] == evidence[$1] && $0 > $1) } ?? 0) + 1
    }

    /// The logarithm of the evidence for 1, 2, … components, one less than there are variances, up to a constant.
    static func logEvidence(spectrum: [Double], rows: Int, floor: Double) -> [Double] {
        guard let largest = spectrum.first, largest > 0, spectrum.count > 1 else { return [] }
        // The evidence does not depend on the unit of measurement.
        let s = spectrum.map { $0 / largest }, floor = max(floor, 1e-15)
        let n = Double(rows), d = s.count
        var result: [Double] = []
        var prior = 0.0, logSum = 0.0, inner = 0.0, outer = 0.0
        for k in 1..<d {
            let new = s[k - 1]
            guard new >= floor else {
                result.append(-.infinity)
                continue
            }
            let half = Double(d - k + 1) / 2
            prior += lgamma(half) - half * log(Double.pi) - log(2)
            logSum += log(new)
            // Pairs of a kept variance with a kept one, and of a kept one with one left out: s_i - s_j of each.
            for i in 0..<(k - 1) {
                let gap = log(max(s[i] - new, tie))
                inner += gap + log(max(1 / new - 1 / s[i], tie))
                outer -= gap
            }
            for j in k..<d { outer += log(max(new - s[j], tie)) }

            let noise = max(s[k...].reduce(0, +) / Double(d - k), floor)
            var hessian = inner + outer
            for i in 0..<k {
                hessian += Double(d - k) * log(max(1 / noise - 1 / s[i], tie))
            }
            let parameters = Double(d * k) - Double(k * (k + 1)) / 2
            hessian += parameters * log(n)
            result.append(
                prior - logSum * n / 2 - log(noise) * n * Double(d - k) / 2
                    + log(2 * Double.pi) * (parameters + Double(k)) / 2 - hessian / 2 - Double(k) * log(n) / 2)
        }
        return result
    }
}

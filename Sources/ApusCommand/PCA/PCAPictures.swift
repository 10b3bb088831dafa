import Apus
import ApusPlot

/// The pictures of principal components.
struct PCAPictures {
    let table: PCATable
    let pca: PCA<Double>
    let scores: Tensor<Double>
    /// More components than ``pca`` has; nil where there are no others to be had.
    let refit: (Int) throws -> (pca: PCA<Double>, scores: Tensor<Double>)?

    func draw(plot: String?, scree: String?, biplot: String?) throws {
        let limit = min(table.values.shape[0], table.values.shape[1])
        if let scree {
            let wanted = min(limit, 20)
            let ratios = pca.count < wanted ? try refit(wanted)?.pca.explainedVarianceRatio : nil
            try BarPlot.scree(
                title: "\(table.title): variance by component", ratios: ratios ?? pca.explainedVarianceRatio
            ).write(to: scree)
            remark("drew \(scree)")
        }
        guard plot != nil || biplot != nil else { return }
        let plane = pca.count < 2 && limit > 1 ? try refit(2) : (pca, scores)
        guard let (pca, scores) = plane, pca.count > 1 else {
            throw Refusal("a picture of scores needs two components; there is one")
        }
        let (x, y) = (coordinates(scores, 0), coordinates(scores, 1))
        let classes = table.labels.isEmpty ? [Int](repeating: 0, count: x.count) : table.labels
        let names = table.labels.isEmpty ? [""] : table.classNames
        if let plot {
            try ScatterPlot(
                title: "\(table.title): principal components", xLabel: label(pca, 0), yLabel: label(pca, 1), x: x, y: y,
                classes: classes, classNames: names
            ).write(to: plot)
            remark("drew \(plot)")
        }
        if let biplot {
            let vectors = pca.components.scalars
            try ScatterPlot.biplot(
                title: "\(table.title): scores and loadings", xLabel: label(pca, 0), yLabel: label(pca, 1), x: x, y: y,
                classes: classes, classNames: names,
                loadings: table.columns.enumerated().map { column, name in
                    ScatterPlot.Arrow(name, x: vectors[column], y: vectors[pca.columns + column])
                }
            ).write(to: biplot)
            remark("drew \(biplot)")
        }
    }

    private func coordinates(_ scores: Tensor<Double>, _ component: Int) -> [Double] {
        let count = scores.shape[1], values = scores.scalars
        return stride(from: component, to: values.count, by: count).map { values[$0] }
    }

    private func label(_ pca: PCA<Double>, _ component: Int) -> String {
        let share = (pca.explainedVarianceRatio[component] * 1000).rounded() / 10
        return "Principal component \(component + 1) (\(share) % of the variance)"
    }
}

import ApusCore
import ApusNN

/// A network that says which digits images show: what ``CapsNet`` and ``BaselineNet`` have in common, so that both are
/// trained and judged on the same batches.
public protocol DigitModel: Model where Batch == CapsNet.Batch {
    /// Rows and columns of an image.
    var imageSize: (height: Int, width: Int) { get }
    /// How many classes there are.
    var classCount: Int { get }
    /// The digits that images show, the likeliest first.
    /// - Parameters:
    ///   - images: `[images, height, width, 1]`, 0 … 1.
    ///   - digits: how many each shows.
    ///   - batchSize: how many go through the network at once.
    /// - Returns: `digits` classes an image.
    /// - Throws: `ModelError` for images of another shape.
    func classify(_ images: Tensor<Float>, digits: Int, batchSize: Int) throws -> [[Int]]
    /// Tables of the network's layers.
    func summary() -> String
}

extension CapsNet: DigitModel {
    public var imageSize: (height: Int, width: Int) { (settings.height, settings.width) }
    public var classCount: Int { settings.classes }
}

/// A saved network of either kind.
/// - Throws: what the two kinds' `load` throws: `FileError`, `SafetensorsError`, `SerializationError`, `ModelError`,
///   ``CapsNetError``.
public func loadDigitModel(from path: String) throws -> any DigitModel {
    if try BaselineNet.isSaved(at: path) { return try BaselineNet.load(from: path) }
    return try CapsNet.load(from: path)
}

/// The `count` highest of each row's numbers, highest first; of equal ones the first.
func highest(_ count: Int, of rows: TensorView<Float>) -> [[Int]] {
    let classes = rows.shape[1]
    return (0..<rows.shape[0]).map { item in
        let row = rows.buffer[item * classes..<(item + 1) * classes]
        let order = row.enumerated().sorted { $0.element != $1.element ? $0.element > $1.element : $0.offset < $1.offset }
        return order.prefix(count).map(\.offset)
    }
}

import ApusCore
import ApusVision
import Foundation

/// An epoch over the photographs of APUS_DATA/cats-dogs/valid, 400 JPEGs: read, decoded, resized to 224 × 224 and turned into VGG16's
/// numbers, in batches of 32. No cases where the folder is missing.
func loaderCases() -> [Case] {
    guard let data = ProcessInfo.processInfo.environment["APUS_DATA"],
        let folder = try? ImageFolder("\(data)/cats-dogs/valid")
    else { return [] }
    return [
        Case("loader_224", family: "loader") { loader(folder, .bilinear, augmentation: nil) },
        Case("loader_224_nearest", family: "loader") { loader(folder, .nearest, augmentation: nil) },
        Case("loader_224_augmented", family: "loader") { loader(folder, .bilinear, augmentation: .mild) },
    ]
}

private func loader(_ folder: ImageFolder, _ filter: ResizeFilter, augmentation: Augmentation?) -> Work {
    var options = ImageOptions(height: 224, width: 224, scaling: .caffe)
    options.filter = filter
    let pictures = ImageDataset(folder, targets: .number, options: options, augmentation: augmentation)
    return Work {
        var count = 0
        try pictures.forEachBatch(of: 32) { batch, items in count += items.count }
        precondition(count == pictures.itemCount)
    }
}

import ApusCore
import CHDF5

/// A data set as libhdf5 finds it.
struct HDF5Dataset {
    /// The sizes of its dimensions.
    let dimensions: [Int]
    /// Where its bytes lie in the file, if they lie there in one piece as they are to be in memory; nil: HDF5 has to put them
    /// together or to convert them.
    let offset: Int?
    private let object: HDF5Object
    private let file: HDF5Object

    init(_ object: HDF5Object, in file: HDF5Object) throws {
        self.object = object
        self.file = file
        guard let space = HDF5Object(H5Dget_space(object.id), close: H5Sclose),
            let type = HDF5Object(H5Dget_type(object.id), close: H5Tclose),
            let creation = HDF5Object(H5Dget_create_plist(object.id), close: H5Pclose)
        else { throw HDF5Failure(reason: HDF5.pendingError) }
        guard H5Tget_class(type.id) == H5T_FLOAT else {
            throw HDF5Failure(reason: "its elements are not floating-point numbers that HDF5 knows")
        }
        let rank = H5Sget_simple_extent_ndims(space.id)
        guard rank >= 0, rank <= Int32(Shape.maximumRank), H5Sget_simple_extent_type(space.id) != H5S_NULL else {
            throw HDF5Failure(reason: "it has \(rank) dimensions")
        }
        var sizes = [hsize_t](repeating: 0, count: Int(rank))
        guard rank == 0 || H5Sget_simple_extent_dims(space.id, &sizes, nil) == rank else {
            throw HDF5Failure(reason: HDF5.pendingError)
        }
        dimensions = sizes.map { Int(clamping: $0) }
        let bytes = try StoredDataset.byteCount(dimensions, elementBytes: Int(H5Tget_size(type.id)))

        guard H5Pget_external_count(creation.id) == 0 else { throw HDF5Failure(reason: "its numbers lie in another file") }
        switch H5Pget_layout(creation.id) {
        case H5D_CONTIGUOUS:
            let offset = apus_h5_offset(object.id)
            var end: hsize_t = 0
            guard H5Fget_filesize(file.id, &end) >= 0 else { throw HDF5Failure(reason: HDF5.pendingError) }
            guard bytes == 0 || (offset >= 0 && Int(offset) <= Int(end) - bytes && H5Dget_storage_size(object.id) == bytes)
            else { throw HDF5Failure(reason: "its \(bytes) bytes are not all in the file") }
            self.offset = H5Tequal(type.id, apus_h5_native_float()) > 0 ? Int(max(0, offset)) : nil
        case H5D_COMPACT, H5D_CHUNKED: offset = nil
        default: throw HDF5Failure(reason: "it is put together from other data sets")
        }
    }

    var stored: StoredDataset {
        StoredDataset(
            dimensions: dimensions, source: offset.map { .inFile(offset: $0) } ?? .made { try read(into: $0) })
    }

    private func read(into target: UnsafeMutableBufferPointer<Float>) throws {
        precondition(target.count == Shape(dimensions).elementCount, "\(target.count) numbers for \(dimensions)")
        guard let base = target.baseAddress, target.count > 0 else { return }
        guard H5Dread(object.id, apus_h5_native_float(), apus_h5_whole(), apus_h5_whole(), apus_h5_default(), base) >= 0
        else { throw HDF5Failure(reason: HDF5.pendingError) }
    }
}

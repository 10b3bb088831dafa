import ApusCore
import CHDF5

/// A file being made, or a group in it.
struct HDF5Writer {
    private let object: HDF5Object
    private let file: HDF5Object

    /// An empty file in the place of what is there.
    init(creating path: String) throws {
        guard let access = HDF5Object(apus_h5_access(), close: H5Pclose),
            let file = HDF5Object(
                H5Fcreate(path, apus_h5_truncate(), apus_h5_default(), access.id), close: H5Fclose),
            let root = HDF5Object(H5Gopen2(file.id, "/", apus_h5_default()), close: H5Gclose)
        else { throw HDF5Failure(reason: HDF5.pendingError) }
        self.file = file
        object = root
    }

    private init(_ object: HDF5Object, in file: HDF5Object) {
        self.object = object
        self.file = file
    }

    /// Writes what HDF5 still keeps; closing a file reports nothing.
    func finish() throws {
        guard H5Fflush(file.id, H5F_SCOPE_GLOBAL) >= 0 else { throw HDF5Failure(reason: HDF5.pendingError) }
    }

    /// A new group within this one.
    func group(_ name: String) throws -> HDF5Writer {
        guard
            let group = HDF5Object(
                H5Gcreate2(object.id, name, apus_h5_default(), apus_h5_default(), apus_h5_default()), close: H5Gclose)
        else { throw HDF5Failure(reason: HDF5.pendingError) }
        return HDF5Writer(group, in: file)
    }

    /// A data set of float32, in one piece.
    func write(_ tensor: Tensor<Float>, named name: String) throws {
        let sizes = tensor.shape.dimensions.map { hsize_t($0) }
        guard let space = HDF5Object(H5Screate_simple(Int32(sizes.count), sizes, nil), close: H5Sclose),
            let dataset = HDF5Object(
                H5Dcreate2(
                    object.id, name, apus_h5_ieee_f32le(), space.id, apus_h5_default(), apus_h5_default(), apus_h5_default()),
                close: H5Dclose)
        else { throw HDF5Failure(reason: HDF5.pendingError) }
        let status = tensor.withUnsafeBufferPointer {
            H5Dwrite(
                dataset.id, apus_h5_native_float(), apus_h5_whole(), apus_h5_whole(), apus_h5_default(), $0.baseAddress)
        }
        guard status >= 0 else { throw HDF5Failure(reason: HDF5.pendingError) }
    }

    /// A string attribute.
    func set(_ attribute: String, to text: String) throws {
        guard let space = HDF5Object(H5Screate(H5S_SCALAR), close: H5Sclose) else {
            throw HDF5Failure(reason: HDF5.pendingError)
        }
        try write(attribute, [text], space)
    }

    /// A list of strings, cut into `name0`, `name1`, … as Keras does where an object's header, of 64 KiB, cannot hold it.
    func set(_ attribute: String, to list: [String]) throws {
        let width = max(1, list.map(\.utf8.count).max() ?? 1)
        let limit = max(1, 64_000 / width)
        let pieces = stride(from: 0, to: list.count, by: limit).map { Array(list[$0..<min(list.count, $0 + limit)]) }
        if pieces.count <= 1 { return try writeList(attribute, list) }
        for (number, piece) in pieces.enumerated() { try writeList("\(attribute)\(number)", piece) }
    }

    private func writeList(_ attribute: String, _ list: [String]) throws {
        let count = hsize_t(list.count)
        guard let space = HDF5Object(withUnsafePointer(to: count) { H5Screate_simple(1, $0, nil) }, close: H5Sclose) else {
            throw HDF5Failure(reason: HDF5.pendingError)
        }
        try write(attribute, list, space)
    }

    /// Strings of one fixed length, filled up with zeros.
    private func write(_ attribute: String, _ list: [String], _ space: HDF5Object) throws {
        let width = max(1, list.map(\.utf8.count).max() ?? 1)
        guard let type = HDF5Object(H5Tcopy(apus_h5_c_string()), close: H5Tclose), H5Tset_size(type.id, width) >= 0,
            H5Tset_strpad(type.id, H5T_STR_NULLPAD) >= 0, H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0,
            let made = HDF5Object(
                H5Acreate2(object.id, attribute, type.id, space.id, apus_h5_default(), apus_h5_default()), close: H5Aclose)
        else { throw HDF5Failure(reason: HDF5.pendingError) }
        var bytes: [UInt8] = []
        for text in list { bytes += Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count) }
        if bytes.isEmpty { return }
        guard H5Awrite(made.id, type.id, bytes) >= 0 else { throw HDF5Failure(reason: HDF5.pendingError) }
    }
}

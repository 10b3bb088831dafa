import CHDF5

/// A file or a group within one, for reading.
struct HDF5Group: StoredGroup {
    private let object: HDF5Object
    // A group is of no use once its file is closed.
    private let file: HDF5Object

    var id: hid_t { object.id }

    /// Opens a file.
    init(file path: String) throws {
        guard let access = HDF5Object(apus_h5_access(), close: H5Pclose) else { throw HDF5Failure(reason: HDF5.pendingError) }
        guard let file = HDF5Object(H5Fopen(path, apus_h5_read_only(), access.id), close: H5Fclose) else {
            throw HDF5Failure(reason: HDF5.pendingError)
        }
        guard let root = HDF5Object(H5Gopen2(file.id, "/", apus_h5_default()), close: H5Gclose) else {
            throw HDF5Failure(reason: HDF5.pendingError)
        }
        self.file = file
        object = root
    }

    private init(_ object: HDF5Object, in file: HDF5Object) {
        self.object = object
        self.file = file
    }

    /// The names of the links in the group, sorted.
    func names() throws -> [String] {
        var count: hsize_t = 0
        guard H5Gget_num_objs(id, &count) >= 0, count < 1 << 24 else { throw HDF5Failure(reason: HDF5.pendingError) }
        var names: [String] = []
        for place in 0..<count {
            let length = H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, place, nil, 0, apus_h5_default())
            guard length >= 0, length < 1 << 16 else { throw HDF5Failure(reason: HDF5.pendingError) }
            var buffer = [CChar](repeating: 0, count: length + 1)
            guard
                H5Lget_name_by_idx(
                    id, ".", H5_INDEX_NAME, H5_ITER_INC, place, &buffer, buffer.count, apus_h5_default()) >= 0
            else { throw HDF5Failure(reason: HDF5.pendingError) }
            names.append(String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return names
    }

    /// The group of that path below this one; nil if there is none.
    func group(_ path: String) throws -> HDF5Group? {
        guard let found = try open(path) else { return nil }
        guard H5Iget_type(found.id) == H5I_GROUP else { return nil }
        return HDF5Group(found, in: file)
    }

    /// The data set of that path below this group; nil if there is none.
    func dataset(_ path: String) throws -> StoredDataset? {
        guard let found = try open(path), H5Iget_type(found.id) == H5I_DATASET else { return nil }
        return try HDF5Dataset(found, in: file).stored
    }

    /// Follows hard links only: soft and external ones may lead round in circles or into other files.
    private func open(_ path: String) throws -> HDF5Object? {
        var current = object
        for part in path.split(separator: "/") {
            guard H5Iget_type(current.id) == H5I_GROUP else { return nil }
            let name = String(part)
            switch name == "." || name == ".." ? 0 : apus_h5_link(current.id, name) {
            case 1: break
            case 0: return nil
            default: throw HDF5Failure(reason: "'\(name)' is a link that leads elsewhere")
            }
            guard let next = HDF5Object(H5Oopen(current.id, name, apus_h5_default()), close: H5Oclose) else {
                throw HDF5Failure(reason: HDF5.pendingError)
            }
            current = next
        }
        return current
    }

    /// The strings of an attribute, one or many, of fixed or variable length; nil if there is none. Keras writes
    /// an empty list as no numbers.
    func strings(_ name: String) throws -> [String]? {
        guard H5Aexists(id, name) > 0 else { return nil }
        guard let attribute = HDF5Object(H5Aopen(id, name, apus_h5_default()), close: H5Aclose),
            let type = HDF5Object(H5Aget_type(attribute.id), close: H5Tclose),
            let space = HDF5Object(H5Aget_space(attribute.id), close: H5Sclose)
        else { throw HDF5Failure(reason: HDF5.pendingError) }
        let count = H5Sget_simple_extent_npoints(space.id)
        if count == 0 { return [] }
        guard count > 0, count < 1 << 20, H5Tget_class(type.id) == H5T_STRING else {
            throw HDF5Failure(reason: "the attribute '\(name)' is no list of strings")
        }
        return H5Tis_variable_str(type.id) > 0
            ? try variableStrings(attribute, type, space, Int(count)) : try fixedStrings(attribute, type, Int(count))
    }

    private func variableStrings(
        _ attribute: HDF5Object, _ type: HDF5Object, _ space: HDF5Object, _ count: Int
    ) throws -> [String] {
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        guard H5Aread(attribute.id, type.id, &pointers) >= 0 else { throw HDF5Failure(reason: HDF5.pendingError) }
        let strings = pointers.map { $0.map { String(cString: $0) } ?? "" }
        H5Dvlen_reclaim(type.id, space.id, apus_h5_default(), &pointers)
        return strings
    }

    private func fixedStrings(_ attribute: HDF5Object, _ type: HDF5Object, _ count: Int) throws -> [String] {
        let size = H5Tget_size(type.id)
        guard size > 0, size <= 1 << 16, count * size <= 1 << 26 else {
            throw HDF5Failure(reason: "strings of \(size) bytes")
        }
        var bytes = [UInt8](repeating: 0, count: count * size)
        guard H5Aread(attribute.id, type.id, &bytes) >= 0 else { throw HDF5Failure(reason: HDF5.pendingError) }
        return (0..<count).map { place in
            String(decoding: bytes[(place * size)..<((place + 1) * size)].prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

import ApusCore

/// Pictures in a folder for each class.
///
/// ```
/// train/cats/1.jpg
/// train/dogs/1.jpg
/// test/unknown/1.jpg
/// ```
/// Classes are numbered in the order of their folders' names, byte by byte. Pictures in a folder `unknown`, or beside no
/// folders at all, have no class. Names that begin with a dot, and files that are not named as JPEG or PNG, are passed over.
public struct ImageFolder: Sendable, Hashable {
    /// A picture.
    public struct Item: Sendable, Hashable {
        /// Its file.
        public let path: String
        /// The number of its class; nil if it has none.
        public let label: Int?

        /// A picture and the number of its class.
        public init(path: String, label: Int?) {
            self.path = path
            self.label = label
        }
    }

    /// The folder of pictures without a class.
    public static let unknownName = "unknown"

    /// The classes' names.
    public let classes: [String]
    /// The pictures, class by class, each in the order of its path.
    public let items: [Item]

    /// Lists a folder.
    /// - Parameters:
    ///   - path: the folder.
    ///   - classes: the classes in the order of their numbers, as the training pictures have them; nil: the folders' names.
    /// - Throws: `FileError`; ``ImageError/noPictures(path:)``; ``ImageError/unknownClass(path:name:known:)``.
    public init(_ path: String, classes: [String]? = nil) throws {
        let folders = try Folder.names(in: path).filter { !$0.hasPrefix(".") && Folder.exists(at: "\(path)/\($0)") }
        let named = folders.filter { $0 != Self.unknownName }
        let known = classes ?? named
        var items: [Item] = []
        for name in folders {
            let label = name == Self.unknownName ? nil : known.firstIndex(of: name)
            if label == nil && name != Self.unknownName {
                throw ImageError.unknownClass(path: "\(path)/\(name)", name: name, known: known)
            }
            items += try Self.pictures(below: "\(path)/\(name)").map { Item(path: $0, label: label) }
        }
        if folders.isEmpty { items = try Self.pictures(below: path).map { Item(path: $0, label: nil) } }
        if items.isEmpty { throw ImageError.noPictures(path: path) }
        self.classes = known
        self.items = items
    }

    /// Pictures from anywhere.
    public init(classes: [String], items: [Item]) {
        for item in items {
            precondition(
                item.label.map { classes.indices.contains($0) } ?? true,
                "\(item.path) is of class \(item.label ?? -1); there are \(classes.count)")
        }
        self.classes = classes
        self.items = items
    }

    private static func pictures(below folder: String, depth: Int = 0) throws -> [String] {
        var found: [String] = []
        for name in try Folder.names(in: folder) where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            if Folder.exists(at: path) {
                // Deep enough for anybody; a link that leads back up would never end.
                if depth < 16 { found += try pictures(below: path, depth: depth + 1) }
            } else if isNamedAsPicture(name) {
                found.append(path)
            }
        }
        return found
    }

    private static func isNamedAsPicture(_ name: String) -> Bool {
        let lower = name.lowercased()
        return [".jpg", ".jpeg", ".jpe", ".jfif", ".png"].contains { lower.hasSuffix($0) }
    }
}

/// The folders of an image experiment: `train`, `valid`, `test`, and the same in small under `sample`.
///
/// Those that do not exist are nil.
public struct ImageTree: Sendable, Hashable {
    /// Pictures to train on.
    public let train: ImageFolder?
    /// Pictures to validate with; their classes are those of ``train``.
    public let valid: ImageFolder?
    /// Pictures to predict; classes as in ``train``, or none, in `test/unknown`.
    public let test: ImageFolder?
    /// The folder `sample`, to try things out on.
    public let samplePath: String?

    /// Lists the folders below a path.
    /// - Throws: as ``ImageFolder/init(_:classes:)``.
    public init(_ path: String) throws {
        func list(_ name: String, classes: [String]?) throws -> ImageFolder? {
            Folder.exists(at: "\(path)/\(name)") ? try ImageFolder("\(path)/\(name)", classes: classes) : nil
        }
        guard Folder.exists(at: path) else { throw FileError(.list, path: path, code: 2) }
        train = try list("train", classes: nil)
        valid = try list("valid", classes: train?.classes)
        test = try list("test", classes: train?.classes)
        samplePath = Folder.exists(at: "\(path)/sample") ? "\(path)/sample" : nil
    }

    /// The same tree in small.
    /// - Throws: as ``ImageFolder/init(_:classes:)``.
    public func sample() throws -> ImageTree? { try samplePath.map { try ImageTree($0) } }
}

/// An HDF5 file, opened for reading.
///
/// Any number of threads may read; libhdf5 serves them one at a time. The library trusts its files: open none from
/// strangers.
public struct HDF5File: Sendable {
    /// The path of the file.
    public let path: String
    /// The size of the file in bytes.
    let size: Int
    let handle: HDF5Handle

    /// The groups within groups that are looked into.
    private static let depthLimit = 32
    /// The datasets that a file may have.
    private static let datasetLimit = 1 << 16

    /// The file at the path.
    ///
    /// - Throws: `HDF5Error` if it can't be opened or is no HDF5 file, or if there is no libhdf5 to read it.
    public init(_ path: String) throws {
        let opened = try HDF5Library.use { h5 -> (HDF5Handle, Int)? in
            guard let handle = HDF5Handle(h5.fOpen(path, 0, 0), closedBy: h5.fClose) else { return nil }
            var size: UInt64 = 0
            guard h5.fGetFilesize(handle.id, &size) >= 0 else { return nil }
            return (handle, Int(clamping: size))
        }
        guard let opened else {
            throw HDF5Error(.unreadable, "'\(path)' can't be opened as an HDF5 file.")
        }
        self.path = path
        (handle, size) = opened
    }

    /// The names in a group, in the order of their bytes, and whether each is a group itself.
    ///
    /// - Throws: `HDF5Error` if there is no such group.
    public func members(of group: String = "/") throws -> [(name: String, isGroup: Bool)] {
        try HDF5Library.use { h5 in
            guard let opened = HDF5Handle(h5.gOpen(handle.id, group, 0), closedBy: h5.gClose) else {
                throw HDF5Error(.missing, "'\(path)' has no group '\(group)'.")
            }
            var info = HDF5Functions.GroupInfo()
            guard h5.gGetInfo(opened.id, &info) >= 0 else { throw damaged("its group '\(group)' can't be read") }
            return try (0..<info.linkCount).compactMap { index in
                let name = try linkName(in: opened, index, group, h5)
                guard let object = HDF5Handle(h5.oOpen(opened.id, name, 0), closedBy: h5.oClose) else {
                    throw damaged("'\(name)' in its group '\(group)' leads nowhere")
                }
                switch h5.iGetType(object.id) {
                case HDF5Constant.group: return (name, true)
                case HDF5Constant.dataset: return (name, false)
                default: return nil
                }
            }
        }
    }

    private func linkName(in group: HDF5Handle, _ index: UInt64, _ groupName: String, _ h5: HDF5Functions) throws
        -> String
    {
        let length = h5.lGetNameByIdx(group.id, ".", HDF5Constant.byName, HDF5Constant.increasing, index, nil, 0, 0)
        guard (0..<1 << 16).contains(length) else { throw damaged("its group '\(groupName)' can't be read") }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(length) + 1) { buffer in
            _ = h5.lGetNameByIdx(
                group.id, ".", HDF5Constant.byName, HDF5Constant.increasing, index, buffer.baseAddress, buffer.count, 0)
            buffer[Int(length)] = 0
            return buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    /// The names of all datasets, those in groups with their path, such as `train/images`.
    ///
    /// - Throws: `HDF5Error` if the file is damaged, or groups are nested too deeply or in circles.
    public func datasetNames() throws -> [String] {
        var names: [String] = []
        try collect("", depth: 0, &names)
        return names
    }

    private func collect(_ prefix: String, depth: Int, _ names: inout [String]) throws {
        guard depth < Self.depthLimit, names.count < Self.datasetLimit else {
            throw HDF5Error(.unsupported, "The groups in '\(path)' are nested too deeply, or in circles.")
        }
        for (name, isGroup) in try members(of: "/" + prefix) {
            if isGroup {
                try collect(prefix + name + "/", depth: depth + 1, &names)
            } else {
                names.append(prefix + name)
            }
        }
    }

    /// The texts in an attribute of a group or dataset, one or a list; nil if there is no such attribute.
    ///
    /// - Throws: `HDF5Error` if there is no such object, or the attribute holds something else.
    public func texts(ofAttribute name: String, of object: String = "/") throws -> [String]? {
        try HDF5Library.use { h5 in
            guard h5.oExistsByName(handle.id, object, 0) > 0 else {
                throw HDF5Error(.missing, "'\(path)' has no object '\(object)'.")
            }
            guard h5.aExistsByName(handle.id, object, name, 0) > 0 else { return nil }
            let what = "the attribute '\(name)' of '\(object)'"
            guard
                let attribute = HDF5Handle(
                    h5.aOpenByName(handle.id, object, name, 0, 0), closedBy: h5.aClose),
                let type = HDF5Handle(h5.aGetType(attribute.id), closedBy: h5.tClose),
                let space = HDF5Handle(h5.aGetSpace(attribute.id), closedBy: h5.sClose)
            else { throw damaged("\(what) can't be read") }
            guard let texts = HDF5Texts(type, h5) else {
                throw HDF5Error(.unsupported, "\(what) in '\(path)' holds no text.")
            }
            let count = h5.sGetExtentCount(space.id)
            guard (0...1 << 20).contains(count) else { throw damaged("\(what) claims \(count) texts") }
            return try texts.read(Int(count), space, of: what, in: path) { h5.aRead(attribute.id, $0, $1) }
        }
    }

    /// The dataset of the given name or path.
    ///
    /// - Throws: `HDF5Error` if there is none, or its elements have no meaning here.
    public func dataset(_ name: String) throws -> HDF5Dataset { try HDF5Dataset(self, name) }

    func damaged(_ how: String) -> HDF5Error { HDF5Error(.corrupt, "'\(path)' is damaged: \(how).") }
}

#if HDF5
    import CHDF5

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
        /// - Throws: `HDF5Error` if it can't be opened or is no HDF5 file.
        public init(_ path: String) throws {
            let opened = HDF5Library.use { () -> (HDF5Handle, Int)? in
                guard let handle = HDF5Handle(H5Fopen(path, 0, 0), closedBy: { H5Fclose($0) }) else { return nil }
                var size: hsize_t = 0
                guard H5Fget_filesize(handle.id, &size) >= 0 else { return nil }
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
            try HDF5Library.use {
                guard let opened = HDF5Handle(H5Gopen2(handle.id, group, 0), closedBy: { H5Gclose($0) }) else {
                    throw HDF5Error(.missing, "'\(path)' has no group '\(group)'.")
                }
                var info = H5G_info_t()
                guard H5Gget_info(opened.id, &info) >= 0 else { throw damaged("its group '\(group)' can't be read") }
                return try (0..<info.nlinks).compactMap { index in
                    let name = try linkName(in: opened, index, group)
                    guard let object = HDF5Handle(H5Oopen(opened.id, name, 0), closedBy: { H5Oclose($0) }) else {
                        throw damaged("'\(name)' in its group '\(group)' leads nowhere")
                    }
                    switch H5Iget_type(object.id) {
                    case H5I_GROUP: return (name, true)
                    case H5I_DATASET: return (name, false)
                    default: return nil
                    }
                }
            }
        }

        private func linkName(in group: HDF5Handle, _ index: hsize_t, _ groupName: String) throws -> String {
            let length = H5Lget_name_by_idx(group.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, 0)
            guard (0..<1 << 16).contains(length) else { throw damaged("its group '\(groupName)' can't be read") }
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(length) + 1) { buffer in
                H5Lget_name_by_idx(
                    group.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, buffer.baseAddress, buffer.count, 0)
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
            try HDF5Library.use {
                guard H5Oexists_by_name(handle.id, object, 0) > 0 else {
                    throw HDF5Error(.missing, "'\(path)' has no object '\(object)'.")
                }
                guard H5Aexists_by_name(handle.id, object, name, 0) > 0 else { return nil }
                let what = "the attribute '\(name)' of '\(object)'"
                guard
                    let attribute = HDF5Handle(
                        H5Aopen_by_name(handle.id, object, name, 0, 0), closedBy: { H5Aclose($0) }),
                    let type = HDF5Handle(H5Aget_type(attribute.id), closedBy: { H5Tclose($0) }),
                    let space = HDF5Handle(H5Aget_space(attribute.id), closedBy: { H5Sclose($0) })
                else { throw damaged("\(what) can't be read") }
                guard let texts = HDF5Texts(type) else {
                    throw HDF5Error(.unsupported, "\(what) in '\(path)' holds no text.")
                }
                let count = H5Sget_simple_extent_npoints(space.id)
                guard (0...1 << 20).contains(count) else { throw damaged("\(what) claims \(count) texts") }
                return try texts.read(Int(count), space, of: what, in: path) { H5Aread(attribute.id, $0, $1) }
            }
        }

        /// The dataset of the given name or path.
        ///
        /// - Throws: `HDF5Error` if there is none, or its elements have no meaning here.
        public func dataset(_ name: String) throws -> HDF5Dataset { try HDF5Dataset(self, name) }

        func damaged(_ how: String) -> HDF5Error { HDF5Error(.corrupt, "'\(path)' is damaged: \(how).") }
    }
#endif

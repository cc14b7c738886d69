import LeatPipeline

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few things done to files, with errors that name them.
enum ShardFiles {
    /// What tells whether a file was changed since it was verified.
    struct Identity: Sendable, Hashable {
        var device: UInt64
        var number: UInt64
        var byteCount: Int
        var seconds: Int
        var nanoseconds: Int
    }

    static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// The path from the root, so that a later change of the working directory does not matter.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let buffer = getcwd(nil, 0) else { return path }
        defer { free(buffer) }
        return join(String(cString: buffer), path)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Reads a whole regular file.
    ///
    /// A shard is read rather than mapped: a file that is cut short while it is mapped kills the process.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - place: Memory of that size, where the caller has some.
    ///   - pool: Where memory comes from otherwise.
    ///   - scratch: Where it comes from instead if the content is needed for a moment only.
    ///   - check: Is told the file's size before memory is taken for it.
    /// - Returns: The file's content, and what tells whether it changes later.
    /// - Throws: `ShardError` if the file can't be read, and whatever `check` throws.
    static func read(
        _ path: String, into place: ShardMemory? = nil, pool: ShardMemoryPool? = nil, scratch: ShardScratch? = nil,
        check: (Int) throws(ShardError) -> Void
    ) throws(ShardError) -> (memory: ShardMemory, identity: Identity) {
        // Without O_NONBLOCK, opening a pipe in a shard's place would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ShardError(.unreadable, path, "can't be opened: \(lastError).") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw ShardError(.unreadable, path, "can't be examined: \(lastError).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ShardError(.unreadable, path, "is not a regular file.") }
        let identity = Identity(status)
        try check(identity.byteCount)
        let memory: ShardMemory
        do throws(Malformed) {
            memory =
                if let place {
                    place
                } else if let scratch {
                    try scratch.memory(byteCount: identity.byteCount, pool: pool)
                } else {
                    try ShardMemory(byteCount: identity.byteCount, pool: pool)
                }
        } catch {
            throw ShardError(.unreadable, path, "takes \(identity.byteCount) bytes, \(error.reason).")
        }
        try memory.withBytes { bytes throws(ShardError) in try fill(bytes, from: descriptor, path) }
        return (memory, identity)
    }

    private static func fill(
        _ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32, _ path: String
    ) throws(ShardError) {
        var position = 0
        while position < bytes.count, let base = bytes.baseAddress {
            let count = pread(descriptor, base + position, min(bytes.count - position, 1 << 30), off_t(position))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ShardError(.unreadable, path, "can't be read: \(lastError).") }
            guard count > 0 else { throw ShardError(.unreadable, path, "was cut short while it was read.") }
            position += count
        }
    }

    /// Writes a file under another name, makes sure it is on the disk, and then gives it its own name.
    static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(ShardError) {
        // A name of this process's own, and never through a link that somebody left under it.
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ShardError(.unwritable, temporary, "can't be created: \(lastError).") }
        do throws(ShardError) {
            defer { close(descriptor) }
            try write(bytes, to: descriptor, temporary)
            guard fsync(descriptor) == 0 else {
                throw ShardError(.unwritable, temporary, "can't be written: \(lastError).")
            }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let reason = lastError
            unlink(temporary)
            throw ShardError(.unwritable, path, "can't be given its name: \(reason).")
        }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
    ) throws(ShardError) {
        var position = 0
        while position < bytes.count, let base = bytes.baseAddress {
            let count = Self.writeSome(descriptor, base + position, min(bytes.count - position, 1 << 30))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ShardError(.unwritable, path, "can't be written: \(lastError).") }
            position += count
        }
    }

    private static func writeSome(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, base, count)
        #elseif canImport(Musl)
            Musl.write(descriptor, base, count)
        #else
            Darwin.write(descriptor, base, count)
        #endif
    }

    /// Adds to the end of a file, all at once.
    static func append(_ bytes: UnsafeRawBufferPointer, to path: String) throws(ShardError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw ShardError(.unwritable, path, "can't be opened: \(lastError).") }
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path)
    }

    /// The size of a file; nil if there is none.
    static func byteCount(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Makes a folder and those above it where they are missing.
    static func createFolder(_ path: String) throws(ShardError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part + "/"
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else {
                throw ShardError(.unwritable, made, "can't be created: \(lastError).")
            }
        }
    }

    /// The names in a folder.
    static func names(in folder: String) throws(ShardError) -> [String] {
        guard let directory = opendir(folder) else {
            throw ShardError(.unreadable, folder, "can't be listed: \(lastError).")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes the names given in a folder last over a crash of the machine.
    static func synchronize(folder: String) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    static func remove(_ path: String) { unlink(path) }

    private static var lastError: String { POSIX.message() }
}

extension ShardFiles.Identity {
    fileprivate init(_ status: stat) {
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        self.init(
            device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino),
            byteCount: Int(status.st_size), seconds: Int(modified.tv_sec), nanoseconds: Int(modified.tv_nsec))
    }
}
